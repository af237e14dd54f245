//! `chartmark export`.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

use super::args::{ExportArguments, ExportFormat, Shared};
use super::predict::{check_output, output};
use super::setup::look_at_project;
use super::tell::tell;
use crate::domain::{Annotations, Cell, Decision, LabelScheme, LabelSet, Words};
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
        let document = project.document(&id)?;
        let words = segment(&document.text);
        let known = project.annotations(&document, &words, scheme)?;
        known.notice.iter().for_each(|notice| tell(format_args!("{id}: {notice}")));
        let annotations = known.annotations;
        if annotations.count() == 0 && annotations.imported.is_none() {
            continue;
        }
        let sets: Vec<LabelSet> = (0..words.len()).map(|word| annotations.shown(word, scheme.len(), LabelSet::EMPTY)).collect();
        let spans = spans_of(&document.text, &words, &sets, scheme);
        write_gold(&mut out, &document, &spans).context("the output could not be written")?;
        tally.documents += 1;
        tally.spans += spans.len();
        tally.absent += annotations.all_decided().filter(|(_, decided)| !decided.present).count();
        tally.undecided += undecided(&annotations, &words, scheme.len());
    }
    Ok(tally)
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
