//! Hostile and invisible characters in a form that can be seen and that no terminal obeys.
//!
//! A note may hold escape sequences, bidirectional controls that reorder what is read, and characters without a
//! glyph that hide text or tear words apart. The reader must see what the model reads, so such characters are shown,
//! never sent to the terminal and never dropped. Whatever prints text of a note sends it through here.

use std::borrow::Cow;

/// Control pictures of U+0000 to U+001F, three bytes each.
const CONTROL_PICTURES: &str = "␀␁␂␃␄␅␆␇␈␉␊␋␌␍␎␏␐␑␒␓␔␕␖␗␘␙␚␛␜␝␞␟";

/// Characters without a glyph of their own, as ranges, ascending: format controls and what Unicode calls default
/// ignorable, with the separators that terminals take for line breaks and the noncharacters of the first plane.
const HIDDEN: [(char, char); 25] = [
    ('\u{80}', '\u{9f}'),       // C1 controls: U+009B opens an escape sequence
    ('\u{ad}', '\u{ad}'),       // soft hyphen
    ('\u{34f}', '\u{34f}'),     // combining grapheme joiner
    ('\u{61c}', '\u{61c}'),     // Arabic letter mark
    ('\u{115f}', '\u{1160}'),   // Hangul fillers
    ('\u{17b4}', '\u{17b5}'),   // Khmer inherent vowels
    ('\u{180b}', '\u{180f}'),   // Mongolian selectors and vowel separator
    ('\u{200b}', '\u{200f}'),   // zero-width space and joiners, direction marks
    ('\u{2028}', '\u{202e}'),   // line and paragraph separators, embeddings and overrides
    ('\u{2060}', '\u{206f}'),   // word joiner, invisible operators, isolates, deprecated controls
    ('\u{3164}', '\u{3164}'),   // Hangul filler
    ('\u{fdd0}', '\u{fdef}'),   // noncharacters
    ('\u{fe00}', '\u{fe0f}'),   // variation selectors
    ('\u{feff}', '\u{feff}'),   // byte order mark
    ('\u{ffa0}', '\u{ffa0}'),   // halfwidth Hangul filler
    ('\u{fff0}', '\u{fffb}'),   // interlinear annotation
    ('\u{fffe}', '\u{ffff}'),   // noncharacters
    ('\u{1bca0}', '\u{1bca3}'), // shorthand controls
    ('\u{1d173}', '\u{1d17a}'), // musical controls
    ('\u{1fffe}', '\u{1ffff}'),
    ('\u{2fffe}', '\u{2ffff}'),
    ('\u{3fffe}', '\u{3ffff}'),
    ('\u{e0000}', '\u{e0fff}'), // tags and further variation selectors
    ('\u{ffffe}', '\u{fffff}'),
    ('\u{10fffe}', '\u{10ffff}'),
];

/// The form in which `c` is shown; `None` if as itself.
///
/// C0 controls and DEL become control pictures (`␛`, `␡`), everything else without a glyph its code point
/// (`‹U+202E›`). Newline and tab are the caller's to lay out: `None`. Without its neighbours a joiner or variation
/// selector counts as hidden; [`visible`] sees them and lets the harmless ones pass.
pub fn visible_char(c: char) -> Option<Cow<'static, str>> {
    match c {
        '\n' | '\t' => None,
        '\0'..='\u{1f}' => {
            let at = c as usize * 3;
            CONTROL_PICTURES.get(at..at + 3).map(Cow::Borrowed)
        }
        ' '..='~' => None,
        '\u{7f}' => Some(Cow::Borrowed("␡")),
        _ => hidden(c).then(|| Cow::Owned(format!("‹U+{:04X}›", c as u32))),
    }
}

/// `text` with every character shown that hides or that a terminal would obey; see [`visible_char`].
///
/// What passes as it is because it does no harm there and text would be torn apart without it:
/// - the carriage return of a `\r\n` line break (a lone one is shown: it lets a terminal overwrite the line);
/// - one joiner (ZWJ, ZWNJ) after a character of a script beyond Latin, Greek and Cyrillic, or after an emoji: there
///   it shapes letters (Persian, Indic scripts) or builds a picture, while in `pa<ZWNJ>in` it hides a cut;
/// - one variation selector after a character that may have one: never a string of them, which smuggles data.
///
/// The rule looks back only, so a grapheme cluster alone is shown as it is within its text.
pub fn visible(text: &str) -> Cow<'_, str> {
    let mut out: Option<String> = None;
    let mut before = '\0';
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let line_break = c == '\r' && chars.peek().is_some_and(|&(_, next)| next == '\n');
        let shown = if line_break || harmless_after(before, c) { None } else { visible_char(c) };
        before = if shown.is_some() { '\0' } else { c };
        match (&mut out, shown) {
            (None, None) => {}
            (None, Some(shown)) => {
                let mut begun = String::with_capacity(text.len() + 32);
                begun.push_str(&text[..at]);
                begun.push_str(&shown);
                out = Some(begun);
            }
            (Some(out), Some(shown)) => out.push_str(&shown),
            (Some(out), None) => out.push(c),
        }
    }
    out.map_or(Cow::Borrowed(text), Cow::Owned)
}

fn hidden(c: char) -> bool {
    let after = HIDDEN.partition_point(|&(first, _)| first <= c);
    after > 0 && HIDDEN[after - 1].1 >= c
}

/// Whether `c` is a joiner or variation selector that does no harm behind `before`, the last character that passed.
fn harmless_after(before: char, c: char) -> bool {
    let beyond_latin = before >= '\u{590}' && !('\u{1e00}'..='\u{206f}').contains(&before) && !before.is_whitespace();
    match c {
        '\u{200c}' | '\u{200d}' => beyond_latin && !matches!(before, '\u{fe00}'..='\u{fe0e}'),
        '\u{fe00}'..='\u{fe0f}' => {
            let takes_one = beyond_latin || matches!(before, '0'..='9' | '#' | '*' | '©' | '®' | '‼' | '⁉');
            takes_one && !hidden(before)
        }
        '\u{180b}'..='\u{180d}' => ('\u{1820}'..='\u{18aa}').contains(&before),
        '\u{e0100}'..='\u{e01ef}' => ('\u{3400}'..='\u{3ffff}').contains(&before) && !hidden(before),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, shown: &str) {
        assert_eq!(visible(text), shown, "{}", text.escape_unicode());
    }

    #[test]
    fn what_hides_is_shown_and_what_is_text_stays() {
        let rows = [
            ("naïve 患者 – fin.\n\tnext", "naïve 患者 – fin.\n\tnext"),
            ("\u{1b}[31mred\u{7}\u{0}\u{7f}", "␛[31mred␇␀␡"),
            ("\u{9b}2J\u{85}", "‹U+009B›2J‹U+0085›"),
            ("a\u{202e}b\u{2066}c\u{2069}\u{61c}", "a‹U+202E›b‹U+2066›c‹U+2069›‹U+061C›"),
            ("pa\u{200b}in co\u{ad}op \u{feff}x \u{2028}y", "pa‹U+200B›in co‹U+00AD›op ‹U+FEFF›x ‹U+2028›y"),
            ("pa\u{200c}in", "pa‹U+200C›in"),
            ("a\r\nb\rc\r", "a\r\nb␍c␍"),
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
            ("می\u{200c}\u{200c}خواهم", "می\u{200c}‹U+200C›خواهم"),
            (
                "👩\u{200d}⚕\u{fe0f} ❤\u{fe0f}\u{200d}🔥 1\u{fe0f}\u{20e3}",
                "👩\u{200d}⚕\u{fe0f} ❤\u{fe0f}\u{200d}🔥 1\u{fe0f}\u{20e3}",
            ),
            ("😀\u{fe00}\u{fe01}\u{e0100}", "😀\u{fe00}‹U+FE01›‹U+E0100›"),
            ("a\u{fe0f}\u{e0041}\u{e007f}", "a‹U+FE0F›‹U+E0041›‹U+E007F›"),
            ("葛\u{e0100}", "葛\u{e0100}"),
            ("e\u{301}", "e\u{301}"),
        ];
        rows.iter().for_each(|(text, shown)| check(text, shown));
    }

    #[test]
    fn ranges_ascend_so_that_the_search_finds_them() {
        assert!(HIDDEN.iter().all(|(first, last)| first <= last));
        assert!(HIDDEN.windows(2).all(|pair| pair[0].1 < pair[1].0));
        assert_eq!(CONTROL_PICTURES.chars().count(), 32);
        assert!((0..32u32).zip(CONTROL_PICTURES.chars()).all(|(control, picture)| picture as u32 == 0x2400 + control));
    }

    proptest! {
        #[test]
        fn nothing_that_a_terminal_obeys_comes_through(text in any::<String>()) {
            let shown = visible(&text);
            prop_assert!(!shown.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t' | '\r')));
            let hiding = ['\u{202e}', '\u{2066}', '\u{200b}', '\u{feff}'];
            prop_assert!(!shown.contains(hiding));
            prop_assert_eq!(visible(&shown).into_owned(), shown.clone().into_owned(), "showing twice changes nothing");
        }
    }
}
