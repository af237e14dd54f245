//! The command line: arguments in [`args`], and one file a subcommand.

mod agreement;
pub mod args;
mod average;
mod background;
mod backup;
mod bench;
mod cache;
mod config;
mod doctor;
mod evaluate;
mod examples;
mod export;
mod farewell;
mod gold;
mod import;
mod keystrokes;
mod look;
pub mod memory;
mod model;
mod open;
mod own;
mod predict;
mod progress;
mod rank;
mod render;
mod review;
mod scheme;
mod screen;
mod setup;
mod simulate;
mod source;
mod study;
mod suspects;
mod tell;
mod train;

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Parser;

use args::{Arguments, Command};
use own::Own;
use tell::Usage;

/// Reads the arguments, does the work and gives the exit status: 0, 1 (failed) or 2 (usage).
pub fn main() -> ExitCode {
    // Says where, never what: the message of a panic can quote a note.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(String::new, |place| format!(" at {}:{}", place.file(), place.line()));
        tell::tell(format_args!("a fault of the program{place}; nothing that was saved is lost, please report it"));
    }));
    let mut arguments = Arguments::parse();
    let own = Own::read(own::flags(&arguments));
    own.apply(&mut arguments.shared);
    if let Some(threads) = arguments.shared.threads {
        // Fails only if the pool exists already, which it doesn't before any work was done.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(threads.get()).build_global();
    }
    tell::finish(run(&arguments, &own))
}

fn run(arguments: &Arguments, own: &Own) -> Result<()> {
    let shared = &arguments.shared;
    let Some(command) = &arguments.command else {
        return open::run(arguments.path.as_deref(), arguments.guidelines.as_deref(), shared, own);
    };
    if let Some(path) = &arguments.path {
        bail!(Usage(format!("'{}' stands before the command; write paths behind it, see `chartmark --help`", path.display())));
    }
    // These two say themselves what is wrong.
    if !matches!(command, Command::Config(_) | Command::Doctor(_)) {
        own.insist()?;
    }
    match command {
        Command::Predict(predict) => predict::run(predict, shared),
        Command::Train(train) => train::run(train, shared),
        Command::Evaluate(evaluate) => evaluate::run(evaluate, shared),
        Command::Simulate(simulate) => simulate::run(simulate, shared),
        Command::Rank(rank) => rank::run(rank, shared),
        Command::Import(import) => import::run(import, shared),
        Command::Export(export) => export::run(export, shared),
        Command::Render(render) => render::run(render, shared, own),
        Command::Review(review) => review::run(review, shared, own),
        Command::Backup(backup) => backup::run(backup, shared),
        Command::Model(model) => model::run(model, shared),
        Command::Scheme(scheme) => scheme::run(scheme, shared),
        Command::Config(config) => config::run(config, own),
        Command::Suspects(suspects) => suspects::run(suspects, shared),
        Command::Agreement(agreement) => agreement::run(agreement, shared),
        Command::Doctor(doctor) => doctor::run(doctor, shared, own),
        Command::Bench(bench) => bench::run(bench, shared),
    }
}
