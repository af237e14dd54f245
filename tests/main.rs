//! Chartmark's integration tests: one binary, a module for each thing that is tested as a whole.

mod architecture;
mod cli;
mod encoder;
mod encoding;
mod fine_tuning;
mod heads;
mod model_files;
mod screen;
mod tiny;
mod worker;
