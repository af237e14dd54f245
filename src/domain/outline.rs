//! The outline of a note: where sentences begin, which lines are headings, and the stretch of words that belongs to a
//! word: its sentence, its line, its paragraph. Notes are no prose: lists, wrapped lines and headings without a full
//! stop are the rule, so every answer is a guess by form alone, made from what stands next to the word.

use std::ops::{Range, RangeInclusive};

use super::word::Words;

/// A line of at least so many bytes may have been wrapped: what follows in lower case goes on with its sentence.
const WRAPPED: usize = 50;

/// A heading has at most so many characters.
const HEADING: usize = 60;

/// A heading without capitals, hash or colon has at most so many words.
const SHORT: usize = 6;

/// Words before a full stop that does not end a sentence.
const ABBREVIATIONS: [&str; 20] = [
    "dr", "mr", "mrs", "ms", "prof", "st", "vs", "e.g", "i.e", "eg", "ie", "approx", "ca", "cf", "fig", "no", "resp", "incl",
    "pt", "hx",
];

/// The stretches that a selection grows by, from the smallest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stretch {
    /// A sentence.
    Sentence,
    /// A line of the text, however it is wrapped on the screen.
    Line,
    /// The lines up to the next blank one.
    Paragraph,
}

/// The alphanumeric word before `word`.
fn before(words: &Words, word: usize) -> Option<usize> {
    (0..word.min(words.len())).rev().find(|&other| words[other].alphanumeric)
}

/// The alphanumeric word after `word`.
fn after(words: &Words, word: usize) -> Option<usize> {
    (word.saturating_add(1)..words.len()).find(|&other| words[other].alphanumeric)
}

/// What stands between an alphanumeric word and the one before it; everything before the first.
fn gap<'a>(text: &'a str, words: &Words, word: usize) -> &'a str {
    let from = before(words, word).map_or(0, |before| words[before].end);
    &text[from..words[word].start]
}

/// Whether a sentence begins at this alphanumeric word: at the beginning of the note, of a line (unless the line before
/// was wrapped), and behind a full stop, question or exclamation mark that ends no abbreviation.
pub fn begins_sentence(text: &str, words: &Words, word: usize) -> bool {
    let Some(previous) = before(words, word) else { return true };
    let gap = gap(text, words, word);
    let next = words[word].slice(text);
    if let Some((first, rest)) = gap.split_once('\n') {
        let listed = rest.contains('\n') || !rest.trim().is_empty() || has_stop(first) || first.contains(':');
        return listed || !wraps(text, words[previous].end, next, &text[words[word].end..]);
    }
    has_stop(gap) && !next.starts_with(char::is_lowercase) && !is_abbreviation(text, words, previous, gap)
}

/// Whether a full stop or its like stands in a gap, with white space behind it where the script has any.
fn has_stop(gap: &str) -> bool {
    let mut chars = gap.chars();
    while let Some(c) = chars.next() {
        if matches!(c, '。' | '！' | '？' | '।' | '؟') {
            return true;
        }
        let rest = chars.as_str().trim_start_matches(['.', '!', '?', '"', '\'', ')', ']', '”', '’']);
        if matches!(c, '.' | '!' | '?' | '…') && (rest.is_empty() || rest.starts_with(char::is_whitespace)) {
            return true;
        }
    }
    false
}

/// Whether the full stop behind a word belongs to an abbreviation, an initial or the number of a list's item.
fn is_abbreviation(text: &str, words: &Words, word: usize, gap: &str) -> bool {
    let slice = words[word].slice(text);
    let initial = slice.chars().count() == 1 && slice.chars().all(char::is_uppercase) && !is_first_of_list(text, words, word);
    let known = || ABBREVIATIONS.iter().any(|known| slice.eq_ignore_ascii_case(known));
    gap.starts_with('.') && (initial || known() || is_first_of_list(text, words, word))
}

/// Whether a word is the number or letter that a line begins with.
fn is_first_of_list(text: &str, words: &Words, word: usize) -> bool {
    let slice = words[word].slice(text);
    let sign = slice.chars().all(|c| c.is_ascii_digit()) || slice.chars().count() == 1;
    sign && before(words, word).is_none_or(|_| gap(text, words, word).contains('\n'))
}

/// Whether the line that ends behind the byte `end` goes on with `next` on the line after it.
fn wraps(text: &str, end: usize, next: &str, behind: &str) -> bool {
    let line = line_at(text, end);
    let item = next.chars().all(|c| c.is_ascii_digit()) && behind.starts_with(['.', ')']);
    let goes_on = next.starts_with(char::is_lowercase) || next.starts_with(|c: char| c.is_ascii_digit());
    line.len() >= WRAPPED && goes_on && !item
}

/// The bytes of the line of the text that holds the byte `at`, without its line break.
fn line_at(text: &str, at: usize) -> Range<usize> {
    let start = text[..at].rfind('\n').map_or(0, |found| found + 1);
    start..text[at..].find('\n').map_or(text.len(), |found| at + found)
}

/// Whether this alphanumeric word is the first of a line that is a heading:
///
/// - `# Plan`, marked by hashes;
/// - `ASSESSMENT AND PLAN`, in capitals, with or without a colon;
/// - `Past history:`, short and ending with a colon;
/// - `PLAN: aspirin`, capitals (four at least) before a colon, or, behind a blank line, `Plan: aspirin`;
/// - `Past history`, a few words without a full stop behind a blank line, the first with a capital, with text below.
pub fn begins_heading(text: &str, words: &Words, word: usize) -> bool {
    let gap = gap(text, words, word);
    let first = before(words, word).is_none();
    (first || gap.contains('\n')) && {
        let line = line_at(text, words[word].start);
        let alone = blank_before(text, line.start);
        is_heading(text[line.clone()].trim(), alone, text[line.end..].trim().is_empty())
    }
}

/// Whether the line that begins at the byte `start` is the first or stands behind a blank one.
fn blank_before(text: &str, start: usize) -> bool {
    let Some(end) = start.checked_sub(1) else { return true };
    text[line_at(text, end)].trim().is_empty()
}

/// Whether a trimmed line is a heading, see [`begins_heading`]; `alone` behind a blank line, `last` without text below.
fn is_heading(line: &str, alone: bool, last: bool) -> bool {
    let hashes = line.chars().take_while(|&c| c == '#').count();
    if (1..=6).contains(&hashes) && line[hashes..].starts_with(' ') {
        return true;
    }
    let (title, rest) = line.split_once(':').map_or((line, None), |(title, rest)| (title, Some(rest.trim())));
    let count = title.split_whitespace().count();
    let capital = |title: &str| title.chars().find(|c| c.is_alphanumeric()).is_some_and(char::is_uppercase);
    let bulleted = !title.starts_with(char::is_alphanumeric);
    if title.chars().count() > HEADING || bulleted || !title.contains(char::is_alphabetic) || title.contains(". ") {
        return false;
    }
    match rest {
        Some("") => count <= SHORT + 2,
        Some(rest) if rest.starts_with(char::is_numeric) && !alone => false,
        Some(_) => in_capitals(title, 4) || alone && capital(title) && count <= SHORT,
        None if in_capitals(title, if alone { 2 } else { 4 }) => !title.ends_with(['.', ',', ';']),
        None => alone && !last && capital(title) && count <= SHORT && !title.ends_with(['.', ',', ';', '!', '?']),
    }
}

/// Whether a title has at least so many letters, all of them capitals, and no figures.
fn in_capitals(title: &str, least: usize) -> bool {
    let letters = title.chars().filter(|c| c.is_alphabetic());
    letters.clone().count() >= least && letters.clone().all(char::is_uppercase) && !title.contains(char::is_numeric)
}

/// Whether a blank line lies within a gap.
fn has_blank_line(gap: &str) -> bool {
    let whole = gap.split_once('\n').and_then(|(_, rest)| rest.rsplit_once('\n'));
    whole.is_some_and(|(lines, _)| lines.split('\n').any(|line| line.trim().is_empty()))
}

/// The words of the stretches that hold the words of `selection`, from the first to the last alphanumeric one.
pub fn stretch(text: &str, words: &Words, selection: RangeInclusive<usize>, stretch: Stretch) -> RangeInclusive<usize> {
    let begins = |word: usize| match stretch {
        Stretch::Sentence => begins_sentence(text, words, word),
        Stretch::Line => gap(text, words, word).contains('\n') || before(words, word).is_none(),
        Stretch::Paragraph => has_blank_line(gap(text, words, word)),
    };
    let (mut first, mut last) = (*selection.start(), *selection.end());
    while let Some(previous) = before(words, first).filter(|_| !begins(first)) {
        first = previous;
    }
    while let Some(next) = after(words, last).filter(|&next| !begins(next)) {
        last = next;
    }
    first..=last
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenization::segment::segment;

    /// The words at which something begins, by the words themselves.
    fn beginnings(text: &str, begins: fn(&str, &Words, usize) -> bool) -> Vec<&str> {
        let words = segment(text);
        let found = (0..words.len()).filter(|&word| words[word].alphanumeric && begins(text, &words, word));
        found.map(|word| words[word].slice(text)).collect()
    }

    #[test]
    fn sentences_begin_behind_full_stops_and_at_lines() {
        let check = |text: &str, expected: &[&str]| assert_eq!(beginnings(text, begins_sentence), expected, "{text}");
        check("", &[]);
        check("No fever. No cough? Yes! (Dry.) Pain", &["No", "No", "Yes", "Dry", "Pain"]);
        check("Seen by Dr. Smith and J. Doe, e.g. today vs. then. On 2.5 mg.", &["Seen", "On"]);
        check("temp. normal, fever approx. Three days", &["temp"]);
        check("Plan:\n1. Rest.\n2. Fluids\n- aspirin 81 mg\nmetoprolol", &["Plan", "1", "2", "aspirin", "metoprolol"]);
        check("He was treated with aspirin and then with ticagrelor, and\nwent home the next day\nWell", &["He", "Well"]);
        check("He was treated with aspirin and then discharged home.\nwent well", &["He", "went"]);
        check("He was treated with aspirin and then discharged with\n\nwent well", &["He", "went"]);
        check("患者は高血圧。頭痛なし", &["患", "頭"]);
    }

    #[test]
    fn headings_are_told_by_their_form() {
        let check = |line: &str, heading: bool| {
            let text = format!("Some text before it.\n{line}\nand some below.");
            assert_eq!(beginnings(&text, begins_heading).contains(&segment(line)[0].slice(line)), heading, "{line}");
        };
        check("ASSESSMENT AND PLAN", true);
        check("MEDICATIONS:", true);
        check("Past medical history:", true);
        check("PRIMARY DIAGNOSIS:  Community acquired pneumonia, R lower lobe", true);
        check("BP: 120/80", false);
        check("Temperature: 38.2", false);
        check("Allergies: none", false);
        check("NKDA.", false);
        check("Past history", false);
        check("He was told: no", false);
        check("The patient was seen by the doctor on duty, who was asked the following questions:", false);
        let text = "# Plan\n\nPast history\nAsthma. \n\nOn arrival: grey\n\nHe was well.\n\n• Neck: supple\n\nJ. Doe";
        assert_eq!(beginnings(text, begins_heading), ["Plan", "Past", "On"]);
    }

    #[test]
    fn a_selection_lies_in_its_sentence_line_and_paragraph() {
        let text = "Plan\n\nNo fever. Dry cough, worse\nat night. Rest.\n\nEnd";
        let words = segment(text);
        let check = |word: &str, kind, expected: &str| {
            let at = (0..words.len()).find(|&at| words[at].slice(text) == word).unwrap();
            let found = stretch(text, &words, at..=at, kind);
            assert_eq!(&text[words[*found.start()].start..words[*found.end()].end], expected, "{word} {kind:?}");
        };
        check("cough", Stretch::Sentence, "Dry cough, worse");
        check("cough", Stretch::Line, "No fever. Dry cough, worse");
        check("cough", Stretch::Paragraph, "No fever. Dry cough, worse\nat night. Rest");
        check("End", Stretch::Paragraph, "End");
        check("Plan", Stretch::Line, "Plan");
    }
}
