//! What `chartmark agreement` tells, as `--json` has it.

use std::cmp::Reverse;
use std::collections::HashMap;

use serde::ser::{Serialize, SerializeMap as _, Serializer};

use super::gathering::{Compared, RatedWord, Rater};
use crate::domain::{CharOffsets, LabelSet};
use crate::metrics::agreement::{LabelAgreement, PairAgreement, SetAgreement, disputed};
use crate::metrics::{Agreement, Rating};

/// All figures, and the worst places.
#[derive(serde::Serialize)]
pub struct Report<'a> {
    pub raters: Vec<RaterRow<'a>>,
    /// Notes with a cell that is compared.
    pub documents: usize,
    /// Decisions of annotators that are compared; those of gold files are not among them.
    pub decisions: usize,
    /// The share of them that was made while the model showed nothing.
    pub blind: Option<f64>,
    /// The share that was made in bulk, beside what it showed.
    pub bulk: Option<f64>,
    /// The cells of all labels together.
    pub micro: LabelAgreement,
    pub labels: ByLabel<'a>,
    pub sets: SetAgreement,
    pub pairs: Vec<PairRow<'a>>,
    /// Words on which raters disagree, listed or not.
    pub disagreements: usize,
    /// Those that tell most, the most first.
    pub places: Vec<Place<'a>>,
    /// The notes that have several texts, so that what was said of one is not compared with what was said of another.
    pub other_texts: Vec<&'a str>,
}

/// Who decides.
#[derive(serde::Serialize)]
pub struct RaterRow<'a> {
    pub name: &'a str,
    /// `None` for a gold file.
    pub annotator: Option<&'a str>,
    /// The project or file, as it was called.
    pub project: &'a str,
    /// Cells decided in all, and of these the ones that somebody else has decided too.
    pub decided: usize,
    pub compared: usize,
}

/// Two raters.
#[derive(serde::Serialize)]
pub struct PairRow<'a> {
    pub raters: [&'a str; 2],
    /// Whether both have worked in one project.
    pub one_project: bool,
    pub cells: u64,
    pub agreement: Option<f64>,
    pub kappa: Option<f64>,
}

/// A word on which raters disagree.
#[derive(serde::Serialize)]
pub struct Place<'a> {
    pub id: &'a str,
    /// In characters, the end exclusive.
    pub start: usize,
    pub end: usize,
    pub word: &'a str,
    /// The labels that some say it has, and others that it does not.
    pub labels: Vec<&'a str>,
    /// The labels that it has by each who has decided one of these.
    pub sets: Vec<SetRow<'a>>,
}

/// What one rater says of a word.
#[derive(serde::Serialize)]
pub struct SetRow<'a> {
    pub rater: &'a str,
    pub labels: Vec<&'a str>,
}

/// A map from each label's name to its figures, in their order.
pub struct ByLabel<'a>(pub Vec<(&'a str, LabelAgreement)>);

impl Serialize for ByLabel<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        self.0.iter().try_for_each(|(name, figures)| map.serialize_entry(name, figures))?;
        map.end()
    }
}

impl<'a> Report<'a> {
    /// Of what is compared, with at most `limit` places.
    pub fn of(compared: &'a Compared, limit: usize) -> Self {
        let Compared { raters, labels, notes, words, made, other_texts } = compared;
        let figures = Agreement::of(labels.len(), words.iter().map(|word| &word.ratings[..]));
        let rater = |rater: &'a Rater| RaterRow {
            name: &rater.name,
            annotator: rater.annotator.as_deref(),
            project: &rater.source,
            decided: rater.decided,
            compared: rater.compared,
        };
        let share = |part: usize| (made.decisions > 0).then(|| part as f64 / made.decisions as f64);
        let pair = |pair: &PairAgreement| {
            let (one, other) = (&raters[pair.raters.0], &raters[pair.raters.1]);
            PairRow {
                raters: [&one.name, &other.name],
                one_project: one.number == other.number,
                cells: pair.cells,
                agreement: pair.agreement,
                kappa: pair.kappa,
            }
        };
        let worst = worst(words, &figures);
        Self {
            raters: compared.deciding().map(rater).collect(),
            documents: notes.len(),
            decisions: made.decisions,
            blind: share(made.blind),
            bulk: share(made.bulk),
            micro: figures.all,
            labels: ByLabel(labels.iter().map(String::as_str).zip(figures.labels).collect()),
            sets: figures.sets,
            pairs: figures.pairs.iter().map(pair).collect(),
            disagreements: worst.len(),
            places: places(compared, &worst[..worst.len().min(limit)]),
            other_texts: other_texts.iter().map(|id| id.as_str()).collect(),
        }
    }

    /// Whether some are compared who have worked in one project.
    pub fn has_neighbours(&self) -> bool {
        self.pairs.iter().any(|pair| pair.one_project)
    }

    /// The labels that nothing is compared of.
    pub fn not_compared(&self) -> Vec<&'a str> {
        self.labels.0.iter().filter(|(_, figures)| figures.cells == 0).map(|(name, _)| *name).collect()
    }
}

/// The words on which raters disagree, with the labels in dispute: those with most of them first, then those whose labels are
/// most disputed elsewhere, since it is these that the guidelines leave open.
fn worst<'a>(words: &'a [RatedWord], figures: &Agreement) -> Vec<(&'a RatedWord, LabelSet)> {
    let all = words.iter().map(|word| (word, disputed(&word.ratings)));
    let mut worst: Vec<_> = all.filter(|(_, disputed)| !disputed.is_empty()).collect();
    worst.sort_by_cached_key(|(_, disputed)| {
        let elsewhere: u64 = disputed.iter().map(|label| figures.labels[label].disputed).sum();
        Reverse((disputed.len(), elsewhere))
    });
    worst
}

fn places<'a>(compared: &'a Compared, worst: &[(&'a RatedWord, LabelSet)]) -> Vec<Place<'a>> {
    let mut offsets: HashMap<usize, CharOffsets<'a>> = HashMap::new();
    let names = |labels: LabelSet| -> Vec<&'a str> { labels.iter().map(|label| compared.labels[label].as_str()).collect() };
    let place = |&(rated, disputed): &(&'a RatedWord, LabelSet)| {
        let (id, text) = &compared.notes[rated.note];
        let offsets = offsets.entry(rated.note).or_insert_with(|| CharOffsets::new(text));
        let deciding = rated.ratings.iter().filter(|rating| !rating.decided.intersection(disputed).is_empty());
        let set = |rating: &Rating| SetRow { rater: &compared.raters[rating.rater].name, labels: names(rating.present) };
        Place {
            id: id.as_str(),
            start: offsets.char(rated.word.start),
            end: offsets.char(rated.word.end),
            word: rated.word.slice(text),
            labels: names(disputed),
            sets: deciding.map(set).collect(),
        }
    };
    worst.iter().map(place).collect()
}
