//! `chartmark simulate`.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use serde::Serialize;

use super::args::{Shared, SimulateArguments, StudyArgument};
use super::gold::{need_labelled, read_gold, scheme_of, to_training};
use super::progress::Bar;
use super::setup::load_model;
use super::tell::{Usage, print, tell};
use crate::active_learning::strategy::random;
use crate::active_learning::{Cost, DEFAULT, Strategy};
use crate::domain::{DocumentDecisions, TextHash, visible};
use crate::head::Head;
use crate::inference::bundled;
use crate::inference::cache::Encoded;
use crate::inference::model::description;
use crate::inference::study::Course;
use crate::simulation::chart::chart;
use crate::simulation::laboratory::Text;
use crate::simulation::summary::{FROM_EDITS, common_edits};
use crate::simulation::{Laboratory, Learner, Point, Replay, Settings, SimulationError, Summary, TARGETS, empty, full, replay};

/// Replays strategies on gold and tells what each took.
///
/// # Errors
/// When the gold or the model can't be used, or a training fails.
pub fn run(arguments: &SimulateArguments, shared: &Shared) -> Result<()> {
    match arguments.study.map(StudyArgument::training) {
        Some(Some(study)) => return super::study::run(study, arguments, shared),
        Some(None) => return super::keystrokes::run(arguments, shared),
        None => {}
    }
    let from = pool(arguments)?;
    let (pool, test) = (read_gold(from)?, read_gold(&arguments.test)?);
    let scheme = scheme_of(from, &pool)?;
    let (pool, test) = (to_training(&pool, &scheme), to_training(&test, &scheme));
    for (path, gold) in [(from, &pool), (&arguments.test, &test)] {
        need_labelled(path, gold.iter().map(|document| &document.sets))?;
    }
    let model = load_model(shared)?;
    let on = EncodedBy { model: &model.name, encoder: &model.encoder.hash };
    if description(&bundled())?.is_some_and(|bundled| bundled.encoder == on.encoder) {
        tell(format_args!(
            "the bundled model's encoder has learned from public case reports and sentences on adverse events: on texts like these, or \
             the same ones, the savings may be flattering; name an encoder that has not seen the pool with --model DIR"
        ));
    }
    let mut bar = Bar::new();
    let laboratory = Laboratory::new((&model.encoder, model.encode), scheme, [pool, test], |done, total| {
        bar.set(done, total, "documents read");
        ControlFlow::Continue(())
    })?;
    let settings = Settings {
        unit: arguments.unit.into(),
        per: arguments.per.into(),
        first: arguments.batch.into(),
        until: arguments.until,
        ..Settings::default()
    };
    let (nothing, notes) = (empty(&laboratory)?, notes(&laboratory));
    let learner = || Screen { course: Course::new(&nothing), notes: &notes };
    let full = full(&laboratory, &mut learner())?;
    let words = laboratory.pool.words();
    let mut replays = Vec::new();
    for strategy in chosen(arguments) {
        for seed in 0..arguments.seeds.get() as u64 {
            let watch = |point: &Point| {
                bar.set(point.effort.words as usize, words, &format!("words read by {}, seed {seed}", strategy.name));
                ControlFlow::Continue(())
            };
            replays.push(replay(&laboratory, strategy, &Settings { seed, ..settings }, full, &mut learner(), watch)?);
        }
    }
    bar.finish();
    match arguments.json {
        true => print(json(on, &replays, full)? + "\n"),
        false => print(format_args!("{}{}\n{}", on.heading(), table(&replays, full, words), chart(&replays, full))),
    }
}

/// The trainings that somebody gets who labels on the screen.
struct Screen<'a> {
    course: Course,
    notes: &'a [Encoded],
}

impl Learner for Screen<'_> {
    fn learn(&mut self, decisions: &[DocumentDecisions], round: u64, seed: u64) -> Result<Head, SimulationError> {
        self.course.train(self.notes, decisions, round, seed)?;
        Ok(self.course.head().clone())
    }
}

/// The documents of the pool as the worker has them.
fn notes(laboratory: &Laboratory) -> Vec<Encoded> {
    let inputs = laboratory.pool.examples.inputs;
    let note = |(index, text): (usize, &Text)| {
        let rows = text.rows();
        Encoded {
            id: index.to_string().as_str().into(),
            hash: TextHash::of(&text.text),
            words: Arc::new(text.words.clone()),
            vectors: laboratory.pool.examples.vectors[rows.start * inputs..rows.end * inputs].to_vec().into(),
        }
    };
    laboratory.pool.texts.iter().enumerate().map(note).collect()
}

/// What turned words into vectors: without it no figure of a simulation can be compared with another.
#[derive(Clone, Copy, Serialize)]
struct EncodedBy<'a> {
    /// The model's name.
    model: &'a str,
    /// Hash of its encoder, in hexadecimal.
    encoder: &'a str,
}

/// So much of a hash tells encoders apart at a glance.
const SHORT: usize = 12;

impl EncodedBy<'_> {
    fn heading(&self) -> String {
        format!("model: {}, encoder {}\n", visible(self.model), self.encoder.get(..SHORT).unwrap_or(self.encoder))
    }
}

/// The file that `--pool` names.
///
/// # Errors
/// When it names none.
pub fn pool(arguments: &SimulateArguments) -> Result<&Path> {
    let missing = || Usage("--pool FILE is missing: the notes to learn from; chartmark simulate --help has examples".into());
    Ok(arguments.pool.as_deref().ok_or_else(missing)?)
}

/// The strategies that are named, each once.
fn chosen(arguments: &SimulateArguments) -> Vec<&'static Strategy> {
    let mut chosen: Vec<&'static Strategy> = Vec::new();
    for strategy in arguments.strategy.iter().flat_map(|strategies| &strategies.0) {
        if chosen.iter().all(|other| other.name != strategy.name) {
            chosen.push(strategy);
        }
    }
    if chosen.is_empty() { vec![&random::STRATEGY, DEFAULT] } else { chosen }
}

/// Replays for people: a row a strategy, the mean over its seeds.
fn table(replays: &[Replay], full: f64, words: usize) -> String {
    let summaries = Summary::of_all(replays, full);
    let baseline = summaries.iter().find(|summary| summary.name == random::STRATEGY.name).and_then(|summary| summary.to[1]);
    let width = summaries.iter().map(|summary| summary.name.len()).max().unwrap_or(0).max("strategy".len());
    let shares = TARGETS.map(|target| format!("{:.0}%", 100.0 * target));
    let mut out = format!("micro-F1 of a head that learned all {words} words of the pool: {full:.4}\n\n");
    out += &format!("{:width$}  seeds  {:^31}  of random   words    keys  minutes    area\n", "", "edits to a share of it");
    let [a, b, c, d] = &shares;
    out += &format!("{:width$}         {a:>7} {b:>7} {c:>7} {d:>7}     to 95%  to 95%  to 95%   to 95%\n", "strategy");
    for summary in &summaries {
        let of = |effort: Option<Cost>, value: fn(&Cost) -> f64| {
            effort.map_or("–".into(), |effort| format!("{:.0}", value(&effort)))
        };
        let edits: String = summary.to.iter().map(|&effort| format!(" {:>7}", of(effort, |effort| effort.edits))).collect();
        let ratio = summary.to[1].zip(baseline).map(|(own, random)| format!("{:.2}", own.edits / random.edits));
        let area = summary.area.map_or("–".into(), |area| format!("{area:.4}"));
        out += &format!(
            "{:width$}  {:>5} {edits}  {:>9} {:>7} {:>7} {:>8} {area:>7}\n",
            summary.name,
            summary.seeds,
            ratio.unwrap_or_else(|| "–".into()),
            of(summary.to[1], |effort| effort.words),
            of(summary.to[1], |effort| effort.keys),
            of(summary.to[1], |effort| effort.seconds() / 60.0),
        );
    }
    out += &format!(
        "\nEdits are cells that were shown wrong when they were read. Area: mean micro-F1 along the logarithm of edits, {FROM_EDITS:.0} to \
         {:.0}.\n– : not reached by every seed.\n",
        common_edits(replays)
    );
    out
}

/// Replays for scripts.
fn json(on: EncodedBy<'_>, replays: &[Replay], full_micro_f1: f64) -> Result<String> {
    #[derive(Serialize)]
    struct All<'a> {
        #[serde(flatten)]
        on: EncodedBy<'a>,
        strategies: Vec<One<'a>>,
        full_micro_f1: f64,
    }
    #[derive(Serialize)]
    struct One<'a> {
        name: &'a str,
        seed: u64,
        points: &'a [Point],
        to: BTreeMap<String, Option<Effort>>,
        area: Option<f64>,
    }
    #[derive(Serialize)]
    struct Effort {
        words: f64,
        edits: f64,
        corrections: f64,
        keys: f64,
        seconds: f64,
    }
    let common = common_edits(replays);
    let one = |replay: &'_ Replay| -> BTreeMap<String, Option<Effort>> {
        let target = |share: f64| {
            let effort = replay.effort_to(share * full_micro_f1).map(|cost| Effort {
                words: cost.words.round(),
                edits: cost.edits.round(),
                corrections: cost.corrections.round(),
                keys: cost.keys.round(),
                seconds: cost.seconds().round(),
            });
            (format!("{share:.2}"), effort)
        };
        TARGETS.map(target).into()
    };
    let strategies = replays
        .iter()
        .map(|replay| One {
            name: replay.name,
            seed: replay.seed,
            points: &replay.points,
            to: one(replay),
            area: replay.area(common),
        })
        .collect();
    Ok(serde_json::to_string(&All { on, strategies, full_micro_f1 })?)
}
