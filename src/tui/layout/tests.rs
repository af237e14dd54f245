use proptest::prelude::*;

use super::*;
use crate::domain::Word;
use crate::tokenization::segment::segment;

/// The lines as they are drawn, each as wide as its glyphs say.
fn drawn(text: &str, width: u16) -> Vec<String> {
    let words = segment(text);
    let layout = Layout::new(text, &words, width);
    let line = |line| {
        let glyphs = layout.glyphs(text, &words, line);
        glyphs.map(|g| if g.ground == Ground::Blank { " ".repeat(g.width.into()) } else { g.shown.into_owned() }).collect()
    };
    (0..layout.lines().len()).map(line).collect()
}

#[test]
fn lines_break_where_a_reader_expects() {
    let rows: &[(&str, u16, &[&str])] = &[
        ("", 5, &[""]),
        ("one two three", 8, &["one two ", "three"]),
        ("one two", 3, &["one", "two"]),
        ("one  \ntwo\n\n", 9, &["one  ", "two", ""]),
        ("a\r\nb\rc", 9, &["a", "b␍c"]),
        ("abcdefgh ij", 3, &["abc", "def", "gh ", "ij"]),
        ("a\tb\tc", 20, &["a       b       c"]),
        ("x\tyyyy", 10, &["x       ", "yyyy"]),
        ("高血圧の既往", 6, &["高血圧", "の既往"]),
        ("aged 高血圧", 7, &["aged 高", "血圧"]),
        // Joined pictures as their parts, whatever the terminal would make of them.
        ("👩\u{200d}⚕\u{fe0f} e\u{301}t", 9, &["👩⚕\u{fe0f} e\u{301}t"]),
        ("👩\u{200d}⚕\u{fe0f} e\u{301}t", 3, &["👩", "⚕\u{fe0f} ", "e\u{301}t"]),
        ("👍\u{1f3fd} x", 3, &["👍", "\u{1f3fd} ", "x"]),
        ("a\u{1b}[31mb", 20, &["a␛[31mb"]),
        ("no\u{202e}on", 20, &["no‹U+202E›on"]),
        ("\u{301}x", 20, &["‹U+0301›x"]),
        ("a\u{202e}", 4, &["a¤"]),
        ("one\u{a0}two x", 6, &["one\u{a0}tw", "o x"]),
    ];
    for (text, width, expected) in rows {
        assert_eq!(drawn(text, *width), *expected, "{} at {width}", text.escape_unicode());
    }
}

/// The lines with the tags of words drawn as `<…>`, and joined blanks as `_`; `tags` holds columns and joins by word.
fn drawn_with_tags(text: &str, width: u16, tags: &[(&str, Tag)]) -> Vec<String> {
    let words = segment(text);
    let tag = |slice: &str| tags.iter().find(|(word, _)| *word == slice).map_or(Tag::default(), |(_, tag)| *tag);
    let layout = Layout::tagged(text, &words, width, words.iter().map(|word| tag(word.slice(text))).collect());
    let shown = |glyph: Glyph<'_>| match glyph.ground {
        Ground::Tag(0) => "<".to_owned(),
        Ground::Tag(_) => ">".to_owned(),
        Ground::Blank => " ".repeat(glyph.width.into()),
        Ground::Join => "_".to_owned(),
        _ => glyph.shown.into_owned(),
    };
    (0..layout.lines().len()).map(|line| layout.glyphs(text, &words, line).map(shown).collect()).collect()
}

#[test]
fn tags_stand_behind_their_words_and_wrap_with_them() {
    let two = Tag { columns: 2, joins: false };
    let joins = Tag { columns: 0, joins: true };
    type Row<'a> = (&'a str, u16, &'a [(&'a str, Tag)], &'a [&'a str]);
    let rows: &[Row<'_>] = &[
        ("chest pain, no", 20, &[("chest", two), ("pain", two)], &["chest<> pain<>, no"]),
        ("chest pain, no", 11, &[("pain", two)], &["chest ", "pain<>, no"]),
        ("chest pain", 12, &[("chest", joins), ("pain", two)], &["chest_pain<>"]),
        ("chest pain", 6, &[("chest", joins), ("pain", two)], &["chest_", "pain<>"]),
        ("chest pain", 5, &[("chest", joins), ("pain", two)], &["chest", "_", "pain<", ">"]),
        ("a\nb", 9, &[("a", two), ("b", two)], &["a<>", "b<>"]),
        ("pain", 1, &[("pain", two)], &["p", "a", "i", "n", "<", ">"]),
        ("高血圧 x", 4, &[("圧", two)], &["高血", "圧<>", "x"]),
    ];
    for (text, width, tags, expected) in rows {
        assert_eq!(drawn_with_tags(text, *width, tags), *expected, "{text} at {width}");
    }
}

#[test]
fn up_and_down_keep_to_the_goal_column_and_pass_over_rules_and_blank_lines() {
    let text = "Chest pain today\n\n----------\nSevere, since noon.";
    let words = segment(text);
    let layout = Layout::new(text, &words, 40);
    let word = |name: &str| words.iter().position(|word| word.slice(text) == name).unwrap();
    let check = |from: &str, delta, column, to: &str| {
        assert_eq!(words[layout.vertical(word(from), delta, column)].slice(text), to, "{from} {delta} {column}");
    };
    check("pain", 1, 6, "Severe");
    check("pain", 1, 8, "since");
    check("Severe", -1, 11, "today");
    check("Chest", -1, 0, "Chest");
    check("noon", 1, 14, "noon");
    check("Chest", 20, 15, "noon");
    check("noon", -20, 0, "Chest");
}

#[test]
fn a_click_finds_the_nearest_word() {
    let text = "  ab cd\n\nef";
    let words = segment(text);
    let layout = Layout::new(text, &words, 20);
    let rows = [(0, 0, 0), (0, 3, 0), (0, 5, 1), (0, 19, 1), (1, 0, 0), (2, 0, 2), (99, 9, 2)];
    for (line, column, word) in rows {
        assert_eq!(layout.word_at(line, column), Some(word), "{line}:{column}");
    }
    assert_eq!(Layout::new(" \n ", &segment(" \n "), 20).word_at(0, 0), None);
}

#[test]
fn a_hundred_accents_do_not_hide_in_one_cell() {
    let text = format!("a{}", "\u{301}".repeat(100));
    let shown = drawn(&text, 80).concat();
    assert_eq!(shown.matches("‹U+0301›").count(), 100);
}

#[test]
fn a_hundred_thousand_words_are_laid_out_whole() {
    let text = "Patient denies chest pain, 40 mg b.d. über\n".repeat(12_500);
    let words = segment(&text);
    let layout = Layout::new(&text, &words, 78);
    assert_eq!(layout.lines().len(), 12_500);
    assert_eq!(layout.line_of(words.len() - 1), 12_499);
}

proptest! {
    #[test]
    fn every_byte_lies_on_one_line_and_none_is_too_wide(
        text in "([a-z]{1,9}|[ \t\n]|\r|\r\n|高血圧|カタカナ|👩\u{200d}⚕\u{fe0f}|e\u{301}|\u{301}|\u{202e}|\u{1b}\\[2J|\u{e0041}|\\PC){0,40}",
        width in 1u16..30,
        tags in prop::collection::vec((0u16..40, any::<bool>()), 0..9),
    ) {
        let words = segment(&text);
        let tags: Vec<Tag> = tags.iter().cycle().take(words.len()).map(|&(columns, joins)| Tag { columns, joins }).collect();
        let wanted: usize = tags.iter().map(|tag| usize::from(tag.columns)).sum();
        let layout = Layout::tagged(&text, &words, width, tags);
        let mut tagged = 0;
        let mut byte = 0;
        let mut word = 0;
        for (index, line) in layout.lines().iter().enumerate() {
            prop_assert_eq!(line.bytes.start, byte);
            prop_assert_eq!(line.words.start, word);
            let mut column = 0;
            for glyph in layout.glyphs(&text, &words, index) {
                prop_assert_eq!(glyph.bytes.start, byte);
                prop_assert_eq!(glyph.column, column);
                match glyph.ground {
                    Ground::Tag(_) => {
                        tagged += 1;
                        prop_assert_eq!(glyph.word, words.iter().position(|word| word.end == byte));
                    }
                    _ => prop_assert_eq!(glyph.word, words.iter().position(|word| word.range().contains(&byte))),
                }
                byte = glyph.bytes.end;
                column += glyph.width;
            }
            prop_assert!(column <= width, "line {} is {} wide", index, column);
            prop_assert_eq!(line.bytes.end, byte);
            word = line.words.end;
        }
        prop_assert_eq!(byte, text.len());
        prop_assert_eq!(word, words.len());
        prop_assert_eq!(tagged, wanted);
    }

    #[test]
    fn a_word_is_found_where_it_begins(text in "([a-z]{1,9}|[ \n]|高血圧|\u{301}|\u{1b}|[,.]){0,40}", width in 1u16..30, cut in 0usize..9) {
        // Imported words may be cut anywhere, even within a cluster.
        let cuts = segment(&text).iter().flat_map(|word| {
            let inner = word.slice(&text).char_indices().nth(cut).map_or(word.end, |(at, _)| word.start + at);
            [(word.start, inner), (inner, word.end)].into_iter().filter(|&(start, end)| !text[start..end].trim().is_empty())
        }).map(|(start, end)| Word { start, end, alphanumeric: true }).collect();
        let words = Words::new(cuts);
        let layout = Layout::new(&text, &words, width);
        for word in 0..words.len() {
            prop_assert_eq!(layout.word_at(layout.line_of(word), layout.column_of(word)), Some(word));
            prop_assert!(layout.lines()[layout.line_of(word)].words.contains(&word));
            prop_assert!(!layout.columns_of(word).is_empty());
        }
    }
}
