//! What a person has set: with a flag, in the environment, in the file `config.toml`; what nobody has set has a default.
//!
//! [`SETTINGS`] is the one table of what there is to set. Parsing, the commented file of `chartmark config init`, `config
//! show` and the README are made from its rows. A file is read as far as it goes: what is wrong is told with its line, and
//! everything else holds.

pub mod folder;
mod form;
mod lines;
mod nearest;
mod parse;
mod resolve;
mod setting;
mod size;

pub use folder::Folder;
pub use form::form;
pub use lines::{Line, Lines};
pub use nearest::{nearest, or_all};
pub use parse::{Parsed, parse};
pub use resolve::{Resolved, Source, resolve};
pub use setting::{
    ANNOTATOR, BACKGROUND, BY_NAME, CACHE, CACHE_SIZE, DEVICE, DefaultValue, INSPECTOR, Kind, MODEL, MOUSE, PALETTE, PRECISION,
    QUEUE, SCHEME, SETTINGS, STRATEGY, Setting, THREADS, TRAIN_AFTER, TRAIN_IDLE, Value,
};
pub use size::bytes;

#[cfg(test)]
mod tests;
