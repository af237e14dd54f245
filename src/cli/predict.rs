//! `chartmark predict`.

mod notes;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

pub use self::notes::{Notes, open};
use super::args::{PredictArguments, PredictFormat, Shared};
use super::progress::Bar;
use super::setup::{load_model, look_at_project};
use super::source::head_in;
use super::tell::{Usage, tell};
use crate::domain::{Document, LabelSet, Predictions, Words, visible};
use crate::formats::predictions::PredictionsWriter;
use crate::formats::{Corpus, spans_of, text, write_gold};
use crate::head::Head;
use crate::inference::Model;
use crate::inference::stream::{Predicted, predict_all};
use crate::store::{Project, place};

/// Labels every document of the paths and writes them in turn: by the model, or by the version in use of a project that is
/// named.
///
/// # Errors
/// When the model, a path or the project can't be used, or the output can't be written. Documents that can't be read are told on
/// standard error, the others are written, and the command fails at the end.
pub fn run(arguments: &PredictArguments, shared: &Shared) -> Result<()> {
    let inputs: Vec<&Path> = arguments.paths.iter().map(PathBuf::as_path).collect();
    check_output(arguments.out.as_deref(), &inputs)?;
    let notes = open(&arguments.paths)?;
    let mut model = load_model(shared)?;
    if shared.project.is_some() {
        use_version(&mut model, arguments.out.as_deref(), shared)?;
    }
    let mut out = output(arguments.out.as_deref())?;
    let failed = label(&notes, &model, arguments.format, &mut out, Bar::new())?;
    out.flush().context("the output could not be written")?;
    missing(failed)
}

/// Takes the head of the named project's active version in place of the model's, unless the output is one of its notes.
fn use_version(model: &mut Model, out: Option<&Path>, shared: &Shared) -> Result<()> {
    let project = look_at_project(None, shared)?;
    if let Some(out) = out {
        spare_notes(out, &project)?;
    }
    let (head, notice) = head_in(Some(&project), model, shared)?;
    let version = project.active()?;
    if version > 0 && notice.is_none() {
        model.name = format!("{}, version {version}", model.name);
    }
    notice.iter().for_each(tell);
    model.heads = vec![head];
    Ok(project.close()?)
}

/// Fails if documents could not be read.
///
/// # Errors
/// When `failed` is not 0.
pub fn missing(failed: usize) -> Result<()> {
    match failed {
        0 => Ok(()),
        1 => bail!("1 document could not be read and is missing from the output; the message above says why"),
        failed => bail!("{failed} documents could not be read and are missing from the output; the messages above say why"),
    }
}

/// Refuses an output that would overwrite a note, or be read as one the next time: a file that is an input, would stand among
/// the notes of an input folder, or belongs to the notes of a project that lies beside them.
///
/// # Errors
/// When it would, or a project can't be asked.
pub fn check_output(out: Option<&Path>, inputs: &[&Path]) -> Result<()> {
    if let Some(out) = out.filter(|out| !out.exists() && inputs.iter().any(|input| place::is_among(input, out))) {
        bail!(becomes_note(out));
    }
    let Some((out, file)) = out.and_then(|out| Some((out, out.canonicalize().ok()?))) else { return Ok(()) };
    let is_of = |input: PathBuf| file == input || (file.starts_with(input) && !Corpus::leaves_out(&file));
    if inputs.iter().any(|input| input.canonicalize().is_ok_and(is_of)) {
        bail!(Usage(format!("{} is among the notes to be read; notes are never overwritten, name another --out", out.display())));
    }
    for place in place::projects_above(&file) {
        match Project::look(&place).and_then(|project| Ok((project.is_note(out)?, project))) {
            Ok((true, project)) => bail!(among(out, &project)),
            Ok((false, _)) => {}
            // Of a project that can't be asked is known where its notes lie: beside it.
            Err(error) if place.ancestors().nth(2) == file.parent() && !Corpus::leaves_out(&file) => {
                let unknown = format!("{} may be a note of a project; it was left untouched, name another --out", out.display());
                return Err(anyhow::Error::new(error).context(unknown));
            }
            Err(_) => {}
        }
    }
    Ok(())
}

/// Refuses an output that would overwrite a note of the project, or become one of its notes.
///
/// # Errors
/// When it would, or the project can't be read.
pub fn spare_notes(out: &Path, project: &Project) -> Result<()> {
    if is_stdout(out) || !project.is_note(out)? {
        return Ok(());
    }
    if out.exists() {
        bail!(among(out, project));
    }
    bail!(becomes_note(out));
}

fn becomes_note(out: &Path) -> Usage {
    let out = out.display();
    Usage(format!("{out} would be read as one of the notes; nothing was written, name an --out outside their folder"))
}

fn among(out: &Path, project: &Project) -> Usage {
    let project = project.path().display();
    Usage(format!(
        "{} is among the notes of the project {project}; notes are never overwritten, name another --out",
        out.display()
    ))
}

/// Whether the output named so is the standard one.
pub fn is_stdout(out: &Path) -> bool {
    out == Path::new("-")
}

/// Refuses a file that is a project or belongs to one, which no output may overwrite.
///
/// # Errors
/// When it is.
pub fn check_project(path: &Path) -> Result<()> {
    if place::belongs_to_project(path) {
        bail!("{} is a Chartmark project, or a part of one; it was left untouched. Name another file with --out", path.display());
    }
    Ok(())
}

/// Standard output for `-` or nothing, else a new file.
///
/// # Errors
/// When the file can't be made, or as [`check_project`].
pub fn output(path: Option<&Path>) -> Result<Box<dyn Write>> {
    match path {
        Some(path) if !is_stdout(path) => {
            check_project(path)?;
            let file = File::create(path)
                .with_context(|| format!("{} can't be written; check the folder and its permissions", path.display()))?;
            Ok(Box::new(BufWriter::new(file)))
        }
        _ => Ok(Box::new(BufWriter::new(io::stdout().lock()))),
    }
}

/// Labels the documents; gives the number of those that could not be read.
///
/// # Errors
/// When the model has no head, a computation fails, or the output can't be written.
pub fn label(notes: &[Notes], model: &Model, format: PredictFormat, out: &mut dyn Write, mut bar: Bar) -> Result<usize> {
    let Some(head) = model.head() else {
        bail!(
            "the model {} has learned no labels yet; train it with `chartmark train --gold FILE --base DIR --out DIR`",
            model.name
        )
    };
    let writer =
        Writer { head, predictions: PredictionsWriter::new(&model.name, &head.meta.scheme, &head.meta.thresholds), format };
    let total = notes.iter().map(Notes::count).sum();
    let (mut done, mut failed) = (0, 0);
    predict_all(model, head, notes.iter().flat_map(Notes::documents), |note| {
        match note {
            Ok(Predicted { document, words, predictions }) => {
                writer.write(&mut *out, &document, &words, &predictions).context("the output could not be written")?;
            }
            Err(why) => {
                bar.line(&format!("chartmark: {}", visible(&why)));
                failed += 1;
            }
        }
        done += 1;
        bar.set(done, total, "documents");
        Ok::<_, anyhow::Error>(())
    })?;
    bar.finish();
    Ok(failed)
}

struct Writer<'a> {
    head: &'a Head,
    predictions: PredictionsWriter,
    format: PredictFormat,
}

impl Writer<'_> {
    fn write(&self, mut out: &mut dyn Write, document: &Document, words: &Words, predictions: &Predictions) -> io::Result<()> {
        let scheme = &self.head.meta.scheme;
        let sets = || -> Vec<LabelSet> {
            let set = |index: usize| match words[index].alphanumeric {
                true => predictions.predicted(index, &self.head.meta.thresholds),
                false => LabelSet::EMPTY,
            };
            (0..words.len()).map(set).collect()
        };
        match self.format {
            PredictFormat::Jsonl => self.predictions.write(&mut out, document, words, predictions),
            PredictFormat::Text => text::write(&mut out, document, words, &sets(), &scheme.names().collect::<Vec<_>>(), true),
            PredictFormat::Gold => write_gold(&mut out, document, &spans_of(&document.text, words, &sets(), scheme)),
        }
    }
}
