//! How fast the notes are worked through: from the times of the edits, without breaks.

use std::collections::{HashMap, HashSet};

use super::error::StoreError;
use super::payload::{EditPayload, Payload};
use super::project::Project;

/// Between two edits of one person that lie further apart than this, in milliseconds, there was a break.
const BREAK: i64 = 3 * 60 * 1000;

/// The pace is that of so many seconds of work, the last ones.
const RECENT: u64 = 60 * 60;

/// At most so many edits are looked at, however little time they took.
const MOST: usize = 2_000;

/// What was done in some time of work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    /// Edits.
    pub edits: u64,
    /// Different words that they decided.
    pub words: u64,
    /// Seconds, breaks left out.
    pub seconds: u64,
}

/// An edit, as far as the pace goes: when, by whom, and in which document which words.
struct Made {
    at: i64,
    annotator: String,
    document: String,
    edit: EditPayload,
}

impl Project {
    /// The pace of the last hour of work, by all annotators, from a bounded number of edits.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub(super) fn pace(&self) -> Result<Pace, StoreError> {
        self.pace_of(MOST)
    }

    /// The same from at most so many edits.
    fn pace_of(&self, most: usize) -> Result<Pace, StoreError> {
        // Nobody has worked at what came with a change of the labels, however much of it there is.
        const SQL: &str = "SELECT at, annotator, document, payload FROM event WHERE kind = 'edit' \
                           AND json_extract(payload, '$.with') IS NOT 'labels' ORDER BY seq DESC LIMIT ?";
        let mut statement = self.connection().prepare_cached(SQL)?;
        let mut rows = statement.query([most as i64])?;
        let mut counted = Counted::default();
        while let Some(row) = rows.next()? {
            let json: String = row.get(3)?;
            let Payload::Edit(edit) = Payload::read("edit", &json)? else { continue };
            let made = Made { at: row.get(0)?, annotator: row.get(1)?, document: row.get(2)?, edit };
            if !counted.take(made) {
                break;
            }
        }
        Ok(counted.pace())
    }
}

/// Edits counted backwards in time.
#[derive(Default)]
struct Counted {
    edits: u64,
    words: HashSet<(String, u32)>,
    milliseconds: i64,
    /// When each annotator made the edit that was counted last.
    later: HashMap<String, i64>,
}

impl Counted {
    /// Takes the edit before in; false once there are enough.
    fn take(&mut self, made: Made) -> bool {
        let rows = made.edit.groups.iter().filter(|group| group.scope.is_some()).flat_map(|group| &group.words);
        self.words.extend(rows.map(|row| (made.document.clone(), row.0)));
        self.edits += u64::from(made.edit.with.is_none());
        if let Some(later) = self.later.insert(made.annotator, made.at) {
            // A clock that was put back tells nothing.
            self.milliseconds += Some(later - made.at).filter(|gap| (0..=BREAK).contains(gap)).unwrap_or(0);
        }
        self.milliseconds / 1000 < RECENT as i64
    }

    fn pace(self) -> Pace {
        Pace { edits: self.edits, words: self.words.len() as u64, seconds: self.milliseconds.unsigned_abs() / 1000 }
    }
}

impl Pace {
    /// Edits a minute; `None` before there was a minute of work.
    pub fn edits_a_minute(&self) -> Option<f64> {
        self.per_minute(self.edits)
    }

    /// Words a minute.
    pub fn words_a_minute(&self) -> Option<f64> {
        self.per_minute(self.words)
    }

    fn per_minute(&self, count: u64) -> Option<f64> {
        (self.seconds >= 60).then(|| count as f64 * 60.0 / self.seconds as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Scope;
    use crate::store::payload::{Group, Row};

    fn pace(edits: &[(i64, &str, u32)]) -> Pace {
        let mut counted = Counted::default();
        for &(seconds, annotator, word) in edits.iter().rev() {
            let words = vec![Row(word, word + 1, "P".into(), vec![])];
            let edit = EditPayload {
                labels: vec!["l".into()],
                groups: vec![Group { scope: Some(Scope::Single), words }],
                review: None,
                with: None,
                edits: Vec::new(),
            };
            let made = Made { at: seconds * 1000, annotator: annotator.into(), document: "d".into(), edit };
            if !counted.take(made) {
                break;
            }
        }
        counted.pace()
    }

    #[test]
    fn breaks_are_left_out_and_words_count_once() {
        let check = |edits: &[(i64, &str, u32)], expected: (u64, u64, u64)| {
            let pace = pace(edits);
            assert_eq!((pace.edits, pace.words, pace.seconds), expected, "{edits:?}");
        };
        check(&[], (0, 0, 0));
        check(&[(0, "a", 1), (30, "a", 2), (90, "a", 2)], (3, 2, 90));
        check(&[(0, "a", 1), (60, "a", 2), (10_000, "a", 3), (10_030, "a", 4)], (4, 4, 90));
        check(&[(0, "a", 1), (10, "b", 2), (60, "a", 3), (70, "b", 4)], (4, 4, 120));
        check(&[(100, "a", 1), (0, "a", 2), (60, "a", 3)], (3, 3, 60));
        let long: Vec<(i64, &str, u32)> = (0..200).map(|minute| (minute * 60, "a", minute as u32)).collect();
        check(&long, (61, 61, 3600));
    }

    #[test]
    fn there_is_no_pace_before_a_minute_of_work() {
        assert_eq!(pace(&[(0, "a", 1), (59, "a", 2)]).words_a_minute(), None);
        let pace = pace(&[(0, "a", 1), (60, "a", 2), (120, "a", 3)]);
        assert_eq!((pace.words_a_minute(), pace.edits_a_minute()), (Some(1.5), Some(1.5)));
    }

    #[test]
    fn what_comes_with_a_change_of_the_labels_or_an_import_is_nobodys_work() {
        use crate::domain::{Annotations, Document, EditId, LabelScheme, Relabel, Shown, Span};
        let folder = tempfile::tempdir().unwrap();
        let mut project = Project::open(&folder.path().join("p.db"), "ann").unwrap();
        let (scheme, shown) =
            (LabelScheme::from_names("s", &["sym", "drug"]).unwrap(), Shown { predictions: None, thresholds: &[0.5; 2] });
        let words = crate::tokenization::segment("bad pain");
        for note in ["a", "b", "c"] {
            let edit = Annotations::default().toggle(EditId(1), [1], 0, &shown);
            project.edit(&Document::new(note, "bad pain"), &words, &scheme, &edit).unwrap();
        }
        let counts = |project: &Project| project.pace_of(3).map(|pace| (pace.edits, pace.words)).unwrap();
        assert_eq!(counts(&project), (3, 3));
        let rename = Relabel::Rename { label: "sym".into(), name: "sign".into() };
        let renamed = project.relabel(&scheme, &rename, &[]).unwrap().scheme;
        project.relabel(&renamed, &Relabel::Merge { from: "sign".into(), into: "drug".into() }, &[]).unwrap();
        let gold = [Span { start: 0, end: 3, label: "drug".into() }];
        project.write(|writer| writer.import(&Document::new("d", "bad pain"), &gold, Some(&["drug".into()]))).unwrap();
        assert_eq!(counts(&project), (3, 3), "three edits of words were made by somebody, and a merge of as many notes");
        project.undo_relabel().unwrap();
        assert_eq!(counts(&project), (3, 3));
    }
}
