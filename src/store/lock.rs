//! One writer at a time: an exclusive lock on a file beside the project, which the system takes back when its holder
//! dies, however it dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::disk::{beside, create_private};
use super::error::StoreError;

/// How often a waiting writer looks again.
const PAUSE: Duration = Duration::from_millis(25);

/// The right to write to a project; given back when dropped.
#[derive(Debug)]
pub(super) struct WriterLock {
    file: File,
}

impl WriterLock {
    /// Takes the lock of the project at `path`, waiting up to `wait` for another process to finish.
    ///
    /// # Errors
    /// [`StoreError::InUse`] when it does not; [`StoreError::ReadOnly`] where no lock file can be made.
    pub fn take(path: &Path, wait: Duration) -> Result<Self, StoreError> {
        let mut file = open(&beside(path, ".lock"))?;
        let until = Instant::now() + wait;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(error)) => return Err(StoreError::Disk(error.to_string())),
                Err(TryLockError::WouldBlock) if Instant::now() < until => sleep(PAUSE),
                Err(TryLockError::WouldBlock) => {
                    return Err(StoreError::InUse { path: path.to_owned(), pid: holder(path) });
                }
            }
        }
        // The number only serves the other process's sentence: not being able to leave it (a full disk) is no reason
        // not to go on.
        let _ = leave_pid(&mut file);
        Ok(Self { file })
    }
}

impl Drop for WriterLock {
    fn drop(&mut self) {
        // Emptied, so that nobody is sent after a process that is gone; the lock itself goes with the file handle.
        let _ = self.file.set_len(0);
        let _ = self.file.unlock();
    }
}

fn open(path: &Path) -> Result<File, StoreError> {
    let file = match create_private(path) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => OpenOptions::new().read(true).write(true).open(path),
        made => made,
    };
    file.map_err(|error| match error.kind() {
        std::io::ErrorKind::StorageFull => StoreError::Full,
        std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => StoreError::ReadOnly,
        _ => StoreError::Disk(error.to_string()),
    })
}

fn leave_pid(file: &mut File) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    write!(file, "{}", std::process::id())
}

/// The number of the process that has the lock of the project at `path`, if it has left it.
pub(super) fn holder(path: &Path) -> Option<u32> {
    let mut text = String::new();
    File::open(beside(path, ".lock")).ok()?.take(16).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}
