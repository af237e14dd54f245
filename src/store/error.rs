//! What can go wrong with the project file, in sentences for the person at the terminal.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::domain::{SchemeError, visible};

/// Why the project file could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The path is a folder.
    #[error("{} is a folder, not a project file; name a file, e.g. {}", shown(.0), shown(&.0.join("project.db")))]
    Folder(PathBuf),
    /// The file is something else.
    #[error("{} is not a Chartmark project; it was left untouched. Name another file with --project", shown(.0))]
    NotAProject(PathBuf),
    /// The file is a project of a later Chartmark.
    #[error(
        "{} was written by a newer Chartmark (its format is {found}, this program knows {known}); it was left untouched. \
         Open it with the newer program",
        shown(.path)
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: u32,
        /// The schema version of this program.
        known: u32,
    },
    /// The file has to be brought up to date, and was only to be looked at.
    #[error(
        "the project {} is empty or was written by an older Chartmark; nothing was changed. Open it once with `chartmark`, \
         which brings it up to date",
        shown(.0)
    )]
    Older(PathBuf),
    /// The file exists but cannot be read.
    #[error("the project {} cannot be read ({why}); nothing was changed. Check its permissions", shown(.path))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's words.
        why: String,
    },
    /// The file or its folder cannot be made.
    #[error("the project {} cannot be made ({why}); nothing was changed. Name another place with --project", shown(.path))]
    NotCreated {
        /// The file.
        path: PathBuf,
        /// The system's words.
        why: String,
    },
    /// Another process writes to the project.
    #[error("the project {} is open in {}; nothing was changed. Finish there first", shown(.path), process(.pid))]
    InUse {
        /// The project.
        path: PathBuf,
        /// The other process, if it has left its number.
        pid: Option<u32>,
    },
    /// `SQLITE_FULL`.
    #[error("the disk is full: the last change was not saved; what was saved before is safe. Free some space and do it again")]
    Full,
    /// An error of the disk.
    #[error(
        "the disk failed ({0}): the last change was not saved; what was saved before is safe. Check the disk and do it again"
    )]
    Disk(String),
    /// Another process holds SQLite's lock.
    #[error(
        "another program keeps the project locked: the last change was not saved; what was saved before is safe. Close it and do it again"
    )]
    Busy,
    /// The project cannot be written.
    #[error(
        "the project or its folder is read-only: the last change was not saved; what was saved before is safe. Copy it elsewhere and name the copy with --project"
    )]
    ReadOnly,
    /// The file's content contradicts itself.
    #[error(
        "the project file is damaged ({0}); nothing was changed. Restore a backup, or run `chartmark doctor` to see what is left"
    )]
    Damaged(String),
    /// Some other error of the database.
    #[error("the project file could not be used ({0}): the last change was not saved; what was saved before is safe")]
    Database(String),
    /// An edit without changes.
    #[error("the edit changes nothing, so there was nothing to save")]
    NoChange,
    /// An edit that changes together what no event holds together.
    #[error(
        "the edit changes things of different kinds at once, which the project cannot hold; it was not saved. Open the note again"
    )]
    Mixed,
    /// An edit of a word or label that the document or the scheme does not have.
    #[error("the edit names a word or a label that '{}' does not have; it was not saved. Open the note again", visible(.0))]
    NotInDocument(String),
    /// An undo or redo that does not fit what the project holds.
    #[error(
        "this change of '{}' can't be undone or redone on its own, because something was done there since; nothing was changed. \
         The list of everything that was done leads back and forward in all notes together", visible(.0)
    )]
    NotUndoable(String),
    /// A jump to what is no step.
    #[error("the project has no step number {0}; nothing was changed. Open the list again")]
    NoStep(u64),
    /// A document that the project does not hold.
    #[error("the project holds nothing on '{}'", visible(.0))]
    NoDocument(String),
    /// A model version that the project does not hold.
    #[error("there is no model version {0}; nothing was changed. `chartmark model list` shows those there are")]
    NoVersion(u64),
    /// A model version of another encoder.
    #[error(
        "model version {0} belongs to another encoder than the model in use; nothing was changed. Open the model it was trained with"
    )]
    OtherEncoder(u64),
    /// Rollback at the first version.
    #[error("no other version was active before this one; nothing was changed")]
    NothingBefore,
    /// A change of the labels that makes no sense.
    #[error("the labels were not changed: {0}")]
    Labels(#[from] SchemeError),
    /// A name whose decisions were put aside.
    #[error(
        "the labels were not changed: the project holds {} in a label called '{}' that is not in use; add that label, then merge the two",
        decisions(.count), visible(.name)
    )]
    NameInUse {
        /// The name.
        name: String,
        /// How many decisions.
        count: usize,
    },
    /// No change of the labels to take back.
    #[error("no change of these labels is left to take back; nothing was changed")]
    NoRelabel,
    /// An export without anything in it.
    #[error("nothing is decided in this project yet, so nothing was written. Label or accept a word first")]
    NothingToExport,
    /// An export cannot be written.
    #[error(
        "the export cannot be written ({0}); the project itself is unharmed. `chartmark export --to gold --out FILE` names \
         another place"
    )]
    NotExported(String),
    /// An export would take the place of a note, or lie among the notes.
    #[error(
        "{} is a note, or would lie among the notes and be taken for one; nothing was written. `chartmark export --to gold --out \
         FILE` names another place",
        shown(.0)
    )]
    AmongNotes(PathBuf),
    /// An export would take the place of a file that no export of the project has made, or that was changed since.
    #[error(
        "{} is not as an export of this project has left it; it was left untouched. `chartmark export --to gold --out FILE` names \
         another place",
        shown(.0)
    )]
    NotOurs(PathBuf),
    /// A backup would overwrite a file.
    #[error("{} exists already; nothing was written. Name a new file", shown(.0))]
    BackupExists(PathBuf),
    /// A backup cannot be written.
    #[error("the backup {} cannot be written ({why}); the project itself is unharmed. Name another place", shown(.path))]
    NoBackup {
        /// The file.
        path: PathBuf,
        /// The system's words.
        why: String,
    },
}

/// A path as it may be shown: names of files are not to be trusted either.
pub(super) fn shown(path: &Path) -> String {
    visible(&path.to_string_lossy()).into_owned()
}

fn decisions(count: &usize) -> String {
    if *count == 1 { "1 decision".to_owned() } else { format!("{count} decisions") }
}

fn process(pid: &Option<u32>) -> String {
    pid.map_or_else(|| "another process".to_owned(), |pid| format!("another process (number {pid})"))
}

impl StoreError {
    /// Whether the request itself was at fault, and the database is as able to save the next one as before.
    pub(crate) fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::NoChange
                | Self::Mixed
                | Self::NotInDocument(_)
                | Self::NotUndoable(_)
                | Self::NoStep(_)
                | Self::NoDocument(_)
                | Self::NoVersion(_)
                | Self::OtherEncoder(_)
                | Self::NothingBefore
                | Self::Labels(_)
                | Self::NameInUse { .. }
                | Self::NoRelabel
        )
    }

    /// Whether the next request may be saved all the same: a refusal is of one request, damage may be of one document,
    /// and a smaller edit may still find room on a full disk. All else would meet every request alike, some of it after
    /// a long wait.
    pub(crate) fn concerns_one(&self) -> bool {
        self.is_refusal() || matches!(self, Self::Full | Self::Damaged(_))
    }

    /// The error of reading the file at `path`.
    pub(crate) fn unreadable(path: &Path, why: &std::io::Error) -> Self {
        Self::Unreadable { path: path.to_owned(), why: why.to_string() }
    }

    /// The error of making the file at `path`.
    pub(crate) fn not_created(path: &Path, why: &std::io::Error) -> Self {
        Self::NotCreated { path: path.to_owned(), why: why.to_string() }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::SystemIoFailure) => Self::Disk(error.to_string()),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::ReadOnly) => Self::ReadOnly,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged(error.to_string()),
            _ => Self::Database(error.to_string()),
        }
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> Self {
        Self::Damaged(error.to_string())
    }
}
