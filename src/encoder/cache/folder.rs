//! What lies in a folder of word vectors.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rayon::prelude::*;

use super::{Key, content};

/// What the names of files begin with that are being written.
pub(super) const TEMPORARY: &str = ".writing-";

/// A file that has been written for so long was left by a process that ended too soon.
const ABANDONED: Duration = Duration::from_secs(3600);

/// A file that holds an entry.
pub(super) struct Entry {
    pub(super) path: PathBuf,
    key: Key,
    pub(super) bytes: u64,
    pub(super) used: SystemTime,
}

/// What a folder holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Entries, broken ones included.
    pub entries: usize,
    /// Their size.
    pub bytes: u64,
    /// Entries that are damaged. They are encoded again when they are needed.
    pub broken: usize,
}

/// Lists the entries; a folder that is not there has none. Removes what was left half-written long ago.
pub(super) fn entries(folder: &Path) -> io::Result<Vec<Entry>> {
    let mut found = Vec::new();
    let Some(top) = listing(folder)? else { return Ok(found) };
    for part in top {
        let part = part?;
        let name = part.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(TEMPORARY) {
            let age = part.metadata().and_then(|it| it.modified()).ok().and_then(|then| then.elapsed().ok());
            if age.is_some_and(|age| age > ABANDONED) {
                // Another process may have been faster.
                let _ = std::fs::remove_file(part.path());
            }
        } else if name.len() == 2
            && let Some(own) = listing(&part.path())?
        {
            found.extend(own.filter_map(|file| entry(&name, &file.ok()?)));
        }
    }
    Ok(found)
}

/// A folder's listing; `None` if there is no such folder.
fn listing(folder: &Path) -> io::Result<Option<std::fs::ReadDir>> {
    match std::fs::read_dir(folder) {
        Ok(listing) => Ok(Some(listing)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The entry that a file is, if its name is one of an entry. Another process may have removed it meanwhile.
fn entry(part: &str, file: &std::fs::DirEntry) -> Option<Entry> {
    let key = Key(blake3::Hash::from_hex(format!("{part}{}", file.file_name().to_str()?)).ok()?);
    let metadata = file.metadata().ok().filter(|metadata| metadata.is_file())?;
    Some(Entry { path: file.path(), key, bytes: metadata.len(), used: metadata.modified().ok()? })
}

/// Looks at every entry of a folder, and whether it is whole. What was left half written an hour ago or earlier is removed.
///
/// # Errors
/// When the folder can't be read.
pub fn look(folder: &Path) -> io::Result<Found> {
    let entries = entries(folder)?;
    let whole = |entry: &&Entry| std::fs::read(&entry.path).is_ok_and(|bytes| content(&entry.key, &bytes).is_some());
    let broken = entries.len() - entries.par_iter().filter(whole).count();
    Ok(Found { entries: entries.len(), bytes: entries.iter().map(|entry| entry.bytes).sum(), broken })
}

/// Removes every entry of a folder, half-written ones that were left among them, and nothing else that may lie in it; gives
/// what was there.
///
/// # Errors
/// When one can't be removed.
pub fn clear(folder: &Path) -> io::Result<Found> {
    let mut found = Found::default();
    for entry in entries(folder)? {
        match std::fs::remove_file(&entry.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        found.entries += 1;
        found.bytes += entry.bytes;
        if let Some(part) = entry.path.parent() {
            // Fails as long as something is left in it.
            let _ = std::fs::remove_dir(part);
        }
    }
    Ok(found)
}
