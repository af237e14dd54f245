//! `chartmark train [PATH]`: what the screen's training key does, from the shell.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};

use anyhow::{Context as _, Result, anyhow, bail};

use crate::cli::args::Shared;
use crate::cli::cache;
use crate::cli::progress::{Bar, duration};
use crate::cli::screen::{Opening, open_and_tell};
use crate::cli::setup::{precision, source};
use crate::cli::tell::tell;
use crate::encoder::DeviceChoice;
use crate::inference::{self, worker};
use crate::store;

/// What the two threads say.
enum Event {
    Store(store::Reply),
    Worker(inference::Reply),
}

/// Trains the head of the model as it came on all of the project's decisions, judges the result against the active version,
/// records it, and activates it unless it is worse.
///
/// # Errors
/// When there is nothing to learn from, or another process writes to the project.
pub fn run(path: Option<&Path>, shared: &Shared) -> Result<()> {
    let Opening { corpus, project, scheme } = open_and_tell(path, shared)?;
    let corpus = Arc::new(corpus);
    let (events, inbox) = channel();
    let (from_store, from_worker) = (events.clone(), events);
    // Whoever can't be told has stopped listening.
    let store = store::spawn(project, corpus.clone(), scheme.clone(), move |reply| drop(from_store.send(Event::Store(reply))))
        .context("the system gives no thread for saving; close other programs and try again")?;
    let (commands, orders) = channel();
    let setup = worker::Setup {
        source: source(shared),
        device: DeviceChoice::from(shared.device),
        precision: precision(shared),
        corpus,
        scheme: Arc::new(scheme),
        cache: cache::open(shared, tell),
    };
    let worker = worker::spawn(setup, orders, move |reply| drop(from_worker.send(Event::Worker(reply))))
        .context("the system gives no thread for the model; close other programs and try again")?;
    let mut training =
        Training { store: store.requests.clone(), worker: commands, active: None, head: None, encoder: false, bar: Bar::new() };
    let outcome = inbox.iter().find_map(|event| training.next(event).transpose());
    training.bar.finish();
    let _ = training.worker.send(inference::Command::Shutdown);
    let _ = training.store.send(store::Request::Close);
    store.join();
    // It keeps its word vectors before it ends. A panic there has been reported.
    let _ = worker.join();
    tell(outcome.unwrap_or_else(|| bail!("the training ended without an answer; nothing has changed"))?);
    Ok(())
}

struct Training {
    store: Sender<store::Request>,
    worker: Sender<inference::Command>,
    /// The active version, once the store has said it, and its head.
    active: Option<u64>,
    head: Option<Arc<[u8]>>,
    /// Whether the store knows the encoder.
    encoder: bool,
    bar: Bar,
}

impl Training {
    /// What an event leads to; a sentence when all is done.
    fn next(&mut self, event: Event) -> Result<Option<String>> {
        match event {
            Event::Store(store::Reply::Ready { active, head, .. }) => {
                (self.active, self.head) = (Some(active), head);
                self.begin()?;
            }
            Event::Worker(inference::Reply::Ready { encoder, .. }) => {
                self.ask(store::Request::Encoder(encoder.into()))?;
                self.encoder = true;
                self.begin()?;
            }
            Event::Store(store::Reply::Decisions(job)) => {
                if let (Some(version @ 1..), head) = (self.active, self.head.take()) {
                    self.order(inference::Command::UseHead { version, head })?;
                }
                self.order(inference::Command::Train(job))?;
            }
            Event::Store(store::Reply::NothingNew { version }) => {
                return Ok(Some(format!(
                    "nothing was decided since version {version} was trained, so there is nothing new to learn; nothing has changed"
                )));
            }
            Event::Worker(inference::Reply::Training { done, phase, left, loss }) => {
                let left = left.map_or_else(String::new, |left| format!(", {} left", duration(left)));
                let loss = loss.map_or_else(String::new, |loss| format!(", loss {loss:.3}"));
                self.bar.set((done * 100.0) as usize, 100, &format!("{phase}{loss}{left}"));
            }
            Event::Worker(inference::Reply::Trained(trained)) => self.ask(store::Request::AddVersion(trained))?,
            Event::Store(store::Reply::Active { version, head, note }) if self.active != Some(version) && head.is_some() => {
                return Ok(Some(in_use(version, &note)));
            }
            // The one that is active belongs to another encoder: the model has not been told of it yet.
            Event::Store(store::Reply::Active { version, head, note }) => {
                tell(note);
                (self.active, self.head) = (Some(version), head);
            }
            Event::Store(store::Reply::KeptAside { version, note }) => {
                return Ok(Some(aside(version, &note, self.active.unwrap_or_default())));
            }
            Event::Store(store::Reply::Failed { why, .. })
            | Event::Worker(inference::Reply::Failed(why) | inference::Reply::NotTrained(why)) => {
                bail!(why)
            }
            Event::Store(_) | Event::Worker(_) => {}
        }
        Ok(None)
    }

    /// Asks for the decisions once both threads are ready.
    fn begin(&self) -> Result<()> {
        match (self.active, self.encoder) {
            (Some(base), true) => self.ask(store::Request::Decisions { base }),
            _ => Ok(()),
        }
    }

    fn ask(&self, request: store::Request) -> Result<()> {
        self.store.send(request).map_err(|_| anyhow!("the thread that saves has ended; nothing has changed"))
    }

    fn order(&self, command: inference::Command) -> Result<()> {
        self.worker.send(command).map_err(|_| anyhow!("the model's thread has ended; nothing has changed"))
    }
}

/// What is said of a version that is in use from now on.
fn in_use(version: u64, note: &str) -> String {
    format!("version {version} is in use: {note}")
}

/// What is said of a version that is not, and of the one that is. The note begins with what became of it.
fn aside(version: u64, note: &str, active: u64) -> String {
    let why = note.strip_prefix("kept aside: ").unwrap_or(note);
    let stays = if active == 0 { "the model as it came".to_owned() } else { format!("version {active}") };
    format!("version {version} was kept aside: {why}; {stays} stays in use")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outcome_names_the_version_and_whether_it_is_in_use() {
        assert_eq!(in_use(3, "F1 0.90 after 0.80"), "version 3 is in use: F1 0.90 after 0.80");
        assert_eq!(in_use(1, "not judged yet: too few"), "version 1 is in use: not judged yet: too few");
        assert_eq!(aside(3, "kept aside: F1 0.1", 2), "version 3 was kept aside: F1 0.1; version 2 stays in use");
        assert!(aside(1, "worse", 0).ends_with("kept aside: worse; the model as it came stays in use"));
    }
}
