//! One measurement, in a process of its own: nothing of another is in its memory.

use std::io::{self, BufWriter, Read as _, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use super::SIZE;
use crate::cli::args::{BenchPart, BenchUiArguments, Shared};
use crate::cli::bench::machine::peak_memory;
use crate::cli::cache::USUAL;
use crate::cli::memory::be_frugal;
use crate::cli::screen::{begin, open};
use crate::cli::setup::{base_scheme, open_corpus, precision, source};
use crate::cli::tell::print;
use crate::encoder::{DeviceChoice, DiskCache};
use crate::formats::Corpus;
use crate::inference::cache::SharedVectors;
use crate::inference::model::first_head;
use crate::inference::{Command, Reply, worker};
use crate::store;
use crate::tui::event::Event;
use crate::tui::keyboard::{Keyboard, Press, watched};
use crate::tui::keymap::Keymap;

/// Presses of a pass.
const PRESSES: usize = 250;
/// Between two presses: a fast hand, and time for the model to work.
const PAUSE: Duration = Duration::from_millis(8);
/// What does not happen in this time won't.
const PATIENCE: Duration = Duration::from_secs(300);

/// A training takes no longer.
const TRAINING: Duration = Duration::from_secs(60);
/// How long the store and the worker have to come to rest.
const SETTLING: Duration = Duration::from_secs(1);

/// What is pressed over and over, by kinds.
const CYCLE: [(&str, Press); 12] = [
    ("move", Press::Char('l')),
    ("move", Press::Char('l')),
    ("label", Press::Char('1')),
    ("move", Press::Char('j')),
    ("accept", Press::Enter),
    ("move", Press::Char('l')),
    ("label", Press::Char('2')),
    ("undo", Press::Char('u')),
    ("next unsure", Press::Tab),
    ("accept", Press::Enter),
    ("move", Press::Char('k')),
    ("page", Press::PageDown),
];

/// Measures one thing and prints what it came to.
///
/// # Errors
/// When what is measured can't be opened.
pub fn run(part: BenchPart, arguments: &BenchUiArguments, shared: &Shared) -> Result<()> {
    let on = arguments.on.as_deref();
    let found = match part {
        BenchPart::Open => return just_open(on, shared),
        BenchPart::Keys => session(on, shared, |keyboard, happens| keys(keyboard, happens, arguments.passes.get()))?,
        BenchPart::Label => session(on, shared, label)?,
        BenchPart::Colour => colour(on.context("--on is missing")?, shared)?,
    };
    let Value::Object(mut found) = found else { bail!("nothing was measured") };
    found.insert("peak_memory_bytes".into(), peak_memory().into());
    print(Value::Object(found).to_string() + "\n")
}

/// Opens the screen on standard output until standard input ends.
fn just_open(on: Option<&Path>, shared: &Shared) -> Result<()> {
    let (events, inbox) = channel();
    let (session, threads) = begin(open(on, shared)?, events.clone(), None, &SharedVectors::default(), shared)?;
    let hand = |keyboard: Keyboard| {
        // Whatever happens to it, it has ended.
        let _ = io::stdin().read_to_end(&mut Vec::new());
        keyboard.end();
    };
    watched((session, Keymap::bundled()?), (SIZE, BufWriter::new(io::stdout())), (events, &inbox), |_| {}, hand)?;
    threads.end();
    eprintln!("{}", peak_memory().unwrap_or(0));
    Ok(())
}

/// What the hand waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Happens {
    /// A note is on the screen.
    Opened,
    /// Some of its words are coloured.
    Coloured,
    /// The model has read everything.
    Read,
    /// A training has ended, and whether well.
    Trained(bool),
}

/// A session on paper, with a hand at the keyboard that measures.
fn session(
    on: Option<&Path>,
    shared: &Shared,
    hand: impl FnOnce(&Keyboard, &Receiver<Happens>) -> Option<Value> + Send,
) -> Result<Value> {
    let (events, inbox) = channel();
    let (session, threads) = begin(open(on, shared)?, events.clone(), None, &SharedVectors::default(), shared)?;
    let (tell, happens) = channel();
    let told = move |event: &Event| {
        let happens = match event {
            Event::Store(store::Reply::Opened(_)) => Happens::Opened,
            Event::Worker(Reply::Predicted { .. }) => Happens::Coloured,
            Event::Worker(Reply::Encoded { done, total }) if done == total => Happens::Read,
            Event::Worker(Reply::Trained(_)) => Happens::Trained(true),
            Event::Worker(Reply::NotTrained(_)) => Happens::Trained(false),
            _ => return,
        };
        // The hand may have finished.
        let _ = tell.send(happens);
    };
    let (found, measured) = channel();
    let hand = move |keyboard: Keyboard| {
        // Without an answer the caller says so.
        let _ = found.send(hand(&keyboard, &happens));
        keyboard.end();
    };
    watched((session, Keymap::bundled()?), (SIZE, BufWriter::new(nowhere()?)), (events, &inbox), told, hand)?;
    threads.end();
    measured.recv().ok().flatten().context("a key was not answered by a frame, or the model did not come to an end")
}

/// Where bytes go that nobody reads; they are written all the same.
fn nowhere() -> Result<impl Write> {
    std::fs::File::create("/dev/null").context("there is no /dev/null to write to")
}

fn wait(happens: &Receiver<Happens>, what: Happens) -> Option<()> {
    let until = Instant::now() + PATIENCE;
    loop {
        let next = happens.recv_timeout(until.saturating_duration_since(Instant::now())).ok()?;
        if next == what {
            return Some(());
        }
    }
}

/// Presses keys while the model reads a long note, while it rests, and while it trains.
fn keys(keyboard: &Keyboard, happens: &Receiver<Happens>, passes: usize) -> Option<Value> {
    wait(happens, Happens::Opened)?;
    wait(happens, Happens::Coloured)?;
    let mut phases = serde_json::Map::new();
    let mut pass = |phase: &'static str| -> Option<()> {
        let mut pressed = Vec::new();
        for (kind, press) in CYCLE.iter().cycle().take(PRESSES) {
            std::thread::sleep(PAUSE);
            pressed.push(json!([kind, keyboard.press(*press)?.as_secs_f64()]));
        }
        phases.entry(phase).or_insert_with(|| json!([])).as_array_mut()?.push(pressed.into());
        Some(())
    };
    let mut read = false;
    for _ in 0..=passes {
        read |= happens.try_iter().any(|happens| happens == Happens::Read);
        if !read {
            pass("reading")?;
        }
    }
    if !read {
        wait(happens, Happens::Read)?;
    }
    for _ in 0..=passes {
        pass("at rest")?;
    }
    let mut trained = 0;
    for _ in 0..=passes {
        // The version of the training before is recorded meanwhile.
        std::thread::sleep(SETTLING);
        happens.try_iter().for_each(drop);
        keyboard.press(Press::Char('T'))?;
        // A pass that the training did not outlast is no less true for the part that it did.
        pass("training")?;
        trained += usize::from(training_end(happens));
    }
    Some(json!({ "phases": phases, "trainings": trained }))
}

/// Waits for a training's end; whether it came to a version. One that was refused never ends.
fn training_end(happens: &Receiver<Happens>) -> bool {
    let until = Instant::now() + TRAINING;
    while let Ok(next) = happens.recv_timeout(until.saturating_duration_since(Instant::now())) {
        if let Happens::Trained(well) = next {
            return well;
        }
    }
    false
}

/// Labels the first words of every note, and trains twice.
fn label(keyboard: &Keyboard, happens: &Receiver<Happens>) -> Option<Value> {
    let notes = Corpus::sample().len();
    wait(happens, Happens::Opened)?;
    wait(happens, Happens::Read)?;
    let mut trained = 0;
    for round in 0..2 {
        for _ in 0..notes {
            for _ in 0..20 {
                keyboard.press(Press::Enter)?;
            }
            keyboard.press(Press::Char(if round == 0 { '1' } else { '2' }))?;
            keyboard.press(Press::Char(']'))?;
        }
        std::thread::sleep(SETTLING);
        happens.try_iter().for_each(drop);
        keyboard.press(Press::Char('T'))?;
        trained += usize::from(training_end(happens));
        std::thread::sleep(SETTLING);
    }
    Some(json!({ "notes": notes, "trainings": trained }))
}

/// Has the worker predict everything, and again with another version. Word vectors are kept on disk as they are wherever
/// nobody has said otherwise, in an empty folder beside the project.
fn colour(on: &Path, shared: &Shared) -> Result<Value> {
    be_frugal();
    let beside = shared.project.as_deref().and_then(Path::parent);
    let keep = |folder: &Path| DiskCache::new(folder.join("vectors"), USUAL, |why| eprintln!("{why}"));
    let cache = beside.map(keep).map(Arc::new);
    let corpus = Arc::new(open_corpus(on)?);
    let source = source(shared);
    let head = first_head(&source)?.context("the model has no head yet; leave --model out")?;
    let head: Arc<[u8]> = head.to_bytes()?.into();
    let setup = worker::Setup {
        source,
        device: DeviceChoice::from(shared.device),
        precision: precision(shared),
        corpus: corpus.clone(),
        scheme: Arc::new(base_scheme(shared)?),
        cache,
    };
    let (commands, orders) = channel();
    let (tell, replies) = channel();
    // Whoever can't be told has stopped listening.
    let worker = worker::spawn(setup, orders, move |reply| drop(tell.send(reply)))?;
    let ready = replies.recv().context("the model did not load")?;
    if let Reply::Failed(why) = ready {
        bail!(why);
    }
    let focus = Command::Focus { generation: 1, document: 0, word: 0, then: Vec::new() };
    let predict = read_all(&commands, focus, &replies)?;
    let again = read_all(&commands, Command::UseHead { version: 1, head: Some(head) }, &replies)?;
    commands.send(Command::Shutdown).context("the model has stopped")?;
    // A panic there has been reported.
    let _ = worker.join();
    Ok(json!({ "predict": predict, "colour_again": again }))
}

/// Seconds until everything is predicted.
fn read_all(commands: &Sender<Command>, command: Command, replies: &Receiver<Reply>) -> Result<f64> {
    let begun = Instant::now();
    commands.send(command).context("the model has stopped")?;
    loop {
        match replies.recv_timeout(PATIENCE).context("the model did not come to an end")? {
            Reply::Encoded { done, total } if done == total => return Ok(begun.elapsed().as_secs_f64()),
            Reply::Failed(why) => bail!(why),
            _ => {}
        }
    }
}
