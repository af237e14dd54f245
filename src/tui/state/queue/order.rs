//! What the queue can be ordered by.

use crate::active_learning::{STRATEGIES, Strategy};

/// An order of the queue.
#[derive(Clone, Copy, Debug)]
pub enum Order {
    /// As the corpus has its documents.
    Corpus,
    /// By their names.
    Names,
    /// By an acquisition function.
    Ranked(&'static Strategy),
}

impl PartialEq for Order {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Ranked(own), Self::Ranked(other)) => own.name == other.name,
            (Self::Corpus, Self::Corpus) | (Self::Names, Self::Names) => true,
            _ => false,
        }
    }
}

impl Order {
    /// All orders: the corpus's own, by name, and the acquisition functions.
    fn all() -> Vec<Self> {
        let ranked = STRATEGIES.into_iter().map(Self::Ranked);
        [Self::Corpus, Self::Names].into_iter().chain(ranked).collect()
    }

    /// The order behind (or before) this one, all round.
    pub fn next(self, forward: bool) -> Self {
        let all = Self::all();
        let here = all.iter().position(|&other| other == self).unwrap_or(0);
        let step = if forward { 1 } else { all.len() - 1 };
        all[(here + step) % all.len()]
    }

    /// The acquisition function, if it is one.
    pub fn strategy(self) -> Option<&'static Strategy> {
        match self {
            Self::Ranked(strategy) => Some(strategy),
            Self::Corpus | Self::Names => None,
        }
    }
}

/// The indices of some names in the order of the alphabet, whatever their case; numbers in them by their value.
pub(super) fn by_name(names: &[&str]) -> Vec<usize> {
    let mut keyed: Vec<(Vec<Part>, usize)> = names.iter().enumerate().map(|(index, name)| (parts(name), index)).collect();
    keyed.sort();
    keyed.into_iter().map(|(_, index)| index).collect()
}

/// A stretch of a name.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    /// Digits without the zeros before them: the longer the greater.
    Number(usize, String),
    /// Anything else.
    Text(String),
}

fn parts(name: &str) -> Vec<Part> {
    let characters: Vec<char> = name.to_lowercase().chars().collect();
    let stretches = characters.chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit());
    let part = |stretch: &[char]| {
        let text: String = stretch.iter().collect();
        if !text.starts_with(|c: char| c.is_ascii_digit()) {
            return Part::Text(text);
        }
        let digits = text.trim_start_matches('0');
        Part::Number(digits.len(), digits.to_owned())
    };
    stretches.map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::active_learning::DEFAULT;

    #[test]
    fn names_are_ordered_as_people_do() {
        let names = ["note 10", "Note 2", "alpha", "note 2b", "", "note", "2", "10", "note 002"];
        let ordered: Vec<&str> = by_name(&names).into_iter().map(|index| names[index]).collect();
        assert_eq!(ordered, ["", "2", "10", "alpha", "note", "Note 2", "note 002", "note 2b", "note 10"]);
    }

    #[test]
    fn orders_go_round_in_both_directions() {
        let (mut order, mut seen) = (Order::Ranked(DEFAULT), Vec::new());
        loop {
            order = order.next(true);
            seen.push(order);
            if order == Order::Ranked(DEFAULT) {
                break;
            }
        }
        let names: Vec<_> = seen.iter().map(|order| order.strategy().map(|strategy| strategy.name)).collect();
        assert!(names.contains(&Some("random")) && names.contains(&Some("bald")), "{names:?}");
        assert!(seen.contains(&Order::Corpus) && seen.contains(&Order::Names));
        assert_eq!(order.next(false), seen[seen.len() - 2]);
    }
}
