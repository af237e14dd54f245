//! Where word vectors are kept across runs.

use std::path::PathBuf;
use std::sync::Arc;

use directories::ProjectDirs;

use super::args::Shared;
use super::tell::tell;
use crate::config;
use crate::encoder::{DiskCache, Encoder};

/// The most that is kept unless told otherwise: the vectors of some 2,500,000 words of a MiniLM.
pub const USUAL: u64 = 2_000_000_000;

/// A folder of word vectors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The folder.
    pub folder: PathBuf,
    /// The most that is kept, in bytes.
    pub limit: u64,
}

/// The folder that the arguments and the settings name; `None` where nothing is to be kept.
pub fn place(shared: &Shared) -> Option<Place> {
    let limit = shared.cache_size.as_deref().and_then(config::bytes).unwrap_or(USUAL);
    let folder = match &shared.cache {
        None => ProjectDirs::from("", "", "chartmark").map(|own| own.cache_dir().join("vectors")),
        // One of its own, so that nobody is shut out of a folder that others use.
        Some(folder) => Some(folder.join("chartmark-vectors")),
    };
    folder.filter(|_| limit > 0 && !shared.no_cache).map(|folder| Place { folder, limit })
}

/// That folder as a cache. `say` is told, once, if it can't be written.
pub fn open(shared: &Shared, say: impl FnOnce(String) + Send + 'static) -> Option<Arc<DiskCache>> {
    place(shared).map(|Place { folder, limit }| Arc::new(DiskCache::new(folder, limit, say)))
}

/// Has an encoder's word vectors kept there.
pub fn keep(encoder: &mut Encoder, shared: &Shared) {
    encoder.keep_in(open(shared, tell));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_unless_told_otherwise_is_what_the_settings_say() {
        assert_eq!(config::CACHE_SIZE.fallback(), Some(config::Value::Text("2GB".into())));
        assert_eq!(config::bytes("2GB"), Some(USUAL));
    }
}
