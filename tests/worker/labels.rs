//! Labels that the model does not know, or knows and does not use.

use super::*;

#[test]
fn a_project_of_other_labels_gets_what_the_model_knows_of_them() {
    let other = LabelScheme::from_names("other", &["anatomy", "new", "symptom"]).unwrap();
    let texts = texts();
    let own = Bench::new(MODEL.path(), corpus(&texts), [focus(1, 0, &[])]);
    let own = predicted(&own.until(all_encoded), 0, 3).remove(&1).unwrap();
    let bench = Bench::with(MODEL.path(), other, corpus(&texts), [focus(1, 0, &[])]);
    let found = predicted(&bench.until(all_encoded), 0, 3).remove(&1).unwrap();
    for word in 0..own.words() {
        let (own, found) = (own.word(word).unwrap(), found.word(word).unwrap());
        assert_eq!([own[2], own[0]], [found[0], found[2]]);
        assert!(found[1] < 0.05, "{found:?}");
    }
    bench.finish();
}

/// What the worker says of a label on each word of a document, up to two figures.
fn column(replies: &[Reply], of: usize, labels: usize, label: usize) -> BTreeMap<usize, f32> {
    let mut column = BTreeMap::new();
    for reply in replies {
        if let Reply::Predicted { document, first, rows, .. } = reply
            && *document == of
        {
            column.extend(rows.chunks_exact(labels).enumerate().map(|(at, row)| (first + at, row[label])));
        }
    }
    column
}

#[test]
fn seed_terms_suggest_a_label_until_a_training_has_learned_it() {
    let mut own = scheme();
    own.labels[0].seeds = vec!["fever".into()];
    let own = own.extended(&["time", "unheard"]).unwrap();
    let own = LabelScheme {
        labels: own
            .labels
            .into_iter()
            .map(|mut label| {
                if label.name == "time" {
                    label.seeds = vec!["3 cab*".into()];
                }
                if label.name == "unheard" {
                    label.seeds = vec!["fever".into()];
                }
                label
            })
            .collect(),
        ..own
    };
    let texts = texts();
    let words = segment(&texts[0]);
    let named = |names: &[&str]| -> Vec<usize> {
        (0..words.len()).filter(|&word| names.contains(&words[word].slice(&texts[0]))).collect()
    };
    let seeded: Vec<usize> =
        named(&["3"]).into_iter().filter(|&at| words.get(at + 1).is_some_and(|next| next.slice(&texts[0]) == "cabs")).collect();
    assert!(!seeded.is_empty());
    let bench = Bench::with(MODEL.path(), own.clone(), corpus(&texts), [focus(0, 0, &[])]);
    let all = |reply: &Reply| matches!(reply, Reply::Summary { document: 0, .. });
    let replies = bench.until(all);
    assert!(
        replies.iter().any(|reply| matches!(reply, Reply::Using { suggested, .. } if suggested.iter().eq([3, 4]))),
        "{replies:?}"
    );
    let suggested = |column: &BTreeMap<usize, f32>| -> Vec<usize> {
        column.iter().filter(|(_, probability)| **probability == 0.6).map(|(&word, _)| word).collect()
    };
    let mut expected: Vec<usize> = seeded.iter().flat_map(|&word| [word, word + 1]).collect();
    expected.dedup();
    assert_eq!(suggested(&column(&replies, 0, 5, 3)), expected);
    assert_eq!(suggested(&column(&replies, 0, 5, 4)), named(&["fever"]));
    assert!(suggested(&column(&replies, 0, 5, 0)).is_empty(), "a label that the model knows is not suggested");

    // Some words have the new label; nothing says which word has the other one.
    let cells =
        seeded.iter().map(|&word| DecidedCell { word: word as u32, label: 3, present: true, manner: Manner::Single, event: 0 });
    let absent = (0..10).map(|word| DecidedCell { word, label: 4, present: false, manner: Manner::Single, event: 0 });
    let mut cells: Vec<DecidedCell> = cells.chain(absent).collect();
    cells.sort_by_key(|cell| (cell.word, cell.label));
    let job = TrainJob {
        base: 0,
        learned: Learned::default(),
        through: 9,
        seed: 1,
        decisions: vec![DocumentDecisions { document: 0, cells }],
    };
    let trained = bench.train(&job);
    let unlearned = Head::from_bytes(&trained.head).unwrap().unlearned().unwrap();
    assert_eq!(unlearned.iter().collect::<Vec<_>>(), [4], "no decision says what it looks like");
    bench.order(Command::UseHead { version: 1, head: Some(trained.head.clone()) });
    let replies = bench.until(|reply| matches!(reply, Reply::Summary { document: 0, version: 1, .. }));
    assert!(
        replies.iter().any(|reply| matches!(reply, Reply::Using { suggested, .. } if suggested.iter().eq([4]))),
        "{replies:?}"
    );
    assert!(suggested(&column(&replies, 0, 5, 3)).is_empty(), "the training has learned it");
    assert_eq!(suggested(&column(&replies, 0, 5, 4)), named(&["fever"]));
    bench.finish();
}

#[test]
fn word_vectors_outlive_a_worker_whatever_the_labels_are() {
    let vectors = SharedVectors::default();
    let texts = texts();
    let run = |scheme: LabelScheme, corpus: Corpus| -> Vec<Reply> {
        let (commands, inbox) = channel();
        commands.send(focus(1, 0, &[])).unwrap();
        let (outbox, replies) = channel();
        let setup = Setup {
            source: ModelSource::Directory(MODEL.path().to_owned()),
            device: DeviceChoice::Cpu,
            precision: None,
            corpus: Arc::new(corpus),
            scheme: Arc::new(scheme),
            cache: None,
        };
        let thread = spawn_with(setup, vectors.clone(), inbox, move |reply| outbox.send(reply).unwrap_or_default()).unwrap();
        let bench = Bench { commands, replies, thread };
        let replies = bench.until(|reply| matches!(reply, Reply::Encoded { done, total } if done == total));
        bench.finish();
        replies
    };
    run(scheme(), corpus(&texts));
    let known = vectors.lock().documents();
    assert_eq!(known, [0, 1, 2, 3, 4]);
    let pointer = |document: usize| vectors.lock().get(document).map(|encoded| encoded.vectors.halves().as_ptr());
    let before: Vec<_> = known.iter().map(|&document| pointer(document)).collect();
    let mut own = LabelScheme::from_names("own", &["drug", "new"]).unwrap();
    own.labels[1].seeds = vec!["knee".into()];
    let replies = run(own, corpus(&texts));
    assert_eq!(known.iter().map(|&document| pointer(document)).collect::<Vec<_>>(), before, "nothing is encoded again");
    let suggested = column(&replies, 1, 2, 1).values().filter(|&&probability| probability == 0.6).count();
    assert_eq!(suggested, texts[1].matches("knee").count(), "terms are found in notes that were not read again");
    // Other documents in their place.
    let mut other = texts;
    other.remove(0);
    run(scheme(), corpus(&other));
    assert_eq!(vectors.lock().documents(), [0, 1, 2, 3]);
    assert_eq!(vectors.lock().get(0).unwrap().words.len(), segment(&other[0]).len());
}

#[test]
fn what_was_learned_of_labels_that_are_not_in_use_is_known_when_they_come_back() {
    let texts = texts();
    let job = |base: u64, label: u16| {
        let cells = (0..6).map(|word| DecidedCell { word, label, present: word % 2 == 0, manner: Manner::Single, event: 0 });
        TrainJob {
            base,
            learned: Learned::default(),
            through: 9,
            seed: 1,
            decisions: vec![DocumentDecisions { document: 0, cells: cells.collect() }],
        }
    };
    let named = |names: &[&str]| LabelScheme::from_names("own", names).unwrap();
    let first = named(&["symptom", "drug", "mark"]);
    let bench = Bench::with(MODEL.path(), first.clone(), corpus(&texts), []);
    let one = Head::from_bytes(&bench.train(&job(0, 2)).head).unwrap();
    assert!(one.meta.scheme.names().eq(first.names()), "the model's other labels are the model's");
    bench.finish();

    let second = named(&["anatomy", "drug", "other"]);
    let head = Some(one.to_bytes().unwrap().into());
    let bench = Bench::with(MODEL.path(), second, corpus(&texts), [Command::UseHead { version: 1, head }]);
    bench.until(|reply| matches!(reply, Reply::Using { version: 1, .. }));
    let two = Head::from_bytes(&bench.train(&job(1, 2)).head).unwrap();
    bench.finish();
    let names: Vec<&str> = two.meta.scheme.names().collect();
    assert_eq!(names, ["anatomy", "drug", "other", "symptom", "mark"]);
    assert!(two.unlearned().unwrap().is_empty());
    let vector: Vec<f32> = (0..24).map(|at| at as f32 / 24.0).collect();
    let (before, after) = (one.probabilities(&vector).unwrap(), two.probabilities(&vector).unwrap());
    assert_eq!((after[3], after[4]), (before[0], before[2]), "symptom and mark are as they were");
}
