//! Where the annotator was last, to go on there.

use rusqlite::OptionalExtension;

use super::error::StoreError;
use super::payload::Payload;
use super::project::Project;
use crate::domain::DocumentId;

impl Project {
    /// The document in which something was last decided, said or written, and the byte of its text where; `None` where
    /// that has marked it done or skipped, so that another one is next, or nothing was done yet.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub fn last_place(&self) -> Result<Option<(DocumentId, usize)>, StoreError> {
        let mut statement = self.connection().prepare_cached(
            "SELECT kind, document, payload FROM event WHERE kind IN ('edit', 'undo', 'redo', 'review', 'comment') \
             ORDER BY seq DESC LIMIT 1",
        )?;
        let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get::<_, Option<String>>(1)?, row.get(2)?));
        let last: Option<(String, Option<String>, String)> = statement.query_row([], row).optional()?;
        let Some((kind, Some(document), payload)) = last else { return Ok(None) };
        let (left, byte) = match Payload::read(&kind, &payload)? {
            Payload::Edit(edit) => {
                let first = edit.groups.first().and_then(|group| group.words.first());
                (edit.review, first.map_or(0, |row| row.0 as usize))
            }
            Payload::Review { state } => (Some(state), 0),
            Payload::Comment(comment) => (None, comment.at.map_or(0, |(start, _)| start)),
            _ => (None, 0),
        };
        let left = left.is_some_and(|review| review.is_settled());
        Ok((!left).then(|| (document.as_str().into(), byte)))
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::{Annotations, Disposition, Document, EditId, LabelScheme, Scope, Shown};
    use crate::store::Project;
    use crate::tokenization::segment;

    #[test]
    fn the_place_is_that_of_the_last_change_until_its_document_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let mut project = Project::open(&folder.path().join("p.db"), "anna").unwrap();
        assert_eq!(project.last_place().unwrap(), None);
        let (note, scheme) = (Document::new("a", "bad pain"), LabelScheme::from_names("s", &["sym"]).unwrap());
        let (words, shown) = (segment(&note.text), Shown { predictions: None, thresholds: &[0.5] });
        let mut annotations = Annotations::default();
        let set = annotations.set(EditId(1), [1], 0, true, Scope::Single, &shown);
        annotations.apply(&set);
        project.edit(&note, &words, &scheme, &set).unwrap();
        assert_eq!(project.last_place().unwrap(), Some(("a".into(), 4)));
        project.edit(&note, &words, &scheme, &annotations.dispose(EditId(2), Disposition::Discuss)).unwrap();
        assert_eq!(project.last_place().unwrap(), Some(("a".into(), 0)));
        project.edit(&note, &words, &scheme, &annotations.dispose(EditId(3), Disposition::Done)).unwrap();
        assert_eq!(project.last_place().unwrap(), None);
    }
}
