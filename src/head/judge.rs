//! Whether a new version may replace the active one.
//!
//! Decisions are put in groups (documents, or passages where there are few documents). Where a fixed share of the
//! groups holds enough decided cells, the new version learns from the other groups and is judged on these. Where it
//! doesn't, five versions are trained on four fifths each and judged on the fifth they have not seen, and the version
//! that may be activated learns from everything. Cells accepted in bulk never judge, nor do those that the active version
//! has learned from.

use crate::domain::Verdict;
use crate::metrics::Counts;
use crate::metrics::bootstrap::{Comparison, RESAMPLES, compare};

/// Under this many decisions nothing is judged.
pub const LEAST_DECISIONS: usize = 30;
/// Under this many held-out cells, cross-validation is used.
pub const LEAST_HELD_OUT: usize = 200;
/// Under this many documents, passages are the groups.
pub const LEAST_DOCUMENTS: usize = 10;
/// Words a passage.
pub const PASSAGE: usize = 50;
/// One group in this many is held out; also the number of folds.
pub const FOLDS: u64 = 5;
/// A version that is worse with this confidence is kept aside.
pub const CONFIDENCE: f64 = 0.9;

/// What is left out as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// Documents.
    Documents,
    /// Passages, where there are few documents.
    Passages,
}

impl Grouping {
    /// Of so many documents.
    pub fn of(documents: usize) -> Self {
        if documents >= LEAST_DOCUMENTS { Self::Documents } else { Self::Passages }
    }

    /// The name of the group that a word of a document is in.
    pub fn name(self, document: &str, word: usize) -> String {
        match self {
            Self::Documents => document.to_owned(),
            Self::Passages => format!("{document}#{}", word / PASSAGE),
        }
    }
}

/// The fold of a group, by a hash of its name: the same in every training.
pub fn fold_of(group: &str) -> u64 {
    let hash = blake3::hash(group.as_bytes());
    u64::from_le_bytes(std::array::from_fn(|index| hash.as_bytes()[index])) % FOLDS
}

/// How a version is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// There are too few decisions.
    Not,
    /// On fold 0, from which the version does not learn.
    HeldOut,
    /// On each fold by a version that has learned from the others.
    CrossValidation,
}

/// Chooses the method by the number of judging cells in each fold.
pub fn method(cells: [usize; FOLDS as usize]) -> Method {
    let all: usize = cells.iter().sum();
    let folds = cells.iter().filter(|&&cells| cells > 0).count();
    match cells[0] {
        _ if all < LEAST_DECISIONS || folds < 2 => Method::Not,
        held_out if held_out >= LEAST_HELD_OUT => Method::HeldOut,
        _ => Method::CrossValidation,
    }
}

/// What the judgement says.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// Whether to activate.
    pub verdict: Verdict,
    /// Why, in a sentence with its figures.
    pub reason: String,
    /// The bootstrap's figures, if there was one.
    pub comparison: Option<Comparison>,
}

/// Judges a new version by both versions' counts, (old, new), on each group.
///
/// Where no judged cell has its label, F1 would be 0 for everything: then absence is what is judged.
pub fn judge(groups: &[(Counts, Counts)], method: Method, seed: u64) -> Judgement {
    let absent = groups.iter().all(|(old, _)| old.support() == 0);
    let swapped: Vec<(Counts, Counts)>;
    let groups = if absent {
        swapped = groups.iter().map(|&(old, new)| (opposite(old), opposite(new))).collect();
        &swapped
    } else {
        groups
    };
    let cells: u64 = groups.iter().map(|(old, _)| old.cells()).sum();
    let comparison = match method {
        Method::Not => None,
        Method::HeldOut | Method::CrossValidation => compare(groups, seed, RESAMPLES),
    };
    let Some(found) = comparison else {
        let reason = "not judged yet: too few new decisions to hold any out".to_owned();
        return Judgement { verdict: Verdict::NotJudged, reason, comparison: None };
    };
    let total = |which: fn(&(Counts, Counts)) -> Counts| {
        let mut sum = Counts::default();
        groups.iter().for_each(|group| sum += which(group));
        sum.f1()
    };
    let (old, new) = (total(|group| group.0), total(|group| group.1));
    let how = match method {
        Method::HeldOut => "held-out",
        Method::CrossValidation | Method::Not => "cross-validated",
    };
    let figures = format!("F1 {new:.2} after {old:.2} on {cells} {how} decisions");
    let worse = found.worse >= CONFIDENCE;
    let (verdict, reason) = match worse {
        true => (Verdict::KeptAside, format!("kept aside: {figures}, worse with {:.0}% confidence", found.worse * 100.0)),
        false => (Verdict::Activated, figures),
    };
    Judgement { verdict, reason, comparison }
}

/// The counts of absence instead of presence.
fn opposite(counts: Counts) -> Counts {
    Counts { tp: counts.tn, fp: counts.fn_, fn_: counts.fp, tn: counts.tp }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_method_follows_the_number_of_decisions() {
        for (cells, expected) in [
            ([0, 0, 0, 0, 0], Method::Not),
            ([10, 10, 5, 4, 0], Method::Not),
            ([500, 0, 0, 0, 0], Method::Not),
            ([10, 10, 5, 4, 1], Method::CrossValidation),
            ([0, 400, 400, 400, 400], Method::CrossValidation),
            ([199, 500, 0, 0, 0], Method::CrossValidation),
            ([200, 1, 0, 0, 0], Method::HeldOut),
        ] {
            assert_eq!(method(cells), expected, "{cells:?}");
        }
    }

    #[test]
    fn a_clearly_worse_version_is_kept_aside_and_a_better_or_equal_one_activated() {
        let counts = |tp, fp, fn_| Counts { tp, fp, fn_, tn: 20 };
        let verdict = |old, new| judge(&[(old, new); 12], Method::HeldOut, 1).verdict;
        assert_eq!(verdict(counts(9, 1, 1), counts(5, 3, 5)), Verdict::KeptAside);
        assert_eq!(verdict(counts(5, 3, 5), counts(9, 1, 1)), Verdict::Activated);
        assert_eq!(verdict(counts(5, 3, 5), counts(5, 3, 5)), Verdict::Activated);
        let removed = |tn, fp| Counts { tp: 0, fp, fn_: 0, tn };
        assert_eq!(verdict(removed(20, 0), removed(5, 15)), Verdict::KeptAside, "labels that were removed come back");
        assert_eq!(verdict(removed(5, 15), removed(20, 0)), Verdict::Activated);
        assert_eq!(judge(&[], Method::Not, 1).verdict, Verdict::NotJudged);
    }
}
