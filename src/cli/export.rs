//! `chartmark export`.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::args::{ExportArguments, ExportFormat, Shared};
use super::look::with_names_of;
use super::predict::{check_output, check_project, is_stdout, output, spare_notes};
use super::setup::look_at_project;
use super::tell::{counted, tell};
use crate::domain::visible;
use crate::formats::gold::read_each;
use crate::store::whole::WholeFile;
use crate::store::{Exported, Hidden, Project, place};

/// Writes every document with decisions or imported gold; says on standard error what could not be held.
///
/// # Errors
/// When there is no project or nothing in it to write, or the output can't be written.
pub fn run(arguments: &ExportArguments, shared: &Shared) -> Result<()> {
    let mut project = look_at_project(arguments.path.as_deref(), shared)?;
    if let Some(notes) = arguments.path.as_deref().or(shared.project.as_deref()) {
        project = with_names_of(project, notes, None, shared)?;
    }
    if project.label_names()?.is_empty() {
        bail!("the project {} holds no decisions yet; nothing was written", project.path().display());
    }
    if let Some(out) = &arguments.out {
        check_output(Some(out), &arguments.path.iter().map(PathBuf::as_path).collect::<Vec<_>>())?;
        spare_notes(out, &project)?;
        spare_others(out, &project)?;
    }
    let exported = match arguments.out.as_deref().filter(|out| is_file(out)) {
        Some(path) => to_file(&project, arguments.to, path)?,
        None => {
            let mut out = output(arguments.out.as_deref())?;
            let exported = write(&project, arguments.to, &mut out)?;
            out.flush().context("the output could not be written")?;
            exported
        }
    };
    report(&exported);
    if let Some(scheme) = project.labels()? {
        let mut hidden = project.hidden_by(&scheme)?;
        // What a merge has left behind stands in the other label.
        hidden.0.retain(|(name, _)| scheme.meant(name).is_none());
        if hidden != Hidden::default() {
            tell(format_args!("with '{}' {hidden}: they were not written", scheme.name));
        }
    }
    Ok(project.close()?)
}

/// Whether the output is a file, or becomes one: something that can be replaced as a whole.
fn is_file(out: &Path) -> bool {
    !is_stdout(out) && out.metadata().map_or(true, |there| there.is_file())
}

/// Writes a file, which takes the place of what stood there once it is whole.
fn to_file(project: &Project, to: ExportFormat, path: &Path) -> Result<Exported> {
    check_project(path)?;
    let mut file = WholeFile::shared(path)
        .with_context(|| format!("{} can't be written; check the folder and its permissions", path.display()))?;
    let exported = write(project, to, &mut file)?;
    if exported.documents() == 0 && path.exists() {
        let project = project.path().display();
        bail!("nothing in the project {project} is decided any more; what stands in {} was left as it is", path.display());
    }
    file.finish().context("the output could not be written; what stood there before is as it was")?;
    Ok(exported)
}

fn write(project: &Project, to: ExportFormat, out: &mut dyn Write) -> Result<Exported> {
    Ok(match to {
        ExportFormat::Gold => project.export_gold(out, |id, notice| tell(format_args!("{id}: {notice}")))?,
    })
}

/// Refuses to write over a file that is no earlier export: it may be a note that no project knows of, or somebody's gold.
fn spare_others(out: &Path, project: &Project) -> Result<()> {
    if !out.is_file() || place::belongs_to_project(out) {
        return Ok(());
    }
    // What can't be read can't be written either, which is told then.
    let Ok(mut file) = File::open(out).map(BufReader::new) else { return Ok(()) };
    let begins_otherwise = file.fill_buf().is_ok_and(|bytes| bytes.first().is_some_and(|first| *first != b'{'));
    let (mut strange, mut documents) = (None, 0);
    if !begins_otherwise {
        read_each(file, &out.to_string_lossy(), |gold| {
            documents += 1;
            if strange.is_none() && !project.knows(&gold.document.id).unwrap_or(true) {
                strange = Some(gold.document.id);
            }
        });
    }
    let why = match strange {
        Some(id) => format!(": it holds '{}', of which {} knows nothing", visible(id.as_str()), project.path().display()),
        None if documents == 0 && out.metadata().is_ok_and(|there| there.len() > 0) => String::new(),
        None => return Ok(()),
    };
    bail!("{} is no earlier export{why}; it was left untouched. Name another file with --out", out.display());
}

fn report(exported: &Exported) {
    let Exported { decided, imported, spans, absent, undecided } = exported;
    let (documents, spans) = (counted(exported.documents(), "document"), counted(*spans, "span"));
    tell(format_args!("{documents} with {spans} written: {decided} decided here, {imported} only imported"));
    if absent + undecided > 0 {
        tell(format_args!(
            "gold tells labels that are there: {absent} decisions that a label is absent and {undecided} undecided (word, \
             label) pairs look alike in it; import it with --partial unless all was decided"
        ));
    }
    tell("gold doesn't tell who decided, when, and what the model showed; `chartmark backup FILE` keeps everything");
}
