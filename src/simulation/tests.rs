use std::ops::ControlFlow;
use std::sync::Arc;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::laboratory::Text;
use super::*;
use crate::active_learning::{STRATEGIES, by_name};
use crate::domain::{DocumentDecisions, LabelScheme, LabelSet};
use crate::head::{Examples, Head, HeadTraining, Trainer};
use crate::tokenization::segment;

/// Documents of words in a plane: one label for the left half, one for what is above 0.5. Full stops lie anywhere.
fn part(documents: usize, seed: u64) -> Part {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    let (mut texts, mut examples) = (Vec::new(), Examples { inputs: 2, labels: 2, ..Examples::default() });
    for _ in 0..documents {
        let text: Arc<str> = (vec!["a"; generator.random_range(3..12)].join(" ") + ".").into();
        let words = segment(&text);
        let first = examples.rows();
        let mut sets = Vec::new();
        for word in words.iter() {
            let [x, y] = [(); 2].map(|()| generator.random_range(-1.0f32..1.0));
            let set: LabelSet =
                [x < 0.0, y > 0.5].into_iter().enumerate().filter(|(_, is)| *is).map(|(label, _)| label).collect();
            // Far apart, so that few steps tell them apart.
            examples.vectors.extend([20.0 * x, 20.0 * y]);
            examples.targets.extend((0..2).map(|label| f32::from(u8::from(set.contains(label)))));
            examples.weights.extend([f32::from(u8::from(word.alphanumeric)); 2]);
            sets.push(set);
        }
        texts.push(Text { text, words, sets, first });
    }
    Part { texts, examples: Arc::new(examples) }
}

fn laboratory() -> Laboratory {
    let scheme = LabelScheme::from_names("s", &["left", "high"]).unwrap();
    Laboratory { scheme, encoder: String::new(), pool: part(60, 1), test: part(40, 2) }
}

/// Learns from the words that are decided, from where it is.
struct Simple<'a> {
    laboratory: &'a Laboratory,
    head: Head,
}

impl<'a> Simple<'a> {
    fn new(laboratory: &'a Laboratory) -> Self {
        Self { laboratory, head: empty(laboratory).unwrap() }
    }
}

impl Learner for Simple<'_> {
    fn learn(&mut self, decisions: &[DocumentDecisions], round: u64, seed: u64) -> Result<Head, SimulationError> {
        let pool = &self.laboratory.pool;
        let mut known = vec![false; pool.examples.rows()];
        for (document, cell) in decisions.iter().flat_map(|it| it.cells.iter().map(|cell| (it.document, cell))) {
            let text = &pool.texts[document];
            assert_eq!(cell.present, text.sets[cell.word as usize].contains(cell.label.into()));
            assert!((1..=round).contains(&cell.event));
            known[text.first + cell.word as usize] = true;
        }
        let settings = HeadTraining { passes: 0, batch: 512, least_steps: 100, learning_rate: 1e-2, decay: 0.3, seed };
        let mut trainer = Trainer::new(&self.head, pool.examples.clone(), |row| known[row], settings)?;
        while !trainer.done() {
            trainer.step()?;
        }
        self.head = trainer.head()?;
        Ok(self.head.clone())
    }
}

fn run(laboratory: &Laboratory, name: &str, settings: &Settings) -> Replay {
    let strategy = by_name(name).unwrap();
    replay(laboratory, strategy, settings, 1.0, &mut Simple::new(laboratory), |_| ControlFlow::Continue(())).unwrap()
}

#[test]
fn whatever_the_strategy_every_word_is_read_once_and_effort_only_grows() {
    let laboratory = laboratory();
    for unit in [Unit::Document, Unit::Passage] {
        for strategy in STRATEGIES {
            let settings = Settings { unit, first: 40, growth: 0.5, until: 2.0, ..Settings::default() };
            let points = run(&laboratory, strategy.name, &settings).points;
            let words: Vec<f64> = points.iter().map(|point| point.effort.words).collect();
            assert!(words.windows(2).all(|pair| pair[0] < pair[1]), "{strategy:?}: {words:?}");
            assert_eq!(words.last().copied(), Some(laboratory.pool.words() as f64), "{strategy:?}");
            let last = points.last().unwrap();
            assert!(last.effort.edits < words.last().unwrap() / 2.0, "suggestions get better: {strategy:?} {last:?}");
            assert!(last.micro_f1 > 0.85, "{strategy:?} {last:?}");
        }
    }
}

#[test]
fn the_first_batch_is_all_the_annotators_own_work() {
    let laboratory = laboratory();
    let first = run(&laboratory, "random", &Settings { until: 0.1, ..Settings::default() }).points[0];
    let share = |labels: &dyn Fn(&LabelSet) -> usize| {
        let texts = laboratory.pool.texts.iter();
        texts
            .flat_map(|text| text.words.iter().zip(&text.sets))
            .filter(|(word, _)| word.alphanumeric)
            .map(|(_, set)| labels(set))
            .sum::<usize>() as f64
    };
    let per_word = share(&|set| set.len()) / laboratory.pool.words() as f64;
    assert!(
        (first.effort.edits / first.effort.words - per_word).abs() < 0.25,
        "an empty head shows nothing: {first:?}, {per_word}"
    );
}

#[test]
fn a_replay_is_a_function_of_its_seed_and_ends_at_the_target() {
    let laboratory = laboratory();
    let run = |seed| run(&laboratory, "bald", &Settings { seed, until: 0.9, ..Settings::default() }).points;
    assert_eq!(run(3), run(3));
    assert_ne!(run(3), run(4));
    let points = run(3);
    let (last, before) = points.split_last().unwrap();
    assert!(last.micro_f1 >= 0.9 && before.iter().all(|point| point.micro_f1 < 0.9), "{points:?}");
}

#[test]
fn the_whole_pool_teaches_at_least_as_much_as_its_first_words() {
    let laboratory = laboratory();
    let full = full(&laboratory, &mut Simple::new(&laboratory)).unwrap();
    let early = run(&laboratory, "random", &Settings { first: 5, until: 2.0, ..Settings::default() }).points[0].micro_f1;
    assert!(full > early && full > 0.7, "{full} {early}");
}

#[test]
fn a_replay_can_be_stopped() {
    let laboratory = laboratory();
    let (margin, mut learner) = (by_name("margin").unwrap(), Simple::new(&laboratory));
    let found = replay(&laboratory, margin, &Settings::default(), 1.0, &mut learner, |_| ControlFlow::Break(()));
    assert!(matches!(found, Err(SimulationError::Stopped)));
}
