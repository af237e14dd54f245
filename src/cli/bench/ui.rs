//! `chartmark bench ui`: how fast the screen answers, opens and grows, on this machine.
//!
//! Each measurement is a process of its own, so that its memory is its own. It runs the real thing (the run loop, a store
//! that syncs every commit to disk, the worker with the model) on a screen of 200 columns and 50 rows: the bytes that a
//! terminal would be sent are all made and written, but no terminal reads them. Keys go in where those of a terminal do.

mod notes;
mod part;
mod report;

use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use self::notes::{FIRST, Folder};
use self::report::{Figures, Grown, KeyTimes, Opened};
use crate::cli::args::{BenchUiArguments, DeviceArgument, Shared};
use crate::cli::progress::Bar;
use crate::cli::tell::{Usage, print};

/// Columns and rows.
const SIZE: (u16, u16) = (200, 50);

/// Words of the long note.
const LONG: usize = 100_000;
/// Notes of the large folder, and words of each.
const MANY: usize = 50_000;
const SHORT: usize = 300;
/// Sizes of the table of growth: words of a note; notes, and words of each.
const WORDS: [usize; 4] = [100, 1_000, 10_000, 100_000];
const NOTES: [[usize; 2]; 3] = [[10, 100], [1_000, 100], [MANY, 20]];

/// What ends the first frame: the text cursor is hidden.
const FRAME: &[u8] = b"\x1b[?25l";

/// Measures everything and prints it.
///
/// # Errors
/// When a measurement fails.
pub fn run(arguments: &BenchUiArguments, shared: &Shared) -> Result<()> {
    if let Some(part) = arguments.part {
        if shared.project.is_none() {
            bail!(Usage("--part decides words by the thousand: give it a --project of its own".into()));
        }
        return part::run(part, arguments, shared);
    }
    let bench = Bench { passes: arguments.passes.get(), shared, home: Folder::new("home")? };
    let mut bar = Bar::new();
    let mut done = 0;
    let mut step = |what: &str| {
        bar.set(done, if arguments.brief { 4 } else { 11 }, what);
        done += 1;
    };
    step("opening the sample corpus");
    let sample = bench.open(None, None)?;
    step("opening 50,000 notes");
    let folder = Folder::new("many")?;
    let bytes = folder.fill(MANY, SHORT)?;
    let many = bench.open(Some(folder.path()), Some(bytes))?;
    drop(folder);
    step("pressing keys in a note of 100,000 words");
    let keys = bench.keys()?;
    step("labelling the sample corpus");
    let label = bench.part("label", None, 1)?;
    let mut figures = Figures { sample, many, keys, label, words: Vec::new(), notes: Vec::new() };
    if !arguments.brief {
        for words in WORDS {
            step(&format!("a note of {words} words"));
            figures.words.push(bench.grow(1, words)?);
        }
        for [notes, words] in NOTES {
            step(&format!("{notes} notes of {words} words"));
            figures.notes.push(bench.grow(notes, words)?);
        }
    }
    bar.finish();
    print(if arguments.json { figures.json().to_string() + "\n" } else { figures.table() })
}

struct Bench<'a> {
    passes: usize,
    shared: &'a Shared,
    /// Where projects of this measurement lie.
    home: Folder,
}

impl Bench<'_> {
    /// A process that measures one part.
    fn process(&self, part: &str, on: Option<&Path>, passes: usize) -> Result<Child> {
        let program = std::env::current_exe().context("the program's own file can't be found")?;
        let mut command = Command::new(program);
        command.args(["bench", "ui", "--part", part, "--no-cache", "--annotator", "bench"]);
        command.arg("--passes").arg(passes.to_string());
        if let Some(on) = on {
            command.arg("--on").arg(on);
        }
        // A project of its own each time: what a pass decides is not there for the next.
        let project = self.home.path().join("project");
        // The first pass finds none.
        let _ = std::fs::remove_dir_all(&project);
        command.arg("--project").arg(project.join("project.db"));
        std::fs::create_dir(&project).context("the temporary folder can't be written")?;
        let Shared { device, precision, threads, model, .. } = self.shared;
        let device = match device.unwrap_or(DeviceArgument::Auto) {
            DeviceArgument::Auto => "auto",
            DeviceArgument::Cpu => "cpu",
            DeviceArgument::Cuda => "cuda",
            DeviceArgument::Metal => "metal",
        };
        command.args(["--device", device]);
        if let Some(precision) = precision {
            command.args(["--precision", crate::encoder::Precision::from(*precision).name()]);
        }
        if let Some(threads) = threads {
            command.arg("--threads").arg(threads.to_string());
        }
        if let Some(model) = model {
            command.arg("--model").arg(model);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().context("the program can't be started once more")
    }

    /// What a part found.
    fn part(&self, part: &str, on: Option<&Path>, passes: usize) -> Result<Value> {
        let output = self.process(part, on, passes)?.wait_with_output()?;
        if !output.status.success() {
            bail!("a measurement has failed: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        serde_json::from_slice(&output.stdout).context("a measurement has given no figures")
    }

    /// Opens the notes several times. `bytes` is the size of the notes, whose first one begins with [`FIRST`].
    fn open(&self, on: Option<&Path>, bytes: Option<u64>) -> Result<Opened> {
        let mut opened = Opened { bytes, ..Opened::default() };
        for pass in 0..=self.passes {
            let begun = Instant::now();
            let mut process = self.process("open", on, 1)?;
            let mut stdout = process.stdout.take().context("a process has no output")?;
            let (mut written, mut buffer) = (Vec::new(), vec![0; 1 << 16]);
            let (mut frame, mut note) = (None, None);
            while frame.is_none() || note.is_none() {
                let count = stdout.read(&mut buffer)?;
                if count == 0 {
                    break;
                }
                written.extend_from_slice(&buffer[..count]);
                let now = begun.elapsed().as_secs_f64();
                let there = |what: &[u8]| written.windows(what.len()).any(|bytes| bytes == what);
                frame = frame.or_else(|| there(FRAME).then_some(now));
                note = note.or_else(|| (bytes.is_none() || there(FIRST.as_bytes())).then_some(now));
            }
            drop(process.stdin.take());
            // Else it would wait for somebody to read.
            let drained = std::thread::spawn(move || stdout.read_to_end(&mut Vec::new()));
            let output = process.wait_with_output()?;
            let _ = drained.join();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            let (Some(frame), Some(note)) = (frame, note) else { bail!("the screen did not open: {}", said.trim()) };
            if pass > 0 {
                opened.frame.push(frame);
                opened.note.push(note);
                opened.memory = opened.memory.max(said.trim().parse().unwrap_or(0));
            }
        }
        Ok(opened)
    }

    fn keys(&self) -> Result<KeyTimes> {
        let folder = Folder::new("long")?;
        folder.fill(1, LONG)?;
        KeyTimes::new(&self.part("keys", Some(folder.path()), self.passes)?)
    }

    fn grow(&self, notes: usize, words: usize) -> Result<Grown> {
        let folder = Folder::new("growth")?;
        let bytes = folder.fill(notes, words)?;
        let opened = self.open(Some(folder.path()), Some(bytes))?;
        Ok(Grown { notes, words, opened, coloured: self.part("colour", Some(folder.path()), 1)? })
    }
}
