//! What is decided, as gold JSONL: the same for the command and for the screen.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::error::StoreError;
use super::project::{Known, Project};
use super::projection::{set_setting, setting};
use super::whole::WholeFile;
use crate::domain::{Anchor, Annotations, Cell, CharOffsets, Comment, Decision, DocumentId, LabelScheme, LabelSet, Words};
use crate::formats::{spans_of, write_gold};
use crate::tokenization::segment::segment;

/// Where the project keeps the hashes of what the screen exported last, the newest first.
const EXPORTED: &str = "exported";

/// What was written, and what gold has no place for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// Documents that somebody has decided something in.
    pub decided: usize,
    /// Documents that are as they were imported.
    pub imported: usize,
    /// Spans of all of them.
    pub spans: usize,
    /// Cells that a human decided to be absent.
    pub absent: usize,
    /// Cells of words with a letter or digit that nobody has decided.
    pub undecided: usize,
}

impl Exported {
    /// How many documents were written.
    pub fn documents(&self) -> usize {
        self.decided + self.imported
    }
}

impl Project {
    /// Where the screen writes what is decided: beside the project, under its name.
    pub fn export_place(&self) -> PathBuf {
        self.path().with_extension("gold.jsonl")
    }

    /// Writes every document with decisions or imported gold; `tell` hears what there is to say of one.
    ///
    /// # Errors
    /// When there is nothing in the project to write, it can't be read, or `out` can't be written.
    pub fn export_gold(&self, out: &mut dyn Write, mut tell: impl FnMut(&DocumentId, &str)) -> Result<Exported, StoreError> {
        // All is read as it is at one moment, whatever a session does meanwhile.
        let _moment = self.connection().unchecked_transaction()?;
        let scheme = self.labels()?.ok_or(StoreError::NothingToExport)?;
        let mut exported = Exported::default();
        for (id, _) in self.documents()? {
            if let Some(notice) = self.export_document(&id, &scheme, out, &mut exported)? {
                tell(&id, &notice);
            }
        }
        out.flush().map_err(|error| StoreError::NotExported(error.to_string()))?;
        Ok(exported)
    }

    /// Writes a document, if it has decisions or imported gold; gives what there is to say of it.
    fn export_document(
        &self,
        id: &DocumentId,
        scheme: &LabelScheme,
        mut out: &mut dyn Write,
        exported: &mut Exported,
    ) -> Result<Option<String>, StoreError> {
        let mut document = self.document(id)?;
        let words = segment(&document.text);
        let Known { annotations, notice, .. } = self.annotations(&document, &words, scheme)?;
        match (annotations.count(), &annotations.imported) {
            (0, None) => return Ok(notice),
            (0, Some(_)) => exported.imported += 1,
            _ => exported.decided += 1,
        }
        let sets: Vec<LabelSet> = (0..words.len()).map(|word| annotations.shown(word, scheme.len(), LabelSet::EMPTY)).collect();
        let spans = spans_of(&document.text, &words, &sets, scheme);
        let own = document.meta.remove("comments");
        if let Some(all) = joined(own, comments(&document.text, &words, &annotations)) {
            document.meta.insert("comments".to_owned(), all);
        }
        write_gold(&mut out, &document, &spans).map_err(|error| StoreError::NotExported(error.to_string()))?;
        exported.spans += spans.len();
        exported.absent += annotations.all_decided().filter(|(_, decided)| !decided.present).count();
        exported.undecided += undecided(&annotations, &words, scheme.len());
        Ok(notice)
    }

    /// Begins to write the gold to [`Project::export_place`], in place of what was written there before. The file is its owner's
    /// alone, and whole or not there.
    ///
    /// # Errors
    /// As [`Project::export_gold`]; [`StoreError::AmongNotes`]; [`StoreError::NotOurs`].
    pub fn begin_export(&self) -> Result<Export, StoreError> {
        let place = self.export_place();
        if self.is_note(&place)? {
            return Err(StoreError::AmongNotes(place));
        }
        self.check_place(&place)?;
        let scheme = self.labels()?.ok_or(StoreError::NothingToExport)?;
        let documents: Vec<DocumentId> = self.documents()?.into_iter().map(|(id, _)| id).collect();
        let out = WholeFile::private(place.clone()).map_err(failed)?;
        Ok(Export { out, place, scheme, documents: documents.into_iter(), exported: Exported::default() })
    }

    /// Whether nothing but an export of the project stands there, as it was left.
    fn check_place(&self, place: &Path) -> Result<(), StoreError> {
        if self.has_own_folder() || !place.exists() {
            return Ok(());
        }
        let known = setting(self.connection(), EXPORTED)?.unwrap_or_default();
        let ours = hash_of(place).is_some_and(|hash| known.split(' ').any(|known| known == hash));
        if ours { Ok(()) } else { Err(StoreError::NotOurs(place.to_owned())) }
    }

    /// Remembers what an export is about to put in its place, and what stands there until then.
    pub(super) fn expect_export(&mut self, hash: String, place: &Path) -> Result<(), StoreError> {
        let known = [hash].into_iter().chain(hash_of(place)).collect::<Vec<_>>().join(" ");
        self.write(|writer| set_setting(writer.connection(), EXPORTED, &known))
    }
}

/// An export beside the project that is being written, some documents at a time. Dropped before its end, it leaves what was
/// exported before as it is.
#[derive(Debug)]
pub struct Export {
    out: WholeFile,
    place: PathBuf,
    scheme: LabelScheme,
    /// Those that are still to be written.
    documents: std::vec::IntoIter<DocumentId>,
    exported: Exported,
}

impl Export {
    /// Writes up to so many more documents; gives what was written and where once that is all.
    ///
    /// # Errors
    /// As [`Project::export_gold`]; nothing is exported then.
    pub fn go_on(&mut self, project: &mut Project, most: usize) -> Result<Option<(Exported, PathBuf)>, StoreError> {
        for id in self.documents.by_ref().take(most) {
            project.export_document(&id, &self.scheme, &mut self.out, &mut self.exported)?;
        }
        if !self.documents.as_slice().is_empty() {
            return Ok(None);
        }
        if self.exported.documents() == 0 {
            return Err(StoreError::NothingToExport);
        }
        let written = self.out.written().map_err(failed)?;
        let hash = hash_of(written);
        project.check_place(&self.place)?;
        if let Some(hash) = hash {
            project.expect_export(hash, &self.place)?;
        }
        let place = self.out.finish().map_err(failed)?.to_owned();
        Ok(Some((self.exported, place)))
    }
}

/// The hash of a file; `None` where it can't be read.
fn hash_of(path: &Path) -> Option<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path).ok()?).ok()?;
    Some(hasher.finalize().to_hex().to_string())
}

fn failed(error: io::Error) -> StoreError {
    StoreError::NotExported(error.to_string())
}

/// What was written beside a document, as gold's metadata holds it: places in characters as for spans, none for the whole
/// document, and no text for a mark.
fn comments(text: &str, words: &Words, annotations: &Annotations) -> Vec<Value> {
    let offsets = CharOffsets::new(text);
    let comment = |(anchor, comment): (&Anchor, &Comment)| {
        let mut entry = json!({ "text": &*comment.text });
        let ends =
            anchor.range().and_then(|range| Some((words.get(range.start)?.start, words.get(range.end.checked_sub(1)?)?.end)));
        if let Some((start, end)) = ends {
            entry["start"] = offsets.char(start).into();
            entry["end"] = offsets.char(end).into();
        }
        if let Some(stamp) = annotations.stamp(comment.edit) {
            entry["annotator"] = stamp.annotator.to_string().into();
        }
        entry
    };
    annotations.comments.iter().map(comment).collect()
}

/// What the note has brought along as its comments, and behind it those that were written here.
fn joined(own: Option<Value>, here: Vec<Value>) -> Option<Value> {
    match own {
        own if here.is_empty() => own,
        None => Some(Value::Array(here)),
        Some(Value::Array(own)) => Some(own.into_iter().chain(here).collect()),
        Some(own) => Some([own].into_iter().chain(here).collect()),
    }
}

fn undecided(annotations: &Annotations, words: &Words, labels: usize) -> usize {
    let of_word =
        |word: usize| (0..labels).filter(|&label| annotations.decision(Cell::new(word, label)) == Decision::Unknown).count();
    words.iter().enumerate().filter(|(_, word)| word.alphanumeric).map(|(index, _)| of_word(index)).sum()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::domain::{Document, Edit, EditId, Scope, Shown, Span, Stamp};

    #[test]
    fn what_is_written_beside_a_note_goes_along_in_characters() {
        let text = "Größe: 5 cm, chest pain";
        let (words, mut annotations) = (segment(text), Annotations::default());
        assert!(comments(text, &words, &annotations).is_empty());
        let chest = words.exactly(&(text.find("chest").unwrap()..text.find(" pain").unwrap())).unwrap();
        let mut write = |id, anchor, said| {
            let edit: Edit = annotations.comment(EditId(id), anchor, Some(said));
            annotations.apply(&edit);
            annotations.set_stamp(EditId(id), Stamp { annotator: "anna".into(), at: 0 });
        };
        write(1, Anchor::words(chest, chest + 1), "where?");
        write(2, Anchor::Document, "old");
        write(3, Anchor::words(0, 0), "");
        assert_eq!(
            comments(text, &words, &annotations),
            [
                json!({ "text": "old", "annotator": "anna" }),
                json!({ "text": "", "start": 0, "end": 5, "annotator": "anna" }),
                json!({ "text": "where?", "start": 13, "end": 23, "annotator": "anna" }),
            ]
        );
    }

    #[test]
    fn comments_that_a_note_has_brought_along_are_kept() {
        let here = || vec![json!({"text": "why?"})];
        for (own, here, expected) in [
            (None, Vec::new(), None),
            (None, here(), Some(json!([{"text": "why?"}]))),
            (Some(json!("see p. 2")), Vec::new(), Some(json!("see p. 2"))),
            (Some(json!("see p. 2")), here(), Some(json!(["see p. 2", {"text": "why?"}]))),
            (Some(json!([{"text": "old"}])), here(), Some(json!([{"text": "old"}, {"text": "why?"}]))),
        ] {
            assert_eq!(joined(own, here), expected);
        }
    }

    fn export_beside(project: &mut Project) -> Result<Exported, StoreError> {
        let mut export = project.begin_export()?;
        loop {
            if let Some((exported, _)) = export.go_on(project, 1)? {
                return Ok(exported);
            }
        }
    }

    #[test]
    fn an_export_beside_the_project_is_whole_private_and_made_anew_each_time() {
        let folder = tempfile::tempdir().unwrap();
        let mut project = Project::open(&folder.path().join("ward.db"), "anna").unwrap();
        let place = folder.path().join("ward.gold.jsonl");
        assert!(export_beside(&mut project).is_err() && !place.exists(), "there is nothing to write");

        let (note, scheme) = (Document::new("a", "bad pain"), LabelScheme::from_names("s", &["sym"]).unwrap());
        let (words, shown) = (segment(&note.text), Shown { predictions: None, thresholds: &[0.5] });
        let edit = Annotations::default().set(EditId(1), [1], 0, true, Scope::Single, &shown);
        project.edit(&note, &words, &scheme, &edit).unwrap();
        let other = Document::new("b", "ache");
        project.import_gold(&other, &[Span { start: 0, end: 4, label: "sym".into() }], None).unwrap();
        fs::write(folder.path().join("ward.gold.part"), "cut off").unwrap();
        for _ in 0..2 {
            let exported = export_beside(&mut project).unwrap();
            assert_eq!((exported.decided, exported.imported, exported.spans), (1, 1, 2));
            assert_eq!(fs::read_to_string(&place).unwrap().lines().count(), 2);
        }
        let mut begun = project.begin_export().unwrap();
        assert_eq!(begun.go_on(&mut project, 1).unwrap(), None);
        drop(begun);
        assert_eq!(fs::read_to_string(&place).unwrap().lines().count(), 2, "one that was given up changes nothing");
        assert!(!folder.path().join("ward.gold.part").exists());
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&place).unwrap().permissions());
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn an_export_beside_the_project_takes_the_place_of_no_note() {
        let folder = tempfile::tempdir().unwrap();
        let (notes, place) = (folder.path().join("notes"), folder.path().join("notes/ward.gold.jsonl"));
        fs::create_dir(&notes).unwrap();
        let mut project = Project::open(&notes.join("ward.db"), "anna").unwrap();
        let note = Document::new("b", "ache");
        project.import_gold(&note, &[Span { start: 0, end: 4, label: "sym".into() }], None).unwrap();
        for corpus in [&notes, &place] {
            project.set_corpus(corpus.to_str().unwrap()).unwrap();
            if *corpus == place {
                fs::write(&place, "{\"text\": \"ache\"}").unwrap();
            }
            let said = export_beside(&mut project).unwrap_err().to_string();
            assert!(said.contains("nothing was written"), "{said}");
        }
        assert_eq!(fs::read_to_string(&place).unwrap(), "{\"text\": \"ache\"}");
        project.set_corpus(folder.path().join("elsewhere").to_str().unwrap()).unwrap();
        assert!(matches!(export_beside(&mut project), Err(StoreError::NotOurs(_))), "it is somebody's own file all the same");
        fs::remove_file(&place).unwrap();
        assert_eq!(export_beside(&mut project).unwrap().documents(), 1);
    }

    #[test]
    fn labels_are_exported_as_they_are_called_now() {
        use crate::domain::Relabel;
        let folder = tempfile::tempdir().unwrap();
        let mut project = Project::open(&folder.path().join("p.db"), "anna").unwrap();
        let scheme = LabelScheme::from_names("s", &["sym", "sev", "drug"]).unwrap();
        let (note, words) = (Document::new("a", "bad chest pain"), segment("bad chest pain"));
        let mut annotations = Annotations::default();
        for (id, word, label) in [(1, 0, 1), (2, 1, 2), (3, 2, 0)] {
            let edit = annotations.set(
                EditId(id),
                [word],
                label,
                true,
                Scope::Single,
                &Shown { predictions: None, thresholds: &[0.5; 3] },
            );
            annotations.apply(&edit);
            project.edit(&note, &words, &scheme, &edit).unwrap();
        }
        project.import_gold(&note, &[Span { start: 0, end: 3, label: "sym".into() }], Some(&["sym".into()])).unwrap();
        let check = |project: &Project, expected: &[(u64, &str)]| {
            let mut out = Vec::new();
            project.export_gold(&mut out, |_, _| {}).unwrap();
            let document: Value = serde_json::from_slice(&out).unwrap();
            let span = |span: &Value| (span["start"].as_u64().unwrap(), span["label"].as_str().unwrap().to_owned());
            let mut found: Vec<_> = document["spans"].as_array().unwrap().iter().map(span).collect();
            found.sort();
            assert_eq!(found, expected.iter().map(|&(start, label)| (start, label.to_owned())).collect::<Vec<_>>());
        };
        check(&project, &[(0, "sev"), (0, "sym"), (4, "drug"), (10, "sym")]);
        let (label, name) = ("sym".to_owned(), "sign".to_owned());
        project.relabel(&scheme, &Relabel::Rename { label, name }, &[]).unwrap();
        check(&project, &[(0, "sev"), (0, "sign"), (4, "drug"), (10, "sign")]);
        project.relabel(&scheme, &Relabel::Delete { label: "sev".into() }, &[]).unwrap();
        check(&project, &[(0, "sign"), (4, "drug"), (10, "sign")]);
        project.relabel(&scheme, &Relabel::Merge { from: "drug".into(), into: "sign".into() }, &[]).unwrap();
        check(&project, &[(0, "sign")]);
        project.undo_relabel().unwrap();
        project.undo_relabel().unwrap();
        check(&project, &[(0, "sev"), (0, "sign"), (4, "drug"), (10, "sign")]);
    }
}
