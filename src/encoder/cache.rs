//! Word vectors kept on disk across runs, so that no window is encoded twice.
//!
//! An entry is one file: what one window of subwords gives to the words that take their vectors from it. Its name is a
//! hash of all that these vectors depend on (see [`Key`]), so that nothing is ever stale, an edit renames the windows
//! around it alone, and names tell nothing of a text. It opens with a hash of its name and content: an entry that was
//! damaged is no entry, and the next one written takes its place.
//!
//! Processes share a folder without knowing of one another: an entry is written beside its place and renamed into it. A
//! thread of its own writes, and keeps the folder within its limit by removing the entries that were used longest ago in earlier
//! runs. A folder that can't be written costs a sentence, once, and nothing else.

mod folder;
mod writer;

use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::mpsc::SyncSender;
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

pub use folder::{Found, clear, look};

use super::Pooling;
use super::vectors::f16;

/// The form of entries; counts up when they change.
const FORM: &[u8] = b"chartmark word vectors 2\n";

/// Length of what stands before an entry's numbers.
const HEADER: usize = FORM.len() + blake3::OUT_LEN;

/// Entries that may wait to be written.
const WAITING: usize = 64;

/// What an entry's vectors depend on, hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key(blake3::Hash);

impl Key {
    /// The key of a window: what identifies the encoder's arithmetic, its subwords, special tokens included, and which of
    /// them make the vectors that it gives.
    pub fn new(arithmetic: &blake3::Hash, pooling: Pooling, ids: impl Iterator<Item = u32>, rows: &[Range<usize>]) -> Self {
        let mut hasher = blake3::Hasher::new_keyed(arithmetic.as_bytes());
        let mut number = |number: usize| {
            hasher.update(&(number as u64).to_le_bytes());
        };
        number(match pooling {
            Pooling::Mean => 0,
            Pooling::First => 1,
            Pooling::Last => 2,
        });
        number(rows.len());
        rows.iter().for_each(|rows| {
            number(rows.start);
            number(rows.end);
        });
        ids.for_each(|id| number(id as usize));
        Self(hasher.finalize())
    }

    /// Where its entry is: a folder of 256, so that none grows long, and a file in it.
    fn path(&self, folder: &Path) -> PathBuf {
        let name = self.0.to_hex();
        folder.join(&name[..2]).join(&name[2..])
    }

    /// The hash that an entry with this content opens with.
    fn check(&self, content: &[u8]) -> blake3::Hash {
        blake3::keyed_hash(self.0.as_bytes(), content)
    }
}

/// A folder of word vectors. Made, like the thread that writes, when there is something to keep.
pub struct DiskCache {
    folder: PathBuf,
    limit: u64,
    /// When this run began to use it.
    since: SystemTime,
    writing: Mutex<Writing>,
}

enum Writing {
    /// Nothing was kept yet; what is to be told of a folder that can't be written.
    NotBegun(Box<dyn FnOnce(String) + Send>),
    Begun(SyncSender<(Key, Vec<f16>)>, JoinHandle<()>),
    Over,
}

impl std::fmt::Debug for DiskCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DiskCache").field("folder", &self.folder).field("limit", &self.limit).finish_non_exhaustive()
    }
}

impl DiskCache {
    /// A cache of at most about `limit` bytes in `folder`. `say` is given a sentence, once, if it can't be written.
    pub fn new(folder: PathBuf, limit: u64, say: impl FnOnce(String) + Send + 'static) -> Self {
        // The times of files may lag behind the clock's by some thousandths of a second.
        let since = SystemTime::now() - Duration::from_secs(1);
        Self { folder, limit, since, writing: Mutex::new(Writing::NotBegun(Box::new(say))) }
    }

    /// The entry of this key, if it is there, whole, and of so many numbers.
    pub fn get(&self, key: &Key, numbers: usize) -> Option<Vec<f16>> {
        let path = key.path(&self.folder);
        let mut file = File::open(&path).ok()?;
        let expected = HEADER + numbers * size_of::<f16>();
        if file.metadata().ok()?.len() != expected as u64 {
            return None;
        }
        let mut bytes = Vec::with_capacity(expected);
        file.by_ref().take(expected as u64).read_to_end(&mut bytes).ok()?;
        let vectors = content(key, &bytes)?;
        // Only what was used longest ago depends on it.
        let _ = file.set_modified(SystemTime::now());
        Some(vectors.as_chunks().0.iter().map(|number| f16::from_le_bytes(*number)).collect())
    }

    /// Keeps the vectors of a key, soon.
    pub fn put(&self, key: Key, vectors: Vec<f16>) {
        let mut writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Writing::NotBegun(_) = *writing {
            let Writing::NotBegun(say) = std::mem::replace(&mut *writing, Writing::Over) else { return };
            *writing = match writer::begin(self.folder.clone(), (self.limit, self.since), WAITING, say) {
                Some((entries, thread)) => Writing::Begun(entries, thread),
                None => Writing::Over,
            };
        }
        let entries = if let Writing::Begun(entries, _) = &*writing { Some(entries.clone()) } else { None };
        drop(writing);
        // A writer that has gone has said why.
        let _ = entries.map(|entries| entries.send((key, vectors)));
    }
}

/// Waits until all is written.
impl Drop for DiskCache {
    fn drop(&mut self) {
        let writing = self.writing.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Writing::Begun(entries, thread) = std::mem::replace(writing, Writing::Over) {
            drop(entries);
            // A writer that failed has kept nothing broken.
            let _ = thread.join();
        }
    }
}

/// The content of an entry that is whole.
fn content<'a>(key: &Key, bytes: &'a [u8]) -> Option<&'a [u8]> {
    let rest = bytes.strip_prefix(FORM)?;
    let (check, content) = rest.split_at_checked(blake3::OUT_LEN)?;
    (key.check(content) == *<&[u8; blake3::OUT_LEN]>::try_from(check).ok()?).then_some(content)
}

#[cfg(test)]
mod tests;
