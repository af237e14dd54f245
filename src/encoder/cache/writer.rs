//! The thread that writes entries and keeps their folder within its limit.

use std::fs::{DirBuilder, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::SystemTime;

use super::folder::{Entry, TEMPORARY, entries};
use super::{FORM, HEADER, Key};
use crate::encoder::vectors::f16;

/// Of the limit, in eighths, what is left when entries had to go, so that they don't have to at every entry.
const LEFT: u64 = 7;
/// The folder is looked at again when this part of the limit was written: other processes write too.
const LOOK_AGAIN: u64 = 16;

/// Numbers the files that this process writes.
static WRITTEN: AtomicU64 = AtomicU64::new(0);

/// The numbers to keep under a key.
pub(super) type Kept = (Key, Vec<f16>);

/// Starts the thread; `None` if the system gives none. It ends when the sender is gone, or when an entry can't be written,
/// which `say` is told in a sentence. `since` is when this run began.
pub(super) fn begin(
    folder: PathBuf,
    (limit, since): (u64, SystemTime),
    waiting: usize,
    say: Box<dyn FnOnce(String) + Send>,
) -> Option<(SyncSender<Kept>, JoinHandle<()>)> {
    let (send, orders) = sync_channel(waiting);
    let write = move || {
        if let Err(error) = write(&folder, (limit, since), &orders) {
            say(format!(
                "word vectors can't be kept in {} ({error}); everything works without it, but notes are encoded again in the \
                 next run. Make room or make it writable, or set CHARTMARK_CACHE to another folder or to off",
                folder.display()
            ));
        }
    };
    let thread = std::thread::Builder::new().name("cache".into()).spawn(write).ok()?;
    Some((send, thread))
}

fn write(folder: &Path, (limit, since): (u64, SystemTime), orders: &Receiver<Kept>) -> io::Result<()> {
    let mut held = Held { folder, limit, since, bytes: 0, until_look: 0, full: false };
    for (key, vectors) in orders {
        let size = (HEADER + std::mem::size_of_val(&*vectors)) as u64;
        if size > limit {
            continue;
        }
        private_folder(folder)?;
        if !held.make_room(size)? {
            continue;
        }
        match write_entry(folder, &key, &vectors) {
            // Another process has cleared the folder meanwhile.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                private_folder(folder)?;
                write_entry(folder, &key, &vectors)?;
            }
            written => written?,
        }
    }
    Ok(())
}

fn write_entry(folder: &Path, key: &Key, vectors: &[f16]) -> io::Result<()> {
    let path = key.path(folder);
    if let Some(own) = path.parent() {
        private_folder(own)?;
    }
    let (process, number) = (std::process::id(), WRITTEN.fetch_add(1, Ordering::Relaxed));
    let beside = folder.join(format!("{TEMPORARY}{}-{process}-{number}", key.0.to_hex()));
    let written = write_file(&beside, key, vectors).and_then(|()| std::fs::rename(&beside, &path));
    if written.is_err() {
        // It may never have been made.
        let _ = std::fs::remove_file(&beside);
    }
    written
}

fn write_file(path: &Path, key: &Key, vectors: &[f16]) -> io::Result<()> {
    let content: Vec<u8> = vectors.iter().flat_map(|number| number.to_le_bytes()).collect();
    // A process that had the same number may have left one.
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(FORM)?;
    file.write_all(key.check(&content).as_bytes())?;
    file.write_all(&content)
}

/// Makes a folder that nobody else may look into; one that is there is closed to others.
fn private_folder(folder: &Path) -> io::Result<()> {
    match std::fs::metadata(folder) {
        Ok(there) if there.permissions().mode() & 0o077 == 0 => Ok(()),
        Ok(_) => std::fs::set_permissions(folder, Permissions::from_mode(0o700)),
        Err(_) => DirBuilder::new().recursive(true).mode(0o700).create(folder),
    }
}

/// What the folder holds, as far as it is known.
struct Held<'a> {
    folder: &'a Path,
    limit: u64,
    /// What was used since then stays: notes are read over and over in the same order, and if each made room for the next
    /// where not all find room, none would be found again.
    since: SystemTime,
    bytes: u64,
    /// How much may be offered before the folder is looked at again.
    until_look: u64,
    /// Whether there was no room when it was looked at.
    full: bool,
}

impl Held<'_> {
    /// Removes entries that were used longest ago until there is room for so many bytes; tells whether there is.
    fn make_room(&mut self, bytes: u64) -> io::Result<bool> {
        if self.until_look < bytes || (self.bytes + bytes > self.limit && !self.full) {
            let mut found = entries(self.folder)?;
            self.bytes = found.iter().map(|entry| entry.bytes).sum();
            self.until_look = (self.limit / LOOK_AGAIN).max(bytes);
            if self.bytes + bytes > self.limit {
                found.retain(|entry| entry.used < self.since);
                found.sort_by_key(|entry| entry.used);
                self.remove(&found, (self.limit / 8 * LEFT).min(self.limit - bytes));
            }
            self.full = self.bytes + bytes > self.limit;
        }
        let fits = self.bytes + bytes <= self.limit;
        self.bytes += if fits { bytes } else { 0 };
        self.until_look -= bytes;
        Ok(fits)
    }

    fn remove(&mut self, oldest_first: &[Entry], down_to: u64) {
        for entry in oldest_first {
            if self.bytes <= down_to {
                return;
            }
            // Another process may have been faster.
            let _ = std::fs::remove_file(&entry.path);
            self.bytes -= entry.bytes;
        }
    }
}
