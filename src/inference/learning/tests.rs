use std::sync::Arc;

use rand::RngExt;

use super::*;
use crate::domain::{LabelScheme, LabelSet, Learned, Manner, Predictions, TextHash, Word, Words};
use crate::head::{Curve, Examples, HeadMeta, HeadTraining, Platt, Trainer};

const INPUTS: usize = 384;
const TYPES: usize = 20;
const WORDS: usize = 600;

/// The kind of word that stands at a place.
fn kind(word: usize) -> usize {
    word * 7 % TYPES
}

/// What a kind of word is: three kinds of four have a label, one of them two.
fn labels(kind: usize) -> LabelSet {
    let labels: &[usize] = [&[0][..], &[1], &[1, 2], &[]][kind % 4];
    labels.iter().copied().collect()
}

/// A note of words of twenty kinds, whose vectors are, as a BERT's, mostly alike: a large part that all share, a part
/// of their kind, and a part of their own.
fn note() -> Encoded {
    let mut generator = ChaCha8Rng::seed_from_u64(1);
    let mut vector = |size: f32| -> Vec<f32> { (0..INPUTS).map(|_| generator.random_range(-size..size)).collect() };
    let common = vector(0.8);
    let kinds: Vec<Vec<f32>> = (0..TYPES).map(|_| vector(0.4)).collect();
    let sum = |word: usize| {
        let own = vector(0.4);
        (0..INPUTS).map(|at| common[at] + kinds[kind(word)][at] + own[at]).collect::<Vec<f32>>()
    };
    let vectors: Vec<f32> = (0..WORDS).flat_map(sum).collect();
    let words = (0..WORDS).map(|word| Word { start: word * 2, end: word * 2 + 1, alphanumeric: true });
    Encoded { id: "n".into(), hash: TextHash::of(""), words: Arc::new(Words::new(words.collect())), vectors: vectors.into() }
}

/// A head that knows the labels of the note.
fn base(note: &Encoded) -> Head {
    let scheme = LabelScheme::from_names("s", &["a", "b", "c"]).unwrap();
    let meta = HeadMeta::fresh(scheme, "");
    let target = |word: usize| (0..3).map(move |label| f32::from(u8::from(labels(kind(word)).contains(label))));
    let examples = Examples {
        inputs: INPUTS,
        labels: 3,
        vectors: note.vectors.wide(),
        targets: (0..WORDS).flat_map(target).collect(),
        weights: vec![1.0; WORDS * 3],
    };
    let fresh = Head::new(meta, INPUTS, None, &[0.25, 0.5, 0.25], 0).unwrap();
    let settings = HeadTraining { passes: 8, batch: 2048, least_steps: 300, learning_rate: 3e-3, decay: 0.0, seed: 0 };
    let mut trainer = Trainer::new(&fresh, Arc::new(examples), |_| true, settings).unwrap();
    while !trainer.done() {
        trainer.step().unwrap();
    }
    trainer.head().unwrap()
}

fn learn(base: &Head, note: &Encoded, cells: Vec<DecidedCell>) -> TrainedHead {
    learn_beside(base, Learned::default(), base, note, cells)
}

fn learn_beside(active: &Head, learned: Learned, model: &Head, note: &Encoded, cells: Vec<DecidedCell>) -> TrainedHead {
    let decisions = vec![DocumentDecisions { document: 0, cells }];
    finish(
        Learning::new(TrainJob { base: 4, learned, through: 9, seed: 2, decisions }, model.clone(), active.clone()).unwrap(),
        note,
    )
}

/// The same decisions on a dozen documents that read alike.
fn learn_of_a_dozen(base: &Head, note: &Encoded, cells: &[DecidedCell]) -> TrainedHead {
    let decisions = (0..12).map(|document| DocumentDecisions { document, cells: cells.to_vec() }).collect();
    let job = TrainJob { base: 4, learned: Learned::default(), through: 9, seed: 2, decisions };
    finish(Learning::new(job, base.clone(), base.clone()).unwrap(), note)
}

fn finish(mut learning: Learning, note: &Encoded) -> TrainedHead {
    let mut share = 0.0;
    while let Some(document) = learning.wants() {
        assert!((share..1.0).contains(&learning.read()));
        share = learning.read();
        learning.take(&Encoded { id: document.to_string().as_str().into(), ..note.clone() }).unwrap();
    }
    assert_eq!(learning.read(), 1.0);
    let mut before = 0.0;
    loop {
        match learning.step().unwrap() {
            Outcome::More { done, .. } => {
                assert!((before..=1.0).contains(&done), "{done} after {before}");
                before = done;
            }
            Outcome::Done(trained) => return *trained,
        }
    }
}

fn sets(head: &Head, note: &Encoded) -> Vec<LabelSet> {
    Predictions::new(0, 3, head.probabilities(&note.vectors.wide()).unwrap()).sets(&head.meta.thresholds)
}

#[test]
fn twenty_corrections_are_learned_and_what_nobody_touched_stays_as_it_was() {
    let note = note();
    let base = base(&note);
    let before = sets(&base, &note);
    assert!((0..WORDS).filter(|&word| before[word] == labels(kind(word))).count() > WORDS * 95 / 100);
    // A kind of word without a label gets one.
    let new = 3;
    let corrected: Vec<usize> = (0..WORDS).filter(|&word| kind(word) == new).take(20).collect();
    let cells = corrected.iter().map(|&word| DecidedCell {
        word: word as u32,
        label: 0,
        present: true,
        manner: Manner::Single,
        event: 0,
    });
    let after = sets(&Head::from_bytes(&learn(&base, &note, cells.collect()).head).unwrap(), &note);
    let learned = corrected.iter().filter(|&&word| after[word].contains(0)).count();
    assert!(learned >= 19, "{learned} of 20 are followed");
    let others: Vec<usize> = (0..WORDS).filter(|&word| kind(word) != new).collect();
    let changed = others.iter().filter(|&&word| before[word] != after[word]).count();
    assert!(changed * 20 <= others.len(), "{changed} of {} others changed", others.len());
}

#[test]
fn as_many_documents_are_read_along_as_have_words_enough() {
    for (documents, words, along) in [(5, 10, 5), (30, 10_000, 8), (500, 20, 200), (5_000, 1, 400), (20, 400, 10)] {
        assert_eq!(read_along((0..documents).map(|document| (document, words))).len(), along, "{documents} of {words}");
    }
    assert_eq!(read_along([(3, 1), (1, 1), (2, 1)]), [1, 2, 3]);
}

#[test]
fn bulk_accepts_teach_but_never_judge() {
    let note = note();
    let base = base(&note);
    let of = |manner| {
        let cells = (0..100).flat_map(|word| (0..3).map(move |label| (word, label)));
        let cell = |(word, label): (usize, usize)| DecidedCell {
            word: word as u32,
            label: label as u16,
            present: !labels(kind(word)).contains(label),
            manner,
            event: 0,
        };
        learn(&base, &note, cells.map(cell).collect())
    };
    let (accepted, single) = (of(Manner::Bulk), of(Manner::Single));
    assert_eq!(accepted.verdict, crate::domain::Verdict::NotJudged);
    assert!(accepted.head != base.to_bytes().unwrap().into());
    assert_ne!(single.verdict, crate::domain::Verdict::NotJudged);
    assert_eq!((single.base, single.through, single.seed), (4, 9, 2));
    assert_eq!(single.metrics["decided_cells"], 300);
}

/// Decisions on all cells of some words; those with `wrong` are the opposite of what is so.
fn decided(words: std::ops::Range<usize>, wrong: impl Fn(usize) -> bool, manner: Manner) -> Vec<DecidedCell> {
    let cells = words.flat_map(|word| (0..3).map(move |label| (word, label)));
    let cell = |(word, label): (usize, usize)| {
        let present = labels(kind(word)).contains(label) != wrong(word * 3 + label);
        DecidedCell { word: word as u32, label: label as u16, present, manner, event: 0 }
    };
    cells.map(cell).collect()
}

#[test]
fn training_again_neither_counts_decisions_twice_nor_judges_by_what_was_learned() {
    let note = note();
    let model = base(&note);
    let mut cells = decided(0..100, |cell| cell % 9 == 0, Manner::Single);
    let first = learn(&model, &note, cells.clone());
    let active = Head::from_bytes(&first.head).unwrap();
    let learned = Learned { through: 5, since: 5, held_out_of: None };
    cells.iter_mut().for_each(|cell| cell.event = 5);
    let again = learn_beside(&active, learned, &model, &note, cells.clone());
    assert_eq!(again.head, first.head, "nothing new was decided");
    assert_eq!((again.verdict, again.reason.contains("too few new")), (crate::domain::Verdict::NotJudged, true));
    let mut more = decided(100..200, |cell| cell % 9 == 0, Manner::Single);
    more.iter_mut().for_each(|cell| cell.event = 6);
    cells.extend(more);
    let judged = learn_beside(&active, learned, &model, &note, cells);
    assert!(judged.reason.contains("on 300 cross-validated decisions"), "{}", judged.reason);
    let by_label = judged.metrics["judged"].as_object().unwrap();
    assert!(by_label.values().all(|counts| counts.as_array().is_some_and(|counts| counts.len() == 4)), "{by_label:?}");
    assert!(!by_label.is_empty());
    assert_eq!(judged.metrics["decided_cells"], 600);
}

#[test]
fn the_same_job_gives_the_same_bytes_and_another_seed_others() {
    let note = note();
    let base = base(&note);
    let cells = decided(0..WORDS, |_| false, Manner::Single);
    let bytes = |seed| {
        let decisions = vec![DocumentDecisions { document: 0, cells: cells.clone() }];
        let job = TrainJob { base: 0, learned: Learned::default(), through: 0, seed, decisions };
        finish(Learning::new(job, base.clone(), base.clone()).unwrap(), &note).head
    };
    assert_eq!(bytes(1), bytes(1));
    assert_ne!(bytes(1), bytes(2));
}

#[test]
fn what_a_curve_shows_is_not_taught_to_the_layer_before_it() {
    let note = note();
    // It shows everything as less likely than the last layer has it.
    let curve = Curve::IDENTITY.then(Platt { scale: 0.7, shift: -1.5 });
    let base = base(&note).with_curves(vec![curve; 3]);
    let shown = |head: &Head| head.probabilities(&note.vectors.wide()).unwrap();
    let before = sets(&base, &note);
    // All that is shown as absent is accepted.
    let absent = |cell: &DecidedCell| shown(&base)[cell.word as usize * 3 + usize::from(cell.label)] < 0.2;
    let mut cells = decided(0..100, |_| false, Manner::Bulk);
    cells.iter_mut().for_each(|cell| cell.present = false);
    cells.retain(absent);
    assert!(cells.len() > 100, "{}", cells.len());
    let head = Head::from_bytes(&learn(&base, &note, cells).head).unwrap();
    let moved = shown(&base).iter().zip(shown(&head)).map(|(before, after)| (before - after).abs()).fold(0.0, f32::max);
    assert!(moved < 0.02, "moved by {moved}");
    assert_eq!((sets(&head, &note), &head.meta.curves), (before, &base.meta.curves));
}

#[test]
fn a_label_that_nobody_decided_keeps_its_row_and_thresholds_follow_enough_decisions() {
    let note = note();
    let base = base(&note);
    let mut cells = decided(0..WORDS, |_| false, Manner::Single);
    cells.retain(|cell| cell.label != 2);
    let trained = learn_of_a_dozen(&base, &note, &cells);
    let head = Head::from_bytes(&trained.head).unwrap();
    let probabilities = |head: &Head, label: usize| -> Vec<f32> {
        head.probabilities(&note.vectors.wide()).unwrap().into_iter().skip(label).step_by(3).collect()
    };
    assert_eq!(probabilities(&head, 2), probabilities(&base, 2));
    assert_ne!(probabilities(&head, 0), probabilities(&base, 0));
    assert_eq!((head.meta.thresholds[2], &trained.metrics["tuned_labels"]), (0.5, &json!(2)));
    assert_eq!((head.meta.calibration.len(), head.meta.calibration[2]), (3, Platt::IDENTITY));
    // Passages of one document are too alike to tune by.
    assert_eq!(learn(&base, &note, cells.clone()).metrics["tuned_labels"], json!(0));
    // Here and there a decision tells what is wrong, not how often something is.
    cells.retain(|cell| cell.word % 2 == 0);
    let trained = learn_of_a_dozen(&base, &note, &cells);
    assert_eq!(trained.metrics["tuned_labels"], json!(0));
    assert_eq!(Head::from_bytes(&trained.head).unwrap().meta.thresholds, [0.5; 3]);
}

#[test]
fn what_was_passed_over_is_taught_as_it_was_shown_then() {
    let note = note();
    let model = base(&note);
    // A first training has learned that one kind of word has no label after all.
    let (turned, other) = (4, 3);
    let of_kind = |wanted: usize| (0..WORDS).filter(move |&word| kind(word) == wanted);
    let cell = |word: usize, present, event| DecidedCell { word: word as u32, label: 0, present, manner: Manner::Single, event };
    let first: Vec<DecidedCell> = of_kind(turned).take(20).map(|word| cell(word, false, 4)).collect();
    let active = Head::from_bytes(&learn(&model, &note, first.clone()).head).unwrap();
    let has = |head: &Head| of_kind(turned).filter(|&word| sets(head, &note)[word].contains(0)).count();
    assert!(has(&model) > 25 && has(&active) < 6, "{} and {}", has(&model), has(&active));
    // In the next note she passes over thirty such words, shown without it, to correct something at the end; or it is not
    // known any more beside what she passed over them.
    for event in [6, 4] {
        let last = of_kind(other).next_back().unwrap();
        let decisions = vec![
            DocumentDecisions { document: 0, cells: first.clone() },
            DocumentDecisions { document: 1, cells: vec![cell(last, true, event)] },
        ];
        let job =
            TrainJob { base: 1, learned: Learned { through: 5, since: 5, held_out_of: None }, through: 9, seed: 2, decisions };
        let after = finish(Learning::new(job, model.clone(), active.clone()).unwrap(), &note);
        let after = has(&Head::from_bytes(&after.head).unwrap());
        assert!(after < 8, "{after} of 30 have the label again, corrected in event {event}");
    }
}

#[test]
fn only_what_was_corrected_beside_the_model_tells_of_the_words_before() {
    let note = note();
    let model = base(&note);
    for (manner, tells) in [(Manner::Single, true), (Manner::Blind, false), (Manner::Gold, false), (Manner::Bulk, false)] {
        let cells = vec![DecidedCell { word: WORDS as u32 - 1, label: 0, present: true, manner, event: 1 }];
        let decisions = vec![DocumentDecisions { document: 0, cells }];
        let job = TrainJob { base: 0, learned: Learned::default(), through: 1, seed: 2, decisions };
        let mut learning = Learning::new(job, model.clone(), model.clone()).unwrap();
        learning.take(&note).unwrap();
        let passed_over = learning.origins.iter().filter(|origin| matches!(origin, Origin::PassedOver(_))).count();
        assert_eq!(passed_over > 0, tells, "{manner:?}: {passed_over}");
    }
}

#[test]
fn what_passages_held_out_was_seen_once_documents_are_held_out() {
    let note = note();
    let model = base(&note);
    let mut cells = decided(0..100, |cell| cell % 9 == 0, Manner::Single);
    cells.iter_mut().for_each(|cell| cell.event = if cell.word < 90 { 5 } else { 6 });
    for (held_out_of, on) in [(None, "360 cross-validated"), (Some(5), "360 cross-validated"), (Some(12), "held-out")] {
        let decisions = (0..12).map(|document| DocumentDecisions { document, cells: cells.clone() }).collect();
        let job = TrainJob { base: 1, learned: Learned { through: 5, since: 5, held_out_of }, through: 6, seed: 2, decisions };
        let reason = finish(Learning::new(job, model.clone(), model.clone()).unwrap(), &note).reason;
        assert!(reason.contains(on), "{held_out_of:?}: {reason}");
    }
}

#[test]
fn of_too_many_documents_those_decided_by_hand_are_learned_from_first() {
    let document = |document: usize, words: u32, manner, event| {
        let cells = (0..words).flat_map(|word| [0, 1].map(|label| DecidedCell { word, label, present: true, manner, event }));
        DocumentDecisions { document, cells: cells.collect() }
    };
    let decisions = vec![
        document(0, 50, Manner::Gold, 1),
        document(1, 50, Manner::Single, 7),
        document(2, 50, Manner::Bulk, 9),
        document(3, 50, Manner::Blind, 8),
        document(4, 200, Manner::Single, 6),
    ];
    let kept =
        |most, seed| -> Vec<usize> { enough(decisions.clone(), most, seed).iter().map(|document| document.document).collect() };
    assert_eq!(kept(400, 0), [0, 1, 2, 3, 4], "all fit");
    assert_eq!(kept(300, 0), [1, 3, 4]);
    assert_eq!(kept(10, 0), [3], "the latest at least");
    assert_eq!(kept(399, 0).len(), 4);
    let chosen: BTreeSet<Vec<usize>> = (0..20).map(|seed| kept(150, seed)).collect();
    assert_eq!(chosen, BTreeSet::from([vec![0, 1, 3], vec![1, 2, 3]]), "gold and bulk by lot");
}

#[test]
fn what_is_right_in_few_documents_makes_decisions_one_sided() {
    let note = note();
    let model = base(&note);
    let one_sided = |documents: usize, manner: Manner| {
        let cells = decided(0..WORDS, |_| false, manner);
        let decisions = (0..documents).map(|document| DocumentDecisions { document, cells: cells.clone() }).collect();
        let job = TrainJob { base: 0, learned: Learned::default(), through: 1, seed: 2, decisions };
        let mut learning = Learning::new(job, model.clone(), model.clone()).unwrap();
        (0..documents).for_each(|_| learning.take(&note).unwrap());
        learning.one_sided()[0]
    };
    assert_eq!([1, 4].map(|documents| one_sided(documents, Manner::Bulk)), [1.0, 0.25]);
    assert_eq!([1, 4].map(|documents| one_sided(documents, Manner::Single)), [0.0, 0.0], "each was looked at by itself");
}
