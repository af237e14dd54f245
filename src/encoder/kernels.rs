//! The encoder's operations on the CPU, each with a backward pass of its own.
//!
//! candle composes them of several passes over memory, most on one thread, and its fused layer normalisation and
//! softmax stop gradients. Here each is one pass forward and one backward, over all cores, vectorised for the machine
//! it runs on. On other devices [`super::bert`] composes the same functions of candle's operations.

pub mod attention;
pub mod dropout;
pub mod gelu;
pub mod layer_norm;
pub mod linear;
pub mod math;
pub mod matmul;
pub mod segment_mean;

use candle_core::{CpuStorage, Device, Layout, Result, Tensor, bail};
use half::f16;

/// The contiguous f32 values of an operand.
fn values<'a>(storage: &'a CpuStorage, layout: &Layout, what: &str) -> Result<&'a [f32]> {
    let Some((start, end)) = layout.contiguous_offsets() else { bail!("{what}: operand is not contiguous") };
    Ok(&storage.as_slice::<f32>()?[start..end])
}

/// Calls `with` on the contiguous f32 values of CPU tensors.
pub(super) fn with_values<const N: usize, R>(tensors: [&Tensor; N], with: impl FnOnce([&[f32]; N]) -> R) -> Result<R> {
    let tensors = tensors.map(|tensor| tensor.contiguous());
    let mut guards = Vec::with_capacity(N);
    for tensor in &tensors {
        match tensor {
            Ok(tensor) => guards.push(tensor.storage_and_layout()),
            Err(error) => bail!("{error}"),
        }
    }
    let mut slices: [&[f32]; N] = [&[]; N];
    for (slot, (storage, layout)) in slices.iter_mut().zip(&guards) {
        let candle_core::Storage::Cpu(storage) = &**storage else { bail!("a CPU kernel met a tensor of another device") };
        *slot = values(storage, layout, "kernel")?;
    }
    Ok(with(slices))
}

/// Calls `with` on the values of a contiguous CPU tensor in half precision.
pub(super) fn with_halves<R>(tensor: &Tensor, with: impl FnOnce(&[f16]) -> R) -> Result<R> {
    let (storage, layout) = tensor.storage_and_layout();
    let candle_core::Storage::Cpu(storage) = &*storage else { bail!("a CPU kernel met a tensor of another device") };
    let Some((start, end)) = layout.contiguous_offsets() else { bail!("halves are not contiguous") };
    Ok(with(&storage.as_slice::<f16>()?[start..end]))
}

/// A CPU tensor of these values.
fn tensor(values: Vec<f32>, like: &Tensor) -> Result<Tensor> {
    Tensor::from_vec(values, like.shape(), &Device::Cpu)
}

/// How many rows of `width` values make a task worth handing to another core.
fn rows_a_task(width: usize) -> usize {
    (16_384 / width.max(1)).max(1)
}
