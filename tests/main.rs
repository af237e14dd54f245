//! Chartmark's integration tests: one binary, a module for each thing that is tested as a whole.

mod cli;
mod encoder;
mod screen;
