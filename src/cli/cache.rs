//! Where word vectors are kept across runs.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Result, bail};
use directories::ProjectDirs;

use super::args::Shared;
use super::tell::{Usage, tell};
use crate::encoder::{DiskCache, Encoder};

/// A folder to keep a folder of them in, or `off`.
const FOLDER: &str = "CHARTMARK_CACHE";
/// The most that is kept.
const SIZE: &str = "CHARTMARK_CACHE_SIZE";

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

/// The folder that the arguments and the environment name; `None` where nothing is to be kept.
///
/// # Errors
/// When the environment names a size that is none.
pub fn place(shared: &Shared) -> Result<Option<Place>> {
    let variable = |name| std::env::var(name).unwrap_or_default();
    let (folder, size) = (variable(FOLDER), variable(SIZE));
    if shared.no_cache || folder == "off" {
        return Ok(None);
    }
    let limit = match size.trim() {
        "" => USUAL,
        size => match bytes(size) {
            Some(limit) => limit,
            None => bail!(Usage(format!("{SIZE} is '{size}', which is no size; write one such as 500MB or 2GB"))),
        },
    };
    let folder = match &*folder {
        "" => ProjectDirs::from("", "", "chartmark").map(|own| own.cache_dir().join("vectors")),
        // One of its own, so that nobody is shut out of a folder that others use.
        folder => Some(Path::new(folder).join("chartmark-vectors")),
    };
    Ok(folder.filter(|_| limit > 0).map(|folder| Place { folder, limit }))
}

/// That folder as a cache. `say` is told, once, if it can't be written.
///
/// # Errors
/// Those of [`place`].
pub fn open(shared: &Shared, say: impl FnOnce(String) + Send + 'static) -> Result<Option<Arc<DiskCache>>> {
    Ok(place(shared)?.map(|Place { folder, limit }| Arc::new(DiskCache::new(folder, limit, say))))
}

/// Has an encoder's word vectors kept there.
///
/// # Errors
/// Those of [`place`].
pub fn keep(encoder: &mut Encoder, shared: &Shared) -> Result<()> {
    encoder.keep_in(open(shared, tell)?);
    Ok(())
}

/// A size such as `500MB`, `2 GB` or `1.5gb`, in bytes.
fn bytes(size: &str) -> Option<u64> {
    let size = size.to_uppercase();
    let units = [("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12), ("B", 1.0), ("", 1.0)];
    let (number, unit) = units.iter().find_map(|(name, unit)| Some((size.strip_suffix(name)?, unit)))?;
    let number: f64 = number.trim().parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0)?;
    Some((number * unit) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read() {
        for (size, expected) in [
            ("500MB", Some(500_000_000)),
            ("1.5 gb", Some(1_500_000_000)),
            ("70000", Some(70_000)),
            ("3B", Some(3)),
            ("0", Some(0)),
            ("-1MB", None),
            ("MB", None),
            ("much", None),
            ("NaN", None),
        ] {
            assert_eq!(bytes(size), expected, "{size}");
        }
    }
}
