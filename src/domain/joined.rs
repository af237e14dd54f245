//! Pictures that Unicode joins to one, like a doctor of a woman and a staff.
//!
//! `👩‍⚕️` is one picture in some terminals and two in others, and only the terminal knows: what is measured as two columns and
//! drawn on four leaves its rest on the screen. Their parts take the same columns everywhere, so these are drawn.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;

const JOINER: char = '\u{200d}';
const SKINS: std::ops::RangeInclusive<char> = '\u{1f3fb}'..='\u{1f3ff}';

/// The first picture of a grapheme cluster that joins several, and the byte at which the next one begins; `None` for any
/// other cluster. A colour of skin counts as a picture.
pub fn first_joined(cluster: &str) -> Option<(&str, usize)> {
    let mut before = None;
    for (at, c) in cluster.char_indices() {
        match before {
            Some(_) if SKINS.contains(&c) => return Some((&cluster[..at], at)),
            // In scripts of letters the joiner shapes what is beside it.
            Some('\u{203c}'..='\u{32ff}' | '\u{fe0f}' | '\u{1f000}'..='\u{1faff}') if c == JOINER => {
                return Some((&cluster[..at], at + c.len_utf8()));
            }
            _ => before = Some(c),
        }
    }
    None
}

/// `text` with joined pictures as their parts, without the colours of skin.
pub fn apart(text: &str) -> Cow<'_, str> {
    if !text.contains(|c| c == JOINER || SKINS.contains(&c)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for mut cluster in text.graphemes(true) {
        while let Some((first, next)) = first_joined(cluster) {
            out.push_str(first);
            cluster = cluster[next..].trim_start_matches(|c| c == JOINER || SKINS.contains(&c));
        }
        out.push_str(cluster);
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_come_apart_and_letters_stay() {
        for (text, expected) in [
            ("a 👩\u{200d}⚕\u{fe0f}, b", "a 👩⚕\u{fe0f}, b"),
            ("👨\u{200d}👩\u{200d}👧", "👨👩👧"),
            ("👍\u{1f3fd}!", "👍!"),
            ("👩\u{1f3fd}\u{200d}🔬 x", "👩🔬 x"),
            ("❤\u{fe0f}\u{200d}🔥", "❤\u{fe0f}🔥"),
            ("می\u{200c}خواهم क\u{94d}\u{200d}ष", "می\u{200c}خواهم क\u{94d}\u{200d}ष"),
            ("🇩🇪 1\u{fe0f}\u{20e3}", "🇩🇪 1\u{fe0f}\u{20e3}"),
        ] {
            assert_eq!(apart(text), expected, "{}", text.escape_unicode());
        }
    }
}
