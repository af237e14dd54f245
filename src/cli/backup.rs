//! `chartmark backup`.

use anyhow::Result;

use super::args::{BackupArguments, Shared};
use super::setup::open_project;
use super::tell::tell;

/// Copies the project to a new file.
///
/// # Errors
/// When there is no project, or the file exists or can't be written.
pub fn run(arguments: &BackupArguments, shared: &Shared) -> Result<()> {
    let project = open_project(arguments.path.as_deref(), shared)?;
    project.backup(&arguments.file)?;
    tell(format_args!("{} holds a copy of {}", arguments.file.display(), project.path().display()));
    Ok(project.close()?)
}
