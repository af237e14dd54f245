use proptest::prelude::*;

use super::*;
use crate::domain::{Edit, EditId, Scope};
use crate::tokenization::segment;

#[test]
fn uncertainty_peaks_at_the_threshold() {
    let rows = [
        (0.5, 0.5, 1.0),
        (0.25, 0.5, 0.5),
        (0.75, 0.5, 0.5),
        (0.2, 0.2, 1.0),
        (0.6, 0.2, 0.5),
        (0.0, 0.3, 0.0),
        (1.0, 0.3, 0.0),
        (0.4, 0.0, 0.6),
        (0.4, 1.0, 0.4),
        (1.0, 1.0, 0.0),
        (f32::NAN, 0.5, 0.0),
    ];
    for (p, threshold, expected) in rows {
        let found = cell_uncertainty(p, threshold);
        assert!((found - expected).abs() < 1e-6, "p {p}, threshold {threshold}: {found}, not {expected}");
    }
    assert_eq!(uncertainty(&[0.01, 0.5, 0.99], &[0.5; 3]), 1.0, "the least certain label counts");
    assert_eq!(uncertainty(&[], &[]), 0.0);
}

#[test]
fn a_document_is_as_unsure_as_its_words_on_average() {
    let words = segment("chest pain.");
    let predictions = Predictions::new(1, 1, vec![0.5, 0.75, 0.5]);
    assert_eq!(document_uncertainty(&words, &predictions, &[0.5]), 0.75, "the full stop does not count");
    assert_eq!(document_uncertainty(&words, &Predictions::awaited(1, 3, 1), &[0.5]), 0.0);
    assert_eq!(document_uncertainty(&segment(""), &Predictions::awaited(1, 0, 1), &[0.5]), 0.0);
}

#[test]
fn tab_walks_the_uncertain_words_and_passes_decided_ones() {
    let words = segment("a b . c d");
    let predictions = Predictions::new(1, 1, vec![0.5, 0.1, 0.5, 0.6, 0.7]);
    let shown = Shown { predictions: Some(&predictions), thresholds: &[0.5] };
    let mut annotations = Annotations::default();
    let next =
        |annotations: &Annotations, from, direction| next_uncertain(&words, annotations, &shown, from, direction, UNCERTAIN);
    let (forward, backward) = (Direction::Forward, Direction::Backward);
    // from, forwards, backwards: the full stop (2) is unsure too, but no place to stop
    let rows =
        [(0, Some(3), Some(4)), (1, Some(3), Some(0)), (3, Some(4), Some(0)), (4, Some(0), Some(3)), (99, Some(0), Some(4))];
    for (from, ahead, back) in rows {
        assert_eq!(next(&annotations, from, forward), ahead, "forwards from {from}");
        assert_eq!(next(&annotations, from, backward), back, "backwards from {from}");
    }
    let accept: Edit = annotations.accept(EditId(1), [3, 4], Scope::Selection, &shown);
    annotations.apply(&accept);
    assert_eq!(next(&annotations, 1, forward), Some(0));
    assert_eq!(next(&annotations, 0, forward), None, "nothing left but the word one stands on");
    let none_yet = Shown { predictions: None, thresholds: &[0.5] };
    assert_eq!(next_uncertain(&words, &annotations, &none_yet, 0, forward, UNCERTAIN), None);
}

proptest! {
    #[test]
    fn uncertainty_stays_in_bounds(p in 0.0f32..=1.0, threshold in 0.0f32..=1.0) {
        prop_assert!((0.0..=1.0).contains(&cell_uncertainty(p, threshold)));
    }
}
