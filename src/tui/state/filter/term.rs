//! The line that a filter is typed in, read: terms that all have to hold.

use crate::domain::{LabelScheme, LabelSet};
use crate::store::protocol::ReviewState;

/// What a term asks of a note.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// That its review has come so far.
    State(Vec<ReviewState>),
    /// That a word of it has one of these labels, decided or else predicted.
    Label(LabelSet),
    /// That so many of its words are uncertain.
    Uncertain(Compared, Amount),
    /// That somebody whose name begins so has decided something in it.
    By(String),
    /// That it contains a word: one of [`Read::words`].
    Word(usize),
}

/// How a number has to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compared {
    /// More.
    More,
    /// As much or more.
    Least,
    /// Less.
    Less,
    /// As much or less.
    Most,
    /// Just as much.
    Equal,
}

/// How many words.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Amount {
    /// So many.
    Words(f64),
    /// A share of all, from 0 to 1.
    Share(f64),
}

/// A term.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// Whether notes are shown for which the test does not hold.
    pub negated: bool,
    /// The test.
    pub test: Test,
}

/// A word that notes are searched for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted {
    /// The word, in lower case; anything in quotation marks.
    pub word: String,
    /// Whether the note's name counts too.
    pub in_name: bool,
}

/// A line as it was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Read {
    /// The terms that were understood.
    pub terms: Vec<Term>,
    /// The words that they speak of.
    pub words: Vec<Wanted>,
    /// What is wrong with the others, in a sentence about the first of them.
    pub problem: Option<String>,
}

/// At most this many different words are looked for at a time.
pub const MOST_WORDS: usize = 16;

const COMPARED: [(&str, Compared); 5] =
    [(">=", Compared::Least), ("<=", Compared::Most), (">", Compared::More), ("<", Compared::Less), ("=", Compared::Equal)];

impl Compared {
    /// Whether `number` compares so with `limit`.
    pub fn holds(self, number: f64, limit: f64) -> bool {
        match self {
            Self::More => number > limit,
            Self::Least => number >= limit,
            Self::Less => number < limit,
            Self::Most => number <= limit,
            Self::Equal => number == limit,
        }
    }
}

/// Reads a line. A term that makes no sense is left out and told of; what looks like no term is a word to be searched.
pub fn read(line: &str, scheme: &LabelScheme) -> Read {
    let mut read = Read::default();
    for Piece { text, negated, quoted } in pieces(line) {
        let (what, value) = text.split_once(':').filter(|_| !quoted).unwrap_or_default();
        let test = match &*what.to_lowercase() {
            "state" => states(value).map(Test::State),
            "label" => labels(value, scheme).map(Test::Label),
            "by" | "annotator" => name(value).map(Test::By),
            "text" => read.want(value, false),
            _ => match text.strip_prefix("uncertain").filter(|rest| !quoted && rest.starts_with(['<', '>', '='])) {
                Some(rest) => amount(rest).map(|(compared, amount)| Test::Uncertain(compared, amount)),
                None => read.want(&text, true),
            },
        };
        match test {
            Ok(test) => read.terms.push(Term { negated, test }),
            Err(problem) => {
                read.problem.get_or_insert(problem);
            }
        }
    }
    read
}

impl Read {
    fn want(&mut self, word: &str, in_name: bool) -> Result<Test, String> {
        let wanted = Wanted { word: word.to_lowercase(), in_name };
        if wanted.word.is_empty() {
            return Err("text: wants a word, or several in quotation marks".to_owned());
        }
        if let Some(known) = self.words.iter().position(|word| *word == wanted) {
            return Ok(Test::Word(known));
        }
        if self.words.len() == MOST_WORDS {
            return Err(format!("'{word}' is one word too many: {MOST_WORDS} are looked for at a time"));
        }
        self.words.push(wanted);
        Ok(Test::Word(self.words.len() - 1))
    }
}

struct Piece {
    text: String,
    negated: bool,
    /// Whether it begins with a quotation mark: then it is a word whatever it looks like.
    quoted: bool,
}

/// The line cut at white space outside of quotation marks.
fn pieces(line: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let (mut inside, mut fresh) = (false, true);
    for c in line.chars() {
        if c.is_whitespace() && !inside {
            fresh = true;
            continue;
        }
        if std::mem::take(&mut fresh) {
            pieces.push(Piece { text: String::new(), negated: false, quoted: false });
        }
        let Some(piece) = pieces.last_mut() else { continue };
        match c {
            '"' => {
                piece.quoted |= piece.text.is_empty();
                inside = !inside;
            }
            '-' if piece.text.is_empty() && !piece.negated && !piece.quoted => piece.negated = true,
            c => piece.text.push(c),
        }
    }
    // A sign of negation, or a quotation mark, with nothing behind it yet: somebody is typing.
    pieces.retain(|piece| !piece.text.trim().is_empty());
    pieces
}

fn states(value: &str) -> Result<Vec<ReviewState>, String> {
    let mut found = Vec::new();
    for part in value.split(',') {
        let fitting =
            ReviewState::ALL.into_iter().filter(|state| !part.is_empty() && state.name().starts_with(&part.to_lowercase()));
        let before = found.len();
        found.extend(fitting);
        if found.len() == before {
            let what = if part.is_empty() { "state: wants one".to_owned() } else { format!("there is no state '{part}'") };
            let names = ReviewState::ALL.map(ReviewState::name);
            return Err(format!("{what}: {}", names.join(", ")));
        }
    }
    Ok(found)
}

/// The labels of a list of names: the one that is called so, else those whose names begin so.
fn labels(value: &str, scheme: &LabelScheme) -> Result<LabelSet, String> {
    let names: Vec<String> = scheme.names().map(str::to_lowercase).collect();
    let mut found = LabelSet::EMPTY;
    for part in value.split(',') {
        let part = part.to_lowercase();
        let exact = names.iter().position(|name| *name == part);
        let begin = |name: &String| exact.is_none() && !part.is_empty() && name.starts_with(&part);
        let fitting: Vec<usize> = exact.into_iter().chain((0..names.len()).filter(|&label| begin(&names[label]))).collect();
        match (&*fitting, &*part) {
            ([], "") => return Err("label: wants the name of a label, or how it begins".to_owned()),
            ([], part) => return Err(format!("no label is called '{part}', nor begins so")),
            (fitting, _) => fitting.iter().for_each(|&label| found.insert(label)),
        }
    }
    Ok(found)
}

fn name(value: &str) -> Result<String, String> {
    match value {
        "" => Err("by: wants the name of an annotator, or how it begins".to_owned()),
        name => Ok(name.to_lowercase()),
    }
}

fn amount(rest: &str) -> Result<(Compared, Amount), String> {
    let wrong = || "uncertain> wants a number of words, as 20, or a share of them, as 15%".to_owned();
    let (sign, compared) = COMPARED.iter().find(|(sign, _)| rest.starts_with(sign)).ok_or_else(wrong)?;
    let value = &rest[sign.len()..];
    let number = |text: &str| text.parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0).ok_or_else(wrong);
    let amount = match value.strip_suffix('%') {
        Some(share) => Amount::Share(number(share)? / 100.0),
        None => Amount::Words(number(value)?),
    };
    Ok((*compared, amount))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scheme() -> LabelScheme {
        LabelScheme::from_names("s", &["symptom", "severity", "side effect"]).unwrap()
    }

    #[test]
    fn terms_are_read_as_they_are_meant() {
        let check = |line: &str, expected: &[Test]| {
            let read = read(line, &scheme());
            assert_eq!(read.problem, None, "{line}");
            assert_eq!(read.terms.iter().map(|term| term.test.clone()).collect::<Vec<_>>(), expected, "{line}");
        };
        let set = |labels: &[usize]| Test::Label(labels.iter().copied().collect());
        check("", &[]);
        check("  - \" ", &[]);
        check("state:done", &[Test::State(vec![ReviewState::Done])]);
        check("state:d", &[Test::State(vec![ReviewState::Done, ReviewState::Discuss])]);
        check("state:NEW,skipped", &[Test::State(vec![ReviewState::New, ReviewState::Skipped])]);
        check("label:s", &[set(&[0, 1, 2])]);
        check("label:Sev label:\"side effect\"", &[set(&[1]), set(&[2])]);
        check("uncertain>5", &[Test::Uncertain(Compared::More, Amount::Words(5.0))]);
        check("uncertain<=25%", &[Test::Uncertain(Compared::Most, Amount::Share(0.25))]);
        check("uncertain 06:30", &[Test::Word(0), Test::Word(1)]);
        check("by:Ann", &[Test::By("ann".into())]);
        check("Annotator:ann STATE:done", &[Test::By("ann".into()), Test::State(vec![ReviewState::Done])]);
    }

    #[test]
    fn words_are_looked_for_once_whatever_their_case() {
        let wanted = |line: &str| {
            let words = read(line, &scheme()).words;
            words.into_iter().map(|wanted| (wanted.word, wanted.in_name)).collect::<Vec<_>>()
        };
        assert_eq!(wanted("Pain pain text:PAIN"), [("pain".to_owned(), true), ("pain".to_owned(), false)]);
        assert_eq!(wanted("\"Chest pain\" \"state:done\""), [("chest pain".to_owned(), true), ("state:done".to_owned(), true)]);
        let negated = read("-pain -state:done", &scheme());
        assert!(negated.terms.iter().all(|term| term.negated));
    }

    #[test]
    fn a_term_that_makes_no_sense_is_told_of_and_left_out() {
        let check = |line: &str, terms: usize, part: &str| {
            let read = read(line, &scheme());
            assert_eq!(read.terms.len(), terms, "{line}");
            assert!(read.problem.as_ref().is_some_and(|problem| problem.contains(part)), "{line}: {:?}", read.problem);
        };
        check("state: pain", 1, "wants one: new, started, done, skipped, discuss");
        check("state:finished", 0, "no state 'finished'");
        check("label:drug", 0, "no label is called 'drug'");
        check("label:", 0, "wants the name of a label");
        check("by:", 0, "name of an annotator");
        check("text:", 0, "wants a word");
        for wrong in ["uncertain>", "uncertain>x", "uncertain>-1", "uncertain>NaN", "uncertain>%"] {
            check(wrong, 0, "wants a number");
        }
        let many: Vec<String> = (0..17).map(|number| format!("w{number}")).collect();
        check(&many.join(" "), 16, "one word too many");
    }
}
