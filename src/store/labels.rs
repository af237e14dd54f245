//! Which labels a project speaks of, whatever model is loaded.

use std::collections::HashSet;

use super::error::StoreError;
use super::event::{self, Select};
use super::payload::Payload;
use super::project::Project;

impl Project {
    /// The names of all labels that the project's scheme has or its decisions and imports name: the scheme's first, then
    /// the others in order of appearance, document by document.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub fn label_names(&self) -> Result<Vec<String>, StoreError> {
        let mut names: Vec<String> = self.scheme()?.iter().flat_map(|scheme| scheme.names()).map(str::to_owned).collect();
        let mut seen: HashSet<String> = names.iter().cloned().collect();
        event::for_each(self.connection(), Select::Documents, |event| {
            let labels = match event.payload()? {
                Payload::Edit(edit) => edit.labels,
                Payload::Import(import) => import.labels,
                _ => return Ok(()),
            };
            names.extend(labels.into_iter().filter(|label| seen.insert(label.clone())));
            Ok(())
        })?;
        Ok(names)
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::{Annotations, Document, EditId, LabelScheme, Shown, Span};
    use crate::store::Project;
    use crate::tokenization::segment::segment;

    #[test]
    fn labels_of_scheme_decisions_and_imports_are_named_once() {
        let folder = tempfile::tempdir().unwrap();
        let mut project = Project::open(&folder.path().join("p.db"), "a").unwrap();
        assert!(project.label_names().unwrap().is_empty());
        let (note, words) = (Document::new("a", "chest pain"), segment("chest pain"));
        let scheme = LabelScheme::from_names("s", &["symptom", "severity"]).unwrap();
        let edit = Annotations::default().toggle(EditId(1), [0], 1, &Shown { predictions: None, thresholds: &[0.5; 2] });
        project.edit(&note, &words, &scheme, &edit).unwrap();
        project.import_gold(&note, &[Span { start: 0, end: 5, label: "anatomy".into() }], Some(&["symptom".into()])).unwrap();
        assert_eq!(project.label_names().unwrap(), ["severity", "symptom", "anatomy"]);
        project.set_scheme(&LabelScheme::from_names("own", &["drug", "symptom"]).unwrap()).unwrap();
        assert_eq!(project.label_names().unwrap(), ["drug", "symptom", "severity", "anatomy"]);
    }
}
