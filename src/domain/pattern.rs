//! What a reader searches for: a regular expression, or plain text where it is none.

use std::fmt;
use std::ops::Range;

use regex::{Regex, RegexBuilder};

/// A compiled expression takes at most so many bytes; a larger one is searched as plain text.
const LARGEST: usize = 1 << 20;

/// Why a query is no regular expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong, in a few words.
    pub what: String,
    /// At which character of the query, from 1; `None` where no place is to blame.
    pub at: Option<usize>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            Some(at) => write!(f, "{} at character {at}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

/// A query, ready to be searched.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// `None` for an empty query.
    regex: Option<Regex>,
    /// Why it is searched as plain text, if it is.
    pub problem: Option<Problem>,
}

impl Pattern {
    /// Reads a query. Upper and lower case are the same unless it holds a capital; `^` and `$` stand for the ends of a
    /// line.
    pub fn new(query: &str) -> Self {
        if query.is_empty() {
            return Self { regex: None, problem: None };
        }
        let fold = !has_capital(query);
        match build(query, fold) {
            Ok(regex) => Self { regex: Some(regex), problem: None },
            Err(error) => {
                let regex = build(&regex::escape(query), !query.contains(char::is_uppercase)).ok();
                Self { regex, problem: Some(problem(query, &error)) }
            }
        }
    }

    /// Where it stands in `text`, from the left, without overlaps; nowhere where it would match nothing at all.
    pub fn hits(&self, text: &str) -> Vec<Range<usize>> {
        let found = self.regex.iter().flat_map(|regex| regex.find_iter(text));
        found.map(|hit| hit.range()).filter(|hit| !hit.is_empty()).collect()
    }
}

fn build(pattern: &str, fold: bool) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).case_insensitive(fold).multi_line(true).size_limit(LARGEST).build()
}

/// Whether a capital stands in the query, other than in an escape such as `\W`.
fn has_capital(query: &str) -> bool {
    let mut chars = query.chars();
    while let Some(c) = chars.next() {
        if c == '\\' {
            chars.next();
        } else if c.is_uppercase() {
            return true;
        }
    }
    false
}

/// What is wrong with a query, and where.
fn problem(query: &str, error: &regex::Error) -> Problem {
    let at = |span: &regex_syntax::ast::Span| Some(query[..span.start.offset].chars().count() + 1);
    let (what, at) = match (regex_syntax::parse(query), error) {
        (Err(regex_syntax::Error::Parse(error)), _) => (error.kind().to_string(), at(error.span())),
        (Err(regex_syntax::Error::Translate(error)), _) => (error.kind().to_string(), at(error.span())),
        (_, regex::Error::CompiledTooBig(_)) => ("it would grow too large".to_owned(), None),
        _ => ("it can't be used".to_owned(), None),
    };
    Problem { what, at }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_slice_the_text() {
        let check = |text: &str, query: &str, expected: &[&str]| {
            let found: Vec<&str> = Pattern::new(query).hits(text).into_iter().map(|hit| &text[hit]).collect();
            assert_eq!(found, expected, "{query} in {text}");
        };
        check("Pain, pain, PAINful", "pain", &["Pain", "pain", "PAIN"]);
        check("Pain, pain, PAINful", "Pain", &["Pain"]);
        check("5 mg, 10 MG, mg", r"\d+ mg", &["5 mg", "10 MG"]);
        check("a1 b! C2", r"\W\p{Lu}\S", &[" C2"]);
        check("aaaa", "aa", &["aa", "aa"]);
        check("Ärzte und ärzte", "är", &["Är", "är"]);
        check("胸痛 胸痛", "痛", &["痛", "痛"]);
        check("one\ntwo one", "^one$", &["one"]);
        check("ab", "x*", &[]);
        check("", "x", &[]);
        check("anything", "", &[]);
    }

    #[test]
    fn what_is_no_expression_is_searched_as_it_stands_and_says_where_it_is_wrong() {
        let check = |query: &str, problem: &str| {
            let pattern = Pattern::new(query);
            assert!(pattern.problem.as_ref().is_some_and(|found| found.to_string().contains(problem)), "{:?}", pattern.problem);
            let text = format!("before {query} after");
            assert_eq!(pattern.hits(&text).len(), 1, "{query}");
        };
        check("(see below", "unclosed group at character 1");
        check("ß [0-9", "unclosed character class at character 3");
        check("*a", "repetition operator missing expression at character 1");
        check(r"a{999}{999}{99}", "too large");
    }
}
