//! A model's tensors by name, read into memory and checked.

use std::collections::HashMap;
use std::path::Path;

use candle_core::{DType, Device, Tensor};

use super::EncoderError;
use super::kernels::{with_halves, with_values};

/// Tensors by their names in the BERT itself: without the `bert.` that task models put before them, and with today's
/// `weight` and `bias` for the `gamma` and `beta` of early files.
#[derive(Debug)]
pub struct Weights {
    tensors: HashMap<String, Tensor>,
}

impl Weights {
    /// Reads safetensors from memory (a mapped file that is cut short while it is read would kill the process).
    ///
    /// # Errors
    /// When the file is cut short or damaged.
    pub fn from_safetensors(bytes: &[u8]) -> Result<Self, EncoderError> {
        let tensors = candle_core::safetensors::load_buffer(bytes, &Device::Cpu)
            .map_err(|error| EncoderError::Weights(format!("the safetensors file is damaged or cut short ({error})")))?;
        Ok(Self::from_tensors(tensors))
    }

    /// Reads a `pytorch_model.bin` in PyTorch's zip format (written since 2020).
    ///
    /// # Errors
    /// When the file is of the older format, cut short or damaged.
    pub fn from_pytorch(path: &Path) -> Result<Self, EncoderError> {
        let mut magic = [0; 4];
        let read = std::fs::File::open(path).and_then(|mut file| std::io::Read::read_exact(&mut file, &mut magic));
        if read.is_err() || magic != *b"PK\x03\x04" {
            return Err(EncoderError::Weights(
                "pytorch_model.bin is in the format of before PyTorch 1.6, or no PyTorch file; in Python, \
                 `torch.save(torch.load('pytorch_model.bin'), 'pytorch_model.bin')` with a PyTorch of today converts it"
                    .into(),
            ));
        }
        let tensors = candle_core::pickle::read_all(path)
            .map_err(|error| EncoderError::Weights(format!("pytorch_model.bin is damaged or cut short ({error})")))?;
        Ok(Self::from_tensors(tensors))
    }

    /// Takes floating-point tensors by any of the names that BERT files use. They stay as they are until they are asked
    /// for: files often hold them in half the size.
    pub fn from_tensors(tensors: impl IntoIterator<Item = (String, Tensor)>) -> Self {
        let float = |tensor: &Tensor| matches!(tensor.dtype(), DType::F16 | DType::BF16 | DType::F32 | DType::F64);
        let tensors = tensors.into_iter().filter(|(_, tensor)| float(tensor));
        Self { tensors: tensors.map(|(name, tensor)| (canonical(&name), tensor)).collect() }
    }

    /// All tensors as a safetensors file.
    ///
    /// # Errors
    /// When they can't be serialised.
    pub fn to_safetensors(&self) -> Result<Vec<u8>, EncoderError> {
        let tensors: std::collections::BTreeMap<&String, &Tensor> = self.tensors.iter().collect();
        safetensors::serialize(tensors, None).map_err(|error| EncoderError::Weights(error.to_string()))
    }

    /// All tensors by name, as they are.
    pub fn into_tensors(self) -> HashMap<String, Tensor> {
        self.tensors
    }

    /// Takes out the tensor called `name`, in single precision, which must have this shape and hold finite numbers.
    ///
    /// # Errors
    /// When it is missing, has another shape, or holds a number that is not finite.
    pub fn take(&mut self, name: &str, shape: &[usize]) -> Result<Tensor, EncoderError> {
        let tensor = self.tensors.remove(name).ok_or_else(|| missing(name))?;
        if tensor.dims() != shape {
            let found = tensor.dims();
            return Err(EncoderError::Weights(format!(
                "the tensor {name} has the shape {found:?}, config.json asks for {shape:?}"
            )));
        }
        let tensor = tensor.to_dtype(DType::F32)?.contiguous()?;
        finite(name, with_values([&tensor], |[values]| values.iter().all(|value| value.is_finite()))?)?;
        Ok(tensor)
    }

    /// As [`Weights::take`], but numbers that the file holds in half precision stay so.
    ///
    /// # Errors
    /// As there.
    pub fn take_small(&mut self, name: &str, shape: &[usize]) -> Result<Tensor, EncoderError> {
        let small = self.tensors.get(name).is_some_and(|tensor| tensor.dtype() == DType::F16 && tensor.dims() == shape);
        if !small {
            return self.take(name, shape);
        }
        let tensor = self.tensors.remove(name).ok_or_else(|| missing(name))?.contiguous()?;
        finite(name, with_halves(&tensor, |values| values.iter().all(|value| value.is_finite()))?)?;
        Ok(tensor)
    }
}

fn missing(name: &str) -> EncoderError {
    EncoderError::Weights(format!("the tensor {name} is missing"))
}

fn finite(name: &str, is: bool) -> Result<(), EncoderError> {
    let sentence = || EncoderError::Weights(format!("the tensor {name} holds numbers that are not finite"));
    if is { Ok(()) } else { Err(sentence()) }
}

/// The name of a tensor in the BERT itself.
fn canonical(name: &str) -> String {
    let name = name.strip_prefix("module.").unwrap_or(name);
    let name = name.strip_prefix("bert.").unwrap_or(name);
    match name.rsplit_once('.') {
        Some((stem, "gamma")) => format!("{stem}.weight"),
        Some((stem, "beta")) => format!("{stem}.bias"),
        _ => name.to_owned(),
    }
}
