//! Where a model's files come from: a directory, or the binary itself.

use std::borrow::Cow;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use include_dir::Dir;

use super::{EncoderError, Weights};

/// A model's files.
#[derive(Clone, Debug)]
pub enum ModelSource {
    /// A directory as the Hugging Face Hub lays it out.
    Directory(PathBuf),
    /// Files embedded in the binary.
    Embedded(&'static Dir<'static>),
}

/// No file of a model is larger; a file beyond it is refused before it is read.
const MOST_BYTES: u64 = 16 << 30;

impl ModelSource {
    /// The file's bytes; `None` if there is no such file.
    ///
    /// # Errors
    /// When it is there but can't be read.
    pub fn read(&self, name: &str) -> Result<Option<Cow<'static, [u8]>>, EncoderError> {
        match self {
            Self::Embedded(dir) => Ok(dir.get_file(name).map(|file| Cow::Borrowed(file.contents()))),
            Self::Directory(dir) => {
                let path = dir.join(name);
                match std::fs::metadata(&path) {
                    Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
                    Ok(metadata) if metadata.len() > MOST_BYTES => return Err(unreadable(&path, "it is larger than 16 GiB")),
                    _ => {}
                }
                std::fs::read(&path).map(|bytes| Some(Cow::Owned(bytes))).map_err(|error| unreadable(&path, error))
            }
        }
    }

    /// The file's bytes.
    ///
    /// # Errors
    /// When there is no such file or it can't be read.
    pub fn require(&self, name: &str) -> Result<Cow<'static, [u8]>, EncoderError> {
        self.read(name)?.ok_or_else(|| unreadable(&self.path().join(name), "there is no such file"))
    }

    /// Reads the weights, `model.safetensors` before `pytorch_model.bin`, and a hash of them, in hexadecimal.
    ///
    /// # Errors
    /// When there are none or they are damaged.
    pub fn weights(&self) -> Result<(Weights, String), EncoderError> {
        let hash = |bytes: &[u8]| blake3::Hasher::new().update_rayon(bytes).finalize().to_hex().to_string();
        if let Some(bytes) = self.read("model.safetensors")? {
            return Ok((Weights::from_safetensors(&bytes)?, hash(&bytes)));
        }
        if let Some(bytes) = self.read("pytorch_model.bin")? {
            return Ok((Weights::from_pytorch(&self.path().join("pytorch_model.bin"))?, hash(&bytes)));
        }
        Err(unreadable(&self.path(), "it holds neither model.safetensors nor pytorch_model.bin"))
    }

    /// The weights as a safetensors file: the source's own if it has one.
    ///
    /// # Errors
    /// When there are none, they are damaged, or can't be converted.
    pub fn weights_as_safetensors(&self) -> Result<Cow<'static, [u8]>, EncoderError> {
        if let Some(bytes) = self.read("model.safetensors")? {
            return Ok(bytes);
        }
        self.weights()?.0.to_safetensors().map(Cow::Owned)
    }

    /// The directory, or a name for the embedded files.
    pub fn path(&self) -> PathBuf {
        match self {
            Self::Directory(dir) => dir.clone(),
            Self::Embedded(_) => PathBuf::from("(bundled model)"),
        }
    }
}

fn unreadable(path: &Path, error: impl std::fmt::Display) -> EncoderError {
    EncoderError::File { path: path.display().to_string(), error: error.to_string() }
}
