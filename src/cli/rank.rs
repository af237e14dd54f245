//! `chartmark rank`: which documents, or passages of them, to review next.

use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::ops::Range;

use anyhow::Result;
use serde::Serialize;

use super::args::{RankArguments, Shared};
use super::predict::missing;
use super::progress::Bar;
use super::setup::load_model;
use super::source::{Source, Standing, head_of, open_sources};
use super::tell::{counted, print, tell};
use crate::active_learning::lot::{BY_LOT, lot, mixed};
use crate::active_learning::{DecidedWords, Item, PASSAGE, Per, Pool, Strategy, Stretch, Survey, passages, rank};
use crate::domain::{Annotations, CharOffsets, Document, Predictions, Words, visible};
use crate::head::Head;
use crate::inference::draws::Draws;
use crate::inference::pool::{DecidedPart, Projection};
use crate::inference::{Model, seeds};
use crate::tokenization::{Terms, segment};

/// Strategies that choose one document in view of another make so many choices with care where no limit is given.
const FIRST: usize = 50;

/// A line of the outcome.
#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    #[serde(flatten)]
    place: Option<Place>,
    score: f64,
    cost: f64,
    /// Whether it stands here by lot, for an honest sample.
    random: bool,
    reason: String,
}

/// Where a passage stands in its document, in Unicode characters.
#[derive(Clone, Copy, Serialize)]
struct Place {
    start: usize,
    end: usize,
}

/// Ranks what is undecided in the paths and prints it, the most useful first.
///
/// # Errors
/// When the model, a path or its project can't be used. Documents that can't be read are told on standard error, the
/// others are ranked, and the command fails at the end.
pub fn run(arguments: &RankArguments, shared: &Shared) -> Result<()> {
    let sources = open_sources(&arguments.paths, shared)?;
    let model = load_model(shared)?;
    let (head, notice) = head_of(&sources, &model, shared)?;
    notice.iter().for_each(tell);
    let mut ranking = Ranking::new(arguments, &model, &head)?;
    ranking.survey(&sources)?;
    let lines = ranking.lines()?;
    if arguments.json {
        print(serde_json::json!({ "documents": lines }).to_string() + "\n")?;
    } else {
        print(table(&lines, arguments.per.into()))?;
    }
    if ranking.reviewed > 0 {
        let (documents, are) = (counted(ranking.reviewed, "document"), if ranking.reviewed == 1 { "is" } else { "are" });
        tell(format_args!("left out: {documents} that {are} decided or done"));
    }
    missing(ranking.failed)
}

struct Ranking<'a> {
    arguments: &'a RankArguments,
    strategy: &'static Strategy,
    model: &'a Model,
    head: &'a Head,
    /// Draws of it, for a strategy that wants them.
    draws: Draws,
    terms: Terms,
    projection: Projection,
    decided: DecidedWords,
    items: Vec<Item>,
    /// What each item is called and, of a passage, where it stands.
    names: Vec<(String, Option<Place>)>,
    /// Documents that are out of the pool.
    reviewed: usize,
    failed: usize,
    bar: Bar,
}

impl<'a> Ranking<'a> {
    fn new(arguments: &'a RankArguments, model: &'a Model, head: &'a Head) -> Result<Self> {
        let strategy = arguments.strategy;
        let draws = if strategy.needs.draws { Draws::of(head, arguments.seed)? } else { Draws::default() };
        Ok(Self {
            arguments,
            strategy,
            model,
            head,
            draws,
            terms: Terms::new(&head.meta.scheme),
            projection: Projection::new(head.inputs()),
            decided: DecidedWords::default(),
            items: Vec::new(),
            names: Vec::new(),
            reviewed: 0,
            failed: 0,
            bar: Bar::new(),
        })
    }

    /// Sums up every document that has something undecided, one at a time; first what is decided, against which some
    /// strategies hold the rest.
    fn survey(&mut self, sources: &[Source]) -> Result<()> {
        let started: usize = sources.iter().map(Source::started).sum();
        let total = sources.iter().map(|source| source.corpus.len()).sum::<usize>() + started;
        let mut at = 0;
        for source in sources {
            for index in source.started_documents() {
                at += 1;
                if let Some((document, words)) = load(source, index) {
                    let annotations = source.annotations(&document, &words, &self.head.meta.scheme)?;
                    let vectors = match self.strategy.needs.vectors {
                        true => self.model.vectors(&document.text, &words).unwrap_or_default(),
                        false => Vec::new(),
                    };
                    let part = DecidedPart::of(&words, &annotations, self.head.labels(), &vectors, &self.projection);
                    part.add_to(&mut self.decided);
                }
                self.bar.set(at, total, "documents");
            }
        }
        for source in sources {
            for index in 0..source.corpus.len() {
                at += 1;
                self.document(source, index)?;
                self.bar.set(at, total, "documents");
            }
        }
        self.bar.finish();
        Ok(())
    }

    fn document(&mut self, source: &Source, index: usize) -> Result<()> {
        let standing = source.standing(index);
        if standing == Standing::Settled {
            self.reviewed += 1;
            return Ok(());
        }
        let loaded = match source.corpus.load(index) {
            Ok(loaded) => loaded,
            Err(error) => return self.fail(&error.to_string()),
        };
        let document = loaded.document;
        let words = segment(&document.text);
        let mut annotations = Annotations::default();
        if standing == Standing::Started {
            annotations = source.annotations(&document, &words, &self.head.meta.scheme)?;
            let nothing = DecidedPart::of(&words, &annotations, self.head.labels(), &[0.0; 0], &self.projection);
            if !nothing.left {
                self.reviewed += 1;
                return Ok(());
            }
        }
        match self.sum_up(&document, &words, &annotations) {
            Ok(()) => Ok(()),
            Err(error) => self.fail(&format!("{}: {error:#}", document.id)),
        }
    }

    /// Adds a document's items to the pool.
    fn sum_up(&mut self, document: &Document, words: &Words, annotations: &Annotations) -> Result<()> {
        let vectors = self.model.vectors(&document.text, words)?;
        let probabilities = seeds::probabilities(self.head, &vectors, 0, &self.terms.find(&document.text, words))?;
        let predictions = Predictions::new(0, self.head.labels(), probabilities);
        let disagreement = self.draws.disagreement(&vectors, words.len())?;
        let ranges: Vec<Range<usize>> = match self.arguments.passages {
            true => passages(&document.text, words, PASSAGE),
            false => std::iter::once(0..words.len()).collect(),
        };
        let offsets = CharOffsets::new(&document.text);
        let mut survey = Survey::new(&self.head.meta.thresholds, &self.decided);
        for range in ranges {
            let wanted: &[f32] = if self.strategy.needs.vectors { &vectors } else { &[] };
            let stretch = Stretch {
                words,
                range: &range,
                annotations,
                predictions: &predictions,
                vectors: &wanted,
                disagreement: &disagreement,
            };
            let mut item = survey.item(&stretch);
            item.centroid = self.projection.of(std::mem::take(&mut item.centroid));
            let place = || {
                let (first, last) = (words.get(range.start)?, words.get(range.end.checked_sub(1)?)?);
                Some(Place { start: offsets.char(first.start), end: offsets.char(last.end) })
            };
            self.items.push(item);
            self.names.push((document.id.to_string(), if self.arguments.passages { place() } else { None }));
        }
        Ok(())
    }

    fn fail(&mut self, why: &str) -> Result<()> {
        self.bar.line(&format!("chartmark: {}", visible(why)));
        self.failed += 1;
        Ok(())
    }

    /// The items in their order.
    fn lines(&self) -> Result<Vec<Line<'_>>> {
        let (per, seed): (Per, u64) = (self.arguments.per.into(), self.arguments.seed);
        let limit = self.arguments.limit.map_or(usize::MAX, NonZeroUsize::get);
        let pool = Pool { items: &self.items, decided: &self.decided, per };
        let ranked = rank(self.strategy, &pool, limit.min(FIRST), seed);
        let lots: Vec<u64> = ranked
            .iter()
            .map(|ranked| {
                let (id, place) = &self.names[ranked.item];
                lot(&place.map_or_else(|| id.clone(), |place| format!("{id}:{}", place.start)), seed)
            })
            .collect();
        let order: Vec<usize> = (0..ranked.len()).collect();
        let mixed = mixed(&order, &[], |at| lots[at], self.arguments.random_share, self.reviewed);
        let line = |(at, random): (usize, bool)| {
            let (ranked, (id, place)) = (&ranked[at], &self.names[ranked[at].item]);
            let reason = if random { format!("{BY_LOT}; {}", ranked.reason) } else { ranked.reason.clone() };
            let finite = |number: f64| if number.is_finite() { number } else { 0.0 };
            Line { id, place: *place, score: finite(ranked.score), cost: finite(per.of(&ranked.cost)), random, reason }
        };
        Ok(mixed.into_iter().take(limit).map(line).collect())
    }
}

/// A document of a source with its words, if it can be read.
fn load(source: &Source, index: usize) -> Option<(Document, Words)> {
    let document = source.corpus.load(index).ok()?.document;
    let words = segment(&document.text);
    Some((document, words))
}

/// The lines for people.
fn table(lines: &[Line<'_>], per: Per) -> String {
    let unit = match per {
        Per::Words => "words",
        Per::Keys => "keys",
        Per::Seconds => "seconds",
    };
    if lines.is_empty() {
        return "nothing is left to review\n".to_owned();
    }
    let name = |line: &Line<'_>| {
        let place = line.place.map(|place| format!(" {}-{}", place.start, place.end)).unwrap_or_default();
        visible(line.id).into_owned() + &place
    };
    let width = lines.iter().map(|line| name(line).chars().count()).max().unwrap_or(0).clamp(8, 40);
    let mut table = format!("place      score  {unit:>7}  {:<width$}  reason\n", "document");
    for (place, line) in lines.iter().enumerate() {
        let (score, cost) = (line.score, line.cost);
        // Writing to a string can't fail.
        let _ = writeln!(table, "{:>5}  {score:>9.4}  {cost:>7.0}  {:<width$}  {}", place + 1, name(line), line.reason);
    }
    table
}
