//! The terminal application.

pub mod layout;
