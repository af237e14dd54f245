//! `chartmark doctor`: is everything there, and sound?

use std::fmt;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use super::args::{DoctorArguments, Shared};
use super::cache::{self, Place};
use super::config;
use super::own::Own;
use super::setup::{load_model, project_place};
use super::tell::{counted, print};
use crate::domain::{LabelScheme, visible};
use crate::encoder::cache::{Found, clear, look};
use crate::encoder::device::name_of;
use crate::head::Head;
use crate::store::{Project, place};

/// What one check found, in a sentence.
enum Finding {
    Good(String),
    /// It works, but not at its best.
    Weak(String),
    Broken(String),
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mark, sentence) = match self {
            Self::Good(sentence) => ('✓', sentence),
            Self::Weak(sentence) => ('!', sentence),
            Self::Broken(sentence) => ('✗', sentence),
        };
        writeln!(f, "{mark} {}", visible(sentence))
    }
}

impl Finding {
    /// Good or weak.
    fn good_if(good: bool, sentence: impl Into<String>, advice: &str) -> Self {
        let sentence = sentence.into();
        if good { Self::Good(sentence) } else { Self::Weak(format!("{sentence}: {advice}")) }
    }
}

/// Checks one thing after the other and prints a line for each.
///
/// # Errors
/// When something is broken.
pub fn run(arguments: &DoctorArguments, shared: &Shared, own: &Own) -> Result<()> {
    if arguments.clear_cache {
        return clear_cache(shared);
    }
    let checks: [&dyn Fn() -> Vec<Finding>; 7] = [
        &terminal,
        &processor,
        &|| settings(own),
        &|| vec![model(shared)],
        &|| vec![project(arguments.path.as_deref(), shared)],
        &|| vec![data_folder()],
        &|| vec![word_vectors(shared)],
    ];
    let mut broken = 0;
    for check in checks {
        for finding in check() {
            broken += usize::from(matches!(finding, Finding::Broken(_)));
            print(finding)?;
        }
    }
    match broken {
        0 => Ok(()),
        1 => bail!("1 check failed; the line beginning with ✗ says what to do"),
        _ => bail!("{broken} checks failed; the lines beginning with ✗ say what to do"),
    }
}

/// The least size in which everything has its place.
const SIZE: (u16, u16) = (80, 24);

fn terminal() -> Vec<Finding> {
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let size = match terminal_size::terminal_size() {
        Some((terminal_size::Width(width), terminal_size::Height(height))) => Finding::good_if(
            width >= SIZE.0 && height >= SIZE.1,
            format!("the terminal has {width} columns and {height} lines"),
            "80 columns and 24 lines are the least that shows everything",
        ),
        None => Finding::Weak("no terminal: the screen can't be opened here, all other commands work".into()),
    };
    let (term, colour) = (variable("TERM"), variable("COLORTERM"));
    let plain = term.is_empty() || term == "dumb" || !variable("NO_COLOR").is_empty();
    let colours = match colour.as_str() {
        _ if plain => Finding::Weak("no colours (TERM, NO_COLOR): labels are told by their letters".into()),
        "truecolor" | "24bit" => Finding::Good("true colour".into()),
        _ if term.contains("256color") => Finding::Good("256 colours".into()),
        _ => Finding::Good(format!("16 colours (TERM is {term})")),
    };
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].map(variable).into_iter().find(|value| !value.is_empty()).unwrap_or_default();
    let unicode = locale.to_uppercase().replace('-', "").contains("UTF8");
    let name = if locale.is_empty() { "the locale is not set".to_owned() } else { format!("the locale is {locale}") };
    vec![size, colours, Finding::good_if(unicode, name, "letters may be garbled; a UTF-8 locale shows every note as it is")]
}

fn processor() -> Vec<Finding> {
    let features = features();
    let named: Vec<&str> = features.iter().filter(|feature| feature.1).map(|feature| feature.0).collect();
    let slow = features.iter().any(|&(name, there)| matches!(name, "AVX2" | "FMA") && !there);
    let names = if named.is_empty() { "none known".to_owned() } else { named.join(", ") };
    let (threads, cores) = (rayon::current_num_threads(), std::thread::available_parallelism().map_or(1, Into::into));
    vec![
        Finding::good_if(!slow, format!("processor features: {names}"), "without AVX2 and FMA the model is slow"),
        Finding::good_if(
            threads <= cores,
            format!("{threads} threads on {cores} cores"),
            "more threads than cores slow the model down; see --threads",
        ),
    ]
}

#[cfg(target_arch = "x86_64")]
fn features() -> Vec<(&'static str, bool)> {
    use std::arch::is_x86_feature_detected as has;
    vec![
        ("AVX2", has!("avx2")),
        ("FMA", has!("fma")),
        ("F16C", has!("f16c")),
        ("AVX-512", has!("avx512f")),
        ("AVX-512 VNNI", has!("avx512vnni")),
    ]
}

#[cfg(target_arch = "aarch64")]
fn features() -> Vec<(&'static str, bool)> {
    use std::arch::is_aarch64_feature_detected as has;
    vec![("NEON", has!("neon")), ("FP16", has!("fp16")), ("dot product", has!("dotprod"))]
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn features() -> Vec<(&'static str, bool)> {
    Vec::new()
}

fn settings(own: &Own) -> Vec<Finding> {
    match config::findings(own) {
        Ok((sound, problems)) => {
            let broken = problems.iter().map(|problem| Finding::Broken(problem.to_string()));
            sound.into_iter().map(Finding::Good).chain(broken).collect()
        }
        Err(error) => vec![Finding::Broken(format!("{error:#}"))],
    }
}

fn model(shared: &Shared) -> Finding {
    let model = match load_model(shared) {
        Ok(model) => model,
        Err(error) => return Finding::Broken(format!("{error:#}")),
    };
    let device = name_of(model.encoder.bert.device());
    let (name, hash) = (&model.name, model.encoder.hash.get(..12).unwrap_or(&model.encoder.hash));
    let sentence = format!("the model {name} (encoder {hash}…) loads and computes on {device}");
    if model.heads.is_empty() {
        return Finding::Weak(format!("{sentence}; it has learned no labels yet: train it with `chartmark train --gold FILE`"));
    }
    let scheme = |head: &Head| {
        let LabelScheme { name, labels } = &head.meta.scheme;
        format!("{name} ({} labels: {})", labels.len(), head.meta.scheme.names().collect::<Vec<_>>().join(", "))
    };
    let schemes: Vec<String> = model.heads.iter().map(scheme).collect();
    Finding::Good(format!(
        "{sentence}; {}: {}",
        if schemes.len() == 1 { "label scheme" } else { "label schemes" },
        schemes.join("; ")
    ))
}

fn project(path: Option<&Path>, shared: &Shared) -> Finding {
    let place = match project_place(path, shared) {
        Ok(place) => place,
        Err(error) => return Finding::Broken(format!("{error:#}")),
    };
    let shown = place.display().to_string();
    if !place.exists() {
        return Finding::Good(format!("no project yet; it will be {shown}"));
    }
    let look = || -> Result<_> {
        let project = Project::look(&place)?;
        let found = (project.verify()?, project.last_event()?, project.documents()?.len(), project.active()?);
        project.close()?;
        Ok(found)
    };
    match look() {
        Err(error) => Finding::Broken(format!("{error:#}")),
        Ok((wrong, events, documents, active)) if wrong.is_empty() => Finding::Good(format!(
            "the project {shown} is sound: {}, {}, model version {active} active",
            counted(events as usize, "event"),
            counted(documents, "document")
        )),
        Ok((wrong, ..)) => Finding::Broken(format!("the project {shown}: {}; restore a backup", wrong.join("; "))),
    }
}

fn data_folder() -> Finding {
    let folder = place::data_folder();
    let existing = folder.ancestors().find(|part| part.is_dir());
    let shown = folder.display();
    match existing {
        Some(existing) if place::writable(existing) => Finding::Good(format!("the data folder {shown} can be written")),
        _ => Finding::Broken(format!(
            "the data folder {shown} can't be written; make it writable, or set XDG_DATA_HOME, or name each project with --project"
        )),
    }
}

fn word_vectors(shared: &Shared) -> Finding {
    let Some(Place { folder, limit }) = cache::place(shared) else {
        return Finding::Good("word vectors are not kept on disk: each run encodes its notes again".into());
    };
    let shown = folder.display();
    let existing = folder.ancestors().find(|part| part.exists());
    if !existing.is_some_and(|existing| existing.is_dir() && place::writable(existing)) {
        return Finding::Weak(format!(
            "word vectors can't be kept in {shown}: each run encodes its notes again; make it writable, or set CHARTMARK_CACHE"
        ));
    }
    match look(&folder) {
        Err(error) => Finding::Weak(format!("the word vectors in {shown} can't be looked at ({error}); they are not used")),
        Ok(Found { entries, bytes, broken }) => {
            let held = format!("{entries} windows of word vectors, {} of {} MB, are kept in {shown}", bytes / MB, limit / MB);
            Finding::good_if(broken == 0, held, &format!("{broken} are damaged and will be encoded again when they are needed"))
        }
    }
}

/// Bytes.
const MB: u64 = 1_000_000;

fn clear_cache(shared: &Shared) -> Result<()> {
    let Some(Place { folder, .. }) = cache::place(shared) else {
        return print("word vectors are not kept on disk; nothing was removed\n");
    };
    let shown = folder.display();
    let gone = clear(&folder).with_context(|| format!("the word vectors in {shown} can't all be removed"))?;
    print(format_args!("{} windows of word vectors, {} MB, were removed from {shown}\n", gone.entries, gone.bytes / MB))
}
