//! The command line: arguments in [`args`], and one file a subcommand.

pub mod args;
mod gold;
mod predict;
mod progress;
mod screen;
mod setup;
mod train;

use std::process::ExitCode;

use clap::Parser;

use args::{Arguments, Command};

/// Reads the arguments, does the work and gives the exit status: 0, 1 (failed) or 2 (usage).
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(threads) = arguments.shared.threads {
        // Fails only if the pool exists already, which it doesn't before any work was done.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(threads.get()).build_global();
    }
    let shared = &arguments.shared;
    let result = match &arguments.command {
        Some(Command::Predict(predict)) => predict::run(predict, shared),
        Some(Command::Train(train)) => train::run(train, shared),
        None => screen::run(arguments.path.as_deref(), shared),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("chartmark: {error:#}");
            ExitCode::FAILURE
        }
    }
}
