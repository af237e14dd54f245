//! `chartmark export`.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use super::args::{ExportArguments, ExportFormat, Shared};
use super::predict::{check_output, output};
use super::setup::look_at_project;
use super::tell::tell;
use crate::domain::{Anchor, Annotations, Cell, CharOffsets, Comment, Decision, LabelScheme, LabelSet, Words};
use crate::formats::{spans_of, write_gold};
use crate::store::Project;
use crate::tokenization::segment;

/// What was written, and what the format has no place for.
#[derive(Debug, Default)]
struct Tally {
    documents: usize,
    spans: usize,
    /// Cells that a human decided to be absent.
    absent: usize,
    /// Cells of words with a letter or digit that nobody has decided.
    undecided: usize,
}

/// Writes every document with decisions or imported gold; says on standard error what could not be held.
///
/// # Errors
/// When there is no project or nothing in it to write, or the output can't be written.
pub fn run(arguments: &ExportArguments, shared: &Shared) -> Result<()> {
    let project = look_at_project(arguments.path.as_deref(), shared)?;
    let names = project.label_names()?;
    if names.is_empty() {
        bail!("the project {} holds no decisions yet; nothing was written", project.path().display());
    }
    let scheme = LabelScheme::from_names("project", &names).context("the project's labels can't be used")?;
    check_output(arguments.out.as_deref(), &arguments.path.iter().map(PathBuf::as_path).collect::<Vec<_>>())?;
    let mut out = output(arguments.out.as_deref())?;
    let tally = match arguments.to {
        ExportFormat::Gold => gold(&project, &scheme, &mut out)?,
    };
    out.flush().context("the output could not be written")?;
    report(&tally);
    Ok(project.close()?)
}

fn gold(project: &Project, scheme: &LabelScheme, mut out: &mut dyn Write) -> Result<Tally> {
    let mut tally = Tally::default();
    for (id, _) in project.documents()? {
        let mut document = project.document(&id)?;
        let words = segment(&document.text);
        let known = project.annotations(&document, &words, scheme)?;
        known.notice.iter().for_each(|notice| tell(format_args!("{id}: {notice}")));
        let annotations = known.annotations;
        if annotations.count() == 0 && annotations.imported.is_none() {
            continue;
        }
        let sets: Vec<LabelSet> = (0..words.len()).map(|word| annotations.shown(word, scheme.len(), LabelSet::EMPTY)).collect();
        let spans = spans_of(&document.text, &words, &sets, scheme);
        if let Some(comments) = comments(&document.text, &words, &annotations) {
            document.meta.insert("comments".to_owned(), comments);
        }
        write_gold(&mut out, &document, &spans).context("the output could not be written")?;
        tally.documents += 1;
        tally.spans += spans.len();
        tally.absent += annotations.all_decided().filter(|(_, decided)| !decided.present).count();
        tally.undecided += undecided(&annotations, &words, scheme.len());
    }
    Ok(tally)
}

/// What was written beside a document, as gold's metadata holds it: places in characters as for spans, none for the whole
/// document, and no text for a mark. `None` where nothing was written.
fn comments(text: &str, words: &Words, annotations: &Annotations) -> Option<Value> {
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
    let comments: Vec<Value> = annotations.comments.iter().map(comment).collect();
    (!comments.is_empty()).then_some(Value::Array(comments))
}

fn undecided(annotations: &Annotations, words: &Words, labels: usize) -> usize {
    let of_word =
        |word: usize| (0..labels).filter(|&label| annotations.decision(Cell::new(word, label)) == Decision::Unknown).count();
    words.iter().enumerate().filter(|(_, word)| word.alphanumeric).map(|(index, _)| of_word(index)).sum()
}

fn report(tally: &Tally) {
    let Tally { documents, spans, absent, undecided } = tally;
    tell(format_args!("{documents} documents with {spans} spans written"));
    if absent + undecided > 0 {
        tell(format_args!(
            "gold tells labels that are there: {absent} decisions that a label is absent and {undecided} undecided (word, \
             label) pairs look alike in it; import it with --partial unless all was decided"
        ));
    }
    tell("gold doesn't tell who decided, when, and what the model showed; `chartmark backup FILE` keeps everything");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Edit, EditId, Stamp};

    #[test]
    fn what_is_written_beside_a_note_goes_along_in_characters() {
        let text = "Größe: 5 cm, chest pain";
        let (words, mut annotations) = (segment(text), Annotations::default());
        assert_eq!(comments(text, &words, &annotations), None);
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
            Some(json!([
                { "text": "old", "annotator": "anna" },
                { "text": "", "start": 0, "end": 5, "annotator": "anna" },
                { "text": "where?", "start": 13, "end": 23, "annotator": "anna" },
            ]))
        );
    }
}
