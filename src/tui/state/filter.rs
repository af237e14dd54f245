//! Which notes of the queue are shown: those for which every term of a line holds. What is known of a note decides at
//! once; what is not known yet (its text, what the model says of it) decides when it has come.

pub mod term;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use self::term::{Amount, Read, Term, Test, Wanted};
use super::queue::QueueRow;
use crate::domain::LabelScheme;

/// Who has decided something in which notes; the names in lower case, as they are looked for.
pub type Annotators = BTreeMap<Arc<str>, BTreeSet<usize>>;

/// Whether a note is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// It is not.
    Out,
    /// It is.
    In,
    /// That depends on something that has not come yet, beside its text.
    Awaited,
    /// That depends on its text alone, which nobody has looked through yet.
    Unread,
}

/// Whether a note contains a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    Unknown,
    No,
    Yes,
}

/// A word, and what is known of each note.
#[derive(Clone, Debug, PartialEq)]
struct Sought {
    wanted: Wanted,
    seen: Vec<Seen>,
}

/// How many notes are shown, and of how many that is not known yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Those that are shown.
    pub shown: usize,
    /// Those of which something has not come yet, beside their text.
    pub awaited: usize,
    /// Those whose text is still to be looked through.
    pub unread: usize,
}

/// A filter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// The line, as typed.
    pub query: String,
    /// What is wrong with a term of it: a sentence without its end. That term is left out.
    pub problem: Option<String>,
    terms: Vec<Term>,
    sought: Vec<Sought>,
    verdicts: Vec<Verdict>,
    counted: Counted,
    /// Whether what is predicted may not be told.
    blind: bool,
}

impl Filter {
    /// Reads a line and applies it. What an earlier line has found out of the notes' texts is not looked for again.
    pub fn new(
        query: String,
        scheme: &LabelScheme,
        blind: bool,
        rows: &[QueueRow],
        annotators: Option<&Annotators>,
        before: Option<Self>,
    ) -> Self {
        let Read { terms, words, problem } = term::read(&query, scheme);
        let before = before.map(|before| before.sought).unwrap_or_default();
        let sought = words.into_iter().map(|wanted| Sought::new(wanted, rows, &before)).collect();
        let verdicts = vec![Verdict::Out; rows.len()];
        let mut filter = Self { query, problem, terms, sought, verdicts, counted: Counted::default(), blind };
        for (document, row) in rows.iter().enumerate() {
            filter.judge(document, row, annotators);
        }
        filter
    }

    /// Whether a note is shown.
    pub fn passes(&self, document: usize) -> bool {
        self.verdicts.get(document) == Some(&Verdict::In)
    }

    /// How many notes are shown.
    pub fn counted(&self) -> Counted {
        self.counted
    }

    /// Whether it depends on who has decided what.
    pub fn asks_for_annotators(&self) -> bool {
        self.terms.iter().any(|term| matches!(term.test, Test::By(_)))
    }

    /// Judges a note anew; whether it is shown now and was not, or the other way round.
    pub fn judge(&mut self, document: usize, row: &QueueRow, annotators: Option<&Annotators>) -> bool {
        let Some(before) = self.verdicts.get(document).copied() else { return false };
        let (mut verdict, mut unread) = (Verdict::In, false);
        for term in &self.terms {
            match self.holds(&term.test, document, row, annotators).map(|holds| holds != term.negated) {
                Some(true) => {}
                Some(false) => {
                    verdict = Verdict::Out;
                    break;
                }
                None if matches!(term.test, Test::Word(_)) => unread = true,
                None => verdict = Verdict::Awaited,
            }
        }
        if verdict == Verdict::In && unread {
            verdict = Verdict::Unread;
        }
        self.verdicts[document] = verdict;
        if let Some(count) = self.counted.of(before) {
            *count = count.saturating_sub(1);
        }
        if let Some(count) = self.counted.of(verdict) {
            *count += 1;
        }
        (before == Verdict::In) != (verdict == Verdict::In)
    }

    /// Whether a test holds; `None` where that is not known yet.
    fn holds(&self, test: &Test, document: usize, row: &QueueRow, annotators: Option<&Annotators>) -> Option<bool> {
        match test {
            Test::State(states) => Some(states.contains(&row.entry.review)),
            Test::Label(labels) if !labels.intersection(row.decided).is_empty() => Some(true),
            Test::Label(_) if self.blind => Some(false),
            Test::Label(labels) => row.words.map(|_| !labels.intersection(row.predicted).is_empty()),
            Test::Uncertain(..) if self.blind => Some(false),
            Test::Uncertain(compared, amount) => {
                let (words, unsure) = (row.words? as f64, row.unsure as f64);
                Some(match *amount {
                    Amount::Words(limit) => compared.holds(unsure, limit),
                    Amount::Share(limit) => compared.holds(if words > 0.0 { unsure / words } else { 0.0 }, limit),
                })
            }
            Test::By(name) => {
                let mut names = annotators?.iter().filter(|(known, _)| known.starts_with(name));
                Some(names.any(|(_, documents)| documents.contains(&document)))
            }
            Test::Word(word) => match self.sought.get(*word)?.seen.get(document)? {
                Seen::Unknown => None,
                seen => Some(*seen == Seen::Yes),
            },
        }
    }

    /// The words that notes are searched for.
    pub fn words(&self) -> Arc<[String]> {
        self.sought.iter().map(|sought| sought.wanted.word.clone()).collect()
    }

    /// The first of `order` whose texts are still to be looked through, so many.
    pub fn unread(&self, order: &[usize], most: usize) -> Vec<usize> {
        if self.counted.unread == 0 {
            return Vec::new();
        }
        let unread = |&document: &usize| self.verdicts.get(document) == Some(&Verdict::Unread);
        order.iter().copied().filter(unread).take(most).collect()
    }

    /// Takes in which of some words a note's text contains: bit by bit, in their order. They may be those of an earlier
    /// line: what contains a word contains its parts, and what lacks a part lacks the word.
    pub fn look(&mut self, document: usize, words: &[String], found: u32) {
        for (bit, word) in words.iter().enumerate() {
            let has = found >> bit & 1 == 1;
            for sought in &mut self.sought {
                let wanted = &sought.wanted.word;
                let tells = if has { word.contains(wanted) } else { wanted.contains(word) };
                if let Some(seen) = sought.seen.get_mut(document).filter(|seen| tells && **seen == Seen::Unknown) {
                    *seen = if has { Seen::Yes } else { Seen::No };
                }
            }
        }
    }
}

impl Counted {
    fn of(&mut self, verdict: Verdict) -> Option<&mut usize> {
        match verdict {
            Verdict::Out => None,
            Verdict::In => Some(&mut self.shown),
            Verdict::Awaited => Some(&mut self.awaited),
            Verdict::Unread => Some(&mut self.unread),
        }
    }
}

impl Sought {
    /// A word with what the notes' names and earlier searches say of it: what does not contain a part of the word does
    /// not contain the word, and what contains more than it contains it.
    fn new(wanted: Wanted, rows: &[QueueRow], before: &[Self]) -> Self {
        let alike = || before.iter().filter(|before| before.wanted.in_name == wanted.in_name);
        let narrower = alike().filter(|before| wanted.word.contains(&before.wanted.word)).max_by_key(|it| it.wanted.word.len());
        let wider = alike().filter(|before| before.wanted.word.contains(&wanted.word)).min_by_key(|it| it.wanted.word.len());
        let said = |sought: Option<&Self>, document: usize, seen: Seen| {
            sought.is_some_and(|sought| sought.seen.get(document) == Some(&seen))
        };
        let seen = rows.iter().enumerate().map(|(document, row)| match () {
            () if said(narrower, document, Seen::No) => Seen::No,
            () if said(wider, document, Seen::Yes) => Seen::Yes,
            () if wanted.in_name && row.folded().contains(&wanted.word) => Seen::Yes,
            () => Seen::Unknown,
        });
        let seen = seen.collect();
        Self { wanted, seen }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::protocol::ReviewState;

    fn rows() -> Vec<QueueRow> {
        let mut rows: Vec<QueueRow> = ["Ward 1", "ward 2", "clinic"].map(|name| QueueRow::named(name.into())).to_vec();
        rows[0].entry.review = ReviewState::Done;
        rows[1].decided = [1].into_iter().collect();
        (rows[2].words, rows[2].unsure, rows[2].predicted) = (Some(40), 10, [0].into_iter().collect());
        rows
    }

    fn filter(query: &str, blind: bool, before: Option<Filter>) -> Filter {
        let scheme = LabelScheme::from_names("s", &["symptom", "drug"]).unwrap();
        let annotators = Annotators::from([("ann".into(), [0, 2].into()), ("bob".into(), [1].into())]);
        Filter::new(query.to_owned(), &scheme, blind, &rows(), Some(&annotators), before)
    }

    fn shown(filter: &Filter) -> Vec<usize> {
        (0..3).filter(|&document| filter.passes(document)).collect()
    }

    #[test]
    fn notes_are_shown_for_which_every_term_holds() {
        let check = |query: &str, expected: &[usize], awaited: usize| {
            let filter = filter(query, false, None);
            assert_eq!((shown(&filter), filter.counted().awaited), (expected.to_vec(), awaited), "{query}");
        };
        check("", &[0, 1, 2], 0);
        check("state:done", &[0], 0);
        check("-state:done", &[1, 2], 0);
        check("label:drug", &[1], 1);
        check("label:symptom", &[2], 2);
        check("label:symptom -state:done", &[2], 1);
        check("uncertain>9", &[2], 2);
        check("uncertain>=25%", &[2], 2);
        check("uncertain>25%", &[], 2);
        check("by:ann", &[0, 2], 0);
        check("by:a by:b", &[], 0);
        check("by:nobody", &[], 0);
        for predicted in ["label:symptom", "uncertain>0", "uncertain<9999"] {
            assert!(shown(&filter(predicted, true, None)).is_empty(), "blind, what is predicted is not told: {predicted}");
        }
    }

    #[test]
    fn names_decide_at_once_and_texts_when_they_are_read() {
        let mut found = filter("WARD", false, None);
        assert_eq!((shown(&found), found.unread(&[2, 1, 0], 9)), (vec![0, 1], vec![2]));
        found.look(2, &["ward".to_owned()], 1);
        assert!(found.judge(2, &rows()[2], None));
        assert_eq!((shown(&found), found.counted()), (vec![0, 1, 2], Counted { shown: 3, ..Counted::default() }));
        let text = filter("text:ward state:done", false, None);
        assert_eq!((text.unread(&[0, 1, 2], 9), text.counted().unread), (vec![0], 1), "others are out without being read");
    }

    #[test]
    fn what_was_found_is_not_looked_for_again() {
        let mut found = filter("text:pa", false, None);
        for (document, bits) in [(0, 1), (1, 0)] {
            found.look(document, &["pa".to_owned()], bits);
        }
        let longer = filter("text:pain", false, Some(found.clone()));
        assert_eq!(longer.unread(&[0, 1, 2], 9), [0, 2], "what lacks a part lacks the whole");
        let shorter = filter("text:p", false, Some(found.clone()));
        assert_eq!((shown(&shorter), shorter.unread(&[0, 1, 2], 9)), (vec![0], vec![1, 2]), "what has the whole has its parts");
        assert!(filter("text:pa state:done", false, Some(found)).unread(&[0, 1, 2], 9).is_empty());
    }
}
