//! The machine that is measured, and what a measurement took of it.

use serde_json::{Value, json};

use crate::encoder::packed::Instructions;

/// The processor's name where the system tells it.
pub fn name() -> String {
    let named =
        |text: String| text.lines().find_map(|line| Some(line.strip_prefix("model name")?.split_once(':')?.1.trim().to_owned()));
    std::fs::read_to_string("/proc/cpuinfo").ok().and_then(named).unwrap_or_else(|| std::env::consts::ARCH.to_owned())
}

/// The most memory that this process held so far, in bytes, where the system tells it.
pub fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix("kB")?.trim().parse().ok());
    kilobytes.map(|kilobytes: u64| kilobytes * 1024)
}

/// Processor, system, instructions, threads and version.
pub fn json() -> Value {
    let [vectors, sums] = Instructions::best().names();
    json!({
        "processor": name(),
        "system": std::env::consts::OS,
        "vectors": vectors,
        "int8": sums,
        "cores": std::thread::available_parallelism().map_or(1, usize::from),
        "chartmark": env!("CARGO_PKG_VERSION"),
    })
}
