//! Where the model computes.

use candle_core::Device;

use super::EncoderError;

/// What `--device` asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeviceChoice {
    /// A GPU if this build and machine have one, else the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// The first NVIDIA GPU.
    Cuda,
    /// The Apple GPU.
    Metal,
}

impl DeviceChoice {
    /// Opens the device.
    ///
    /// # Errors
    /// When the build or the machine has none of that kind.
    pub fn open(self) -> Result<Device, EncoderError> {
        match self {
            Self::Cpu => Ok(Device::Cpu),
            Self::Cuda => open_gpu("CUDA", "cuda", cfg!(feature = "cuda"), || Device::new_cuda(0)),
            Self::Metal => open_gpu("Metal", "metal", cfg!(feature = "metal"), || Device::new_metal(0)),
            Self::Auto if cfg!(feature = "cuda") => Ok(Device::new_cuda(0).unwrap_or(Device::Cpu)),
            Self::Auto if cfg!(feature = "metal") => Ok(Device::new_metal(0).unwrap_or(Device::Cpu)),
            Self::Auto => Ok(Device::Cpu),
        }
    }
}

/// What a device is called in a sentence.
pub fn name_of(device: &Device) -> &'static str {
    match device {
        Device::Cpu => "the processor",
        Device::Cuda(_) => "an NVIDIA GPU",
        Device::Metal(_) => "the Apple GPU",
    }
}

fn open_gpu(
    name: &str,
    feature: &str,
    built: bool,
    open: impl FnOnce() -> candle_core::Result<Device>,
) -> Result<Device, EncoderError> {
    if !built {
        return Err(EncoderError::Device(format!(
            "this build has no {name} support; build it with `cargo build --release --features {feature}`, or use --device cpu"
        )));
    }
    open().map_err(|error| EncoderError::Device(format!("no {name} device answers ({error}); use --device cpu")))
}
