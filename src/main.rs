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

/// The option that says how many milliseconds a free page is held before the system gets it back: `mi_option_purge_delay` in
/// `mi_option_e` of mimalloc.h, counted from 0. `Cargo.toml` pins the version that it was read from.
const PURGE_DELAY: c_int = 15;

/// Ten seconds: a command asks for the megabytes that it has just freed again and again, and the system clears each
/// page that it gives.
const HELD: c_long = 10_000;

fn hold_free_pages_for(milliseconds: c_long) {
    // SAFETY: a function of the allocator that is linked in; it stores the number and may be called at any time.
    unsafe { mi_option_set(PURGE_DELAY, milliseconds) }
}

/// Has the allocator give free pages back at once: an open screen takes a fifth less memory.
fn be_frugal() {
    hold_free_pages_for(0);
}

fn main() -> ExitCode {
    hold_free_pages_for(HELD);
    chartmark::cli::memory::frugal_by(be_frugal);
    chartmark::cli::main()
}
