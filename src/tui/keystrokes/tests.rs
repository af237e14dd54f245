//! Counts that can be checked by hand, and that whatever is predicted is brought to gold.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::domain::notation;
use crate::tokenization::segment;

/// What is predicted and what is right, in the notation; the two have the same text.
fn task(predicted: &str, gold: &str, labels: &[&str]) -> Task {
    let scheme = Arc::new(LabelScheme::from_names("tests", labels).unwrap());
    let sets = |note: &str| {
        let (text, spans) = notation::parse(note);
        let words = segment(&text);
        let mut sets = vec![LabelSet::EMPTY; words.len()];
        for span in spans {
            let label = scheme.index(&span.label).unwrap();
            words.overlapping(span.start..span.end).for_each(|word| sets[word].insert(label));
        }
        (text, words, sets)
    };
    let ((text, words, predicted), (same, _, gold)) = (sets(predicted), sets(gold));
    assert_eq!(text, same);
    let cell = |set: &LabelSet, label: usize| if set.contains(label) { 0.9 } else { 0.1 };
    let rows = predicted.iter().flat_map(|set| (0..labels.len()).map(|label| cell(set, label))).collect();
    Task {
        document: Arc::new(Document::new("note", text)),
        words: Arc::new(words),
        keymap: Arc::new(Keymap::bundled().unwrap()),
        predictions: Predictions::new(0, labels.len(), rows),
        thresholds: vec![0.5; labels.len()].into(),
        gold: gold.into(),
        scheme,
    }
}

const FEW: [&str; 3] = ["SYM", "SEV", "ANA"];

/// Twelve labels: the last two have no digit.
const MANY: [&str; 12] = ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L"];

#[test]
fn keys_are_few_and_lead_to_gold() {
    let check = |labels: &[&str], predicted: &str, gold: &str, ours: &str, slate: usize| {
        let counted = count(&task(predicted, gold, labels)).unwrap_or_else(|| panic!("{predicted} to {gold}: no way"));
        // Others may do the same; none of them is known that are fewer.
        assert_eq!(counted.ours.len(), ours.split_whitespace().count(), "{ours} for {predicted} to {gold}: {:?}", counted.ours);
        assert_eq!(counted.slate, slate, "{predicted} to {gold}");
    };
    check(&FEW, "no pain", "no pain", "D", 1);
    check(&FEW, "no [pain](SYM)", "no [pain](SYM)", "D", 4);
    check(&FEW, "no pain", "no [pain](SYM)", "right 1 D", 4);
    check(&FEW, "no pain now", "no [pain](SYM,SEV) now", "right 1 2 D", 6);
    // A phrase that is wrong as a whole: to its beginning, the phrase, the label.
    check(&FEW, "no [bad old chest pain](SYM) now", "no bad old chest pain now", "right v 1 D", 1);
    check(&FEW, "bad old chest [pain](SYM)", "bad old chest [pain](SYM)", "D", 4);
    // Without a digit, the same again is one key.
    check(&MANY, "a b c d", "[a](L) b [c](L) d", "space l right right . D", 7);
    // All places that read alike in two keys.
    check(
        &FEW,
        "cough one two six cough one two ten cough one two six cough",
        "[cough](SYM) one two six [cough](SYM) one two ten [cough](SYM) one two six [cough](SYM)",
        "1 * enter D",
        16,
    );
    check(&FEW, "", "", "", 1);
}

#[test]
fn a_long_note_is_read_to_its_end() {
    let note = (0..200).map(|line| format!("line{line}\n")).collect::<String>();
    let counted = count(&task(&note, &note, &FEW)).unwrap();
    assert!(counted.ours.len() > 4 && counted.ours.len() < 10, "{:?}", counted.ours);
    assert_eq!(counted.moving + 1, counted.ours.len());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn whatever_is_predicted_is_brought_to_gold(cells in prop::collection::vec((0..8_u8, 0..8_u8), 1..24)) {
        let write = |of: fn(&(u8, u8)) -> u8| {
            let word = |(at, cell): (usize, &(u8, u8))| {
                let labels: Vec<&str> = (0..3).filter(|label| of(cell) >> label & 1 == 1).map(|label| FEW[label]).collect();
                let word = ["pain", "cough", "Rest"][at % 3];
                let end = [" ", ", ", ". ", "\n"][at % 4];
                if labels.is_empty() { format!("{word}{end}") } else { format!("[{word}]({}){end}", labels.join(",")) }
            };
            cells.iter().enumerate().map(word).collect::<String>()
        };
        let counted = count(&task(&write(|cell| cell.0), &write(|cell| cell.1), &FEW));
        prop_assert!(counted.is_some());
        let counted = counted.unwrap();
        prop_assert_eq!(counted.wrong, cells.iter().filter(|(predicted, gold)| predicted != gold).count());
    }
}
