//! Text in which nothing can be read any more, in the same shape.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::domain::joined::first_joined;
use crate::domain::{Word, Words, visible};

/// What stands for one column, and for a character of two.
const NARROW: &str = "x";
const WIDE: &str = "\u{ff58}";

/// `text` with a neutral character for every character but white space and the punctuation of ASCII, as wide as that one is
/// shown; and its words in it. Of what a note holds, only lengths, line breaks and punctuation remain: nothing hidden
/// (which is shown as wide as it was) and no digit.
pub fn blanked(text: &str, words: &Words) -> (String, Words) {
    let mut out = String::with_capacity(text.len());
    let mut moved = Vec::with_capacity(words.len());
    let mut reached = 0;
    for word in words.iter() {
        blank(text.get(reached..word.start).unwrap_or_default(), &mut out);
        let start = out.len();
        blank(word.slice(text), &mut out);
        if out.len() == start {
            out.push_str(NARROW);
        }
        moved.push(Word { start, end: out.len(), alphanumeric: word.alphanumeric });
        reached = word.end;
    }
    blank(text.get(reached..).unwrap_or_default(), &mut out);
    (out, Words::new(moved))
}

fn blank(text: &str, out: &mut String) {
    for mut cluster in text.graphemes(true) {
        while let Some((_, next)) = first_joined(cluster) {
            out.push_str(WIDE);
            cluster = &cluster[next..];
        }
        let shown = visible(cluster);
        let white = shown == cluster && cluster.chars().all(char::is_whitespace);
        if white || cluster.len() == 1 && cluster.bytes().all(|byte| byte.is_ascii_punctuation()) {
            out.push_str(cluster);
            continue;
        }
        match shown.width() {
            2 if shown == cluster => out.push_str(WIDE),
            columns => out.extend(std::iter::repeat_n(NARROW, columns)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tokenization::segment;

    #[test]
    fn only_the_shape_remains() {
        for (text, expected) in [
            ("BP 152/94,\r\n\tno fever.", "xx xxx/xx,\r\n\txx xxxxx."),
            ("naïve e\u{301}t 血圧", "xxxxx xx ｘｘ"),
            ("a\u{200b}b\u{e0041}", "xxxxxxxxxxxxxxxxxxx"),
            ("\u{1b}[2J – µ", "x[xx x x"),
            ("👩\u{200d}⚕\u{fe0f}!", "ｘｘ!"),
        ] {
            assert_eq!(blanked(text, &segment(text)).0, expected, "{}", text.escape_unicode());
        }
    }

    proptest! {
        #[test]
        fn words_stay_words(text in any::<String>()) {
            let words = segment(&text);
            let (blank, moved) = blanked(&text, &words);
            prop_assert_eq!(moved.len(), words.len());
            prop_assert!(moved.iter().all(|word| !word.slice(&blank).is_empty()));
            prop_assert!(!blank.chars().any(|c| c.is_alphanumeric() && c != 'x' && c != 'ｘ'));
        }
    }
}
