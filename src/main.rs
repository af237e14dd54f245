//! The `chartmark` program; everything it does is in the library.

use std::process::ExitCode;

/// Tensors come and go by the megabyte; this allocator hands their pages on instead of asking for fresh ones.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    chartmark::cli::main()
}
