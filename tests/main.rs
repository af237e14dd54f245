//! Chartmark's integration tests: one binary, a module for each thing that is tested as a whole.

mod encoder;
mod screen;
