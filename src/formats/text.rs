//! Labelled notes as text for people: `[chest](anatomy) [pain](symptom,severity) today`.

use std::io::{self, Write};

use crate::domain::{Document, LabelSet, Words, notation, visible};

/// Writes one note in [`notation`], with hidden and control characters made [`visible()`], so that a terminal can print
/// it. `sets` holds a set a word, `names` the labels' names. `heading` puts the note's id above it, for where several
/// notes follow each other. The note ends with a line break, added if it has none.
///
/// # Errors
/// Those of `out`.
pub fn write(
    out: &mut impl Write,
    document: &Document,
    words: &Words,
    sets: &[LabelSet],
    names: &[&str],
    heading: bool,
) -> io::Result<()> {
    if heading {
        writeln!(out, "=== {} ===", visible(document.id.as_str()).replace(['\n', '\t'], " "))?;
    }
    let labelled = notation::format(&document.text, words, sets, names);
    let shown = visible(&labelled);
    out.write_all(shown.as_bytes())?;
    if shown.ends_with('\n') || shown.is_empty() { Ok(()) } else { out.write_all(b"\n") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenization::segment;

    /// Writes `text` with every word labelled `symptom`, or none.
    fn written(text: &str, labelled: bool, heading: bool) -> String {
        let words = segment(text);
        let set = if labelled { [0].into_iter().collect() } else { LabelSet::EMPTY };
        let document = Document::new("n\u{202e}\u{1b}\n1", text);
        let mut out = Vec::new();
        write(&mut out, &document, &words, &vec![set; words.len()], &["symptom"], heading).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn labels_stand_behind_their_words() {
        assert_eq!(written("chest pain", true, false), "[chest pain](symptom)\n");
        assert_eq!(written("chest\r\npain\n", true, false), "[chest](symptom)\r\n[pain](symptom)\n");
        assert_eq!(written("", true, false), "");
        assert_eq!(written("pain", false, true), "=== n‹U+202E›␛ 1 ===\npain\n");
    }

    #[test]
    fn nothing_that_a_terminal_obeys_is_written() {
        for labelled in [false, true] {
            let written = written("a\u{1b}[2J b\u{9b}0m\rc \u{202e}d\u{7}", labelled, true);
            assert!(!written.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "{}", written.escape_debug());
            assert!(written.contains('␛') && written.contains('␍') && written.contains("‹U+202E›"));
        }
    }
}
