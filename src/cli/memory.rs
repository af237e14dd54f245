//! What the program's allocator does with memory that nobody uses.

use std::sync::OnceLock;

static FRUGAL: OnceLock<fn()> = OnceLock::new();

/// Takes what has the allocator give memory that is free back to the system at once. The program owns the allocator, so it
/// says how; called once, before [`main`](super::main).
pub fn frugal_by(how: fn()) {
    // A second one would say the same.
    let _ = FRUGAL.set(how);
}

/// From here on free memory is given back at once. For an open screen, which stands for hours beside other programs:
/// commands that end soon are faster with what they have.
pub(super) fn be_frugal() {
    if let Some(how) = FRUGAL.get() {
        how();
    }
}
