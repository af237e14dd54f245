use std::ops::Range;

use proptest::prelude::*;
use tokenizers::{PaddingParams, PaddingStrategy, TruncationParams};

use super::*;
use crate::domain::Words;

/// A vocabulary in which most words fall into several subwords, and many are unknown.
const VOCAB: &str = "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n##a\nb\n##b\nche\n##st\npain\n.\n,\n_\n1\n2\n痛\n腹\ne\n##e\nnai\n##ve\n!\n?";

fn tokenizer() -> SubwordTokenizer {
    SubwordTokenizer::from_vocab(VOCAB, None).unwrap()
}

fn aligned(text: &str) -> (Words, Alignment) {
    let words = segment(text);
    let alignment = tokenizer().align(text, &words).unwrap();
    (words, alignment)
}

/// Words are apart, in order, slices of the text, and hold every character that is not white space.
fn check_words(text: &str, words: &Words) {
    let mut outside = String::new();
    let mut at = 0;
    for word in words.iter() {
        assert!(at <= word.start && word.start < word.end, "{word:?} after byte {at}");
        outside.push_str(&text[at..word.start]);
        let slice = word.slice(text);
        assert!(!slice.chars().all(char::is_whitespace), "{slice:?} is white space alone");
        assert_eq!(word.alphanumeric, slice.chars().any(char::is_alphanumeric), "{slice:?}");
        at = word.end;
    }
    outside.push_str(&text[at..]);
    assert!(outside.chars().all(char::is_whitespace), "{outside:?} lies in no word");
}

/// Every word has subwords of its own, and nothing else has any.
fn check_alignment(words: &Words, alignment: &Alignment) {
    assert_eq!(alignment.words(), words.len());
    let mut at = 0;
    for word in 0..words.len() {
        let subwords = alignment.subwords(word);
        assert_eq!(subwords.start, at, "the subwords of word {word} begin where those of the one before end");
        assert!(subwords.end > subwords.start, "word {word} has no subword");
        at = subwords.end;
    }
    assert_eq!(at, alignment.ids.len());
}

/// Windows in order that reach on, none too long, nothing left out; every subword of every word judged once, in a
/// window that holds it.
fn check_plan(alignment: &Alignment, plan: &WindowPlan, length: usize) {
    assert_eq!(plan.windows.len(), plan.pieces.len());
    let mut covered = 0;
    for window in &plan.windows {
        assert!(window.len() <= length, "{window:?} is longer than {length}");
        assert!(window.start <= covered && window.end > covered, "{window:?} after {covered} covered subwords");
        covered = window.end;
    }
    assert_eq!(covered, alignment.ids.len(), "the last subwords are in no window");
    let holds = |window: &Range<usize>, piece: &Piece| window.start <= piece.start && piece.end <= window.end;
    let all_held = plan.windows.iter().zip(&plan.pieces).all(|(window, pieces)| pieces.iter().all(|piece| holds(window, piece)));
    assert!(all_held, "a piece stands in a window that doesn't hold it");
    let mut next = plan.pieces.iter().flatten();
    for word in 0..alignment.words() {
        let subwords = alignment.subwords(word);
        let mut at = subwords.start;
        while at < subwords.end {
            let piece = next.next().expect("a word is missing");
            assert_eq!((piece.word, piece.start), (word, at));
            at = piece.end;
        }
        assert_eq!(at, subwords.end);
    }
    assert_eq!(next.next(), None);
}

fn check(text: &str, length: usize, overlap: usize) -> (Words, Alignment, WindowPlan) {
    let (words, alignment) = aligned(text);
    let plan = WindowPlan::new(text, &words, &alignment, WindowOptions { length, overlap });
    check_words(text, &words);
    check_alignment(&words, &alignment);
    check_plan(&alignment, &plan, length.max(1));
    (words, alignment, plan)
}

#[test]
fn texts_that_are_not_plain_english_lose_no_word() {
    // The text, and its words.
    let rows: [(&str, &[&str]); 15] = [
        ("", &[]),
        (" \n\t\u{a0}\u{3000}\r\n ", &[]),
        ("Chest pain.", &["Chest", "pain", "."]),
        ("腹痛3日", &["腹", "痛", "3", "日"]),
        ("👩‍⚕️ saw 👨‍👩‍👧‍👦.", &["👩‍⚕️", "saw", "👨‍👩‍👧‍👦", "."]),
        ("🇩🇪🇫🇷", &["🇩🇪", "🇫🇷"]),
        ("nai\u{308}ve e\u{301}", &["nai\u{308}ve", "e\u{301}"]),
        ("\u{301} a", &["\u{301}", "a"]),
        ("a \u{200b} b", &["a", "\u{200b}", "b"]),
        ("a \u{7f}\u{0} b", &["a", "\u{7f}", "\u{0}", "b"]),
        // The standard hangs format controls and accents on what stands before them, be it a space.
        ("a \u{202e}b\u{202c} \u{301}", &["a", " \u{202e}", "b\u{202c}", " \u{301}"]),
        ("\u{1b}[31mred", &["\u{1b}", "[", "31mred"]),
        ("ﷺ ﬁ", &["ﷺ", "ﬁ"]),
        ("ปวดท้อง", &["ป", "ว", "ด", "ท้", "อ", "ง"]),
        ("3.5mg/d b.i.d.", &["3.5mg", "/", "d", "b.i.d", "."]),
    ];
    for (text, expected) in rows {
        let (words, ..) = check(text, 6, 2);
        assert_eq!(words.iter().map(|word| word.slice(text)).collect::<Vec<_>>(), expected, "{text:?}");
    }
}

#[test]
fn words_that_the_tokenizer_erases_get_the_unknown_subword() {
    // An accent alone, a control, a tag character, a replacement character.
    let text = "a \u{301} \u{7f} \u{e0041} \u{fffd} b";
    let (words, alignment, _) = check(text, 10, 2);
    let unknown = |word: &usize| alignment.ids[alignment.subwords(*word)] == [1];
    assert_eq!((0..words.len()).filter(unknown).count(), words.len() - 2);
    assert_eq!((alignment.ids.first(), alignment.ids.last()), (Some(&4), Some(&6)));
}

#[test]
fn a_note_of_a_hundred_thousand_words_is_covered_to_its_end() {
    let text = "Chest pain, aab 1.\n".repeat(100_000 / 6 + 1);
    let (words, alignment, plan) = check(&text, 254, 63);
    assert!(words.len() >= 100_000);
    assert_eq!(plan.windows.last().map(|window| window.end), Some(alignment.ids.len()));
    assert_eq!(words.last().map(|word| word.end), Some(text.trim_end().len()));
}

#[test]
fn one_word_of_ten_thousand_subwords_is_cut_into_pieces() {
    let text = format!("pain {} pain", "1_".repeat(5_000));
    let (words, alignment, plan) = check(&text, 126, 31);
    assert_eq!(words.len(), 3);
    assert_eq!(alignment.subwords(1).len(), 10_000);
    let pieces: Vec<&Piece> = plan.pieces.iter().flatten().filter(|piece| piece.word == 1).collect();
    assert_eq!(pieces.iter().map(|piece| piece.end - piece.start).sum::<usize>(), 10_000);
}

#[test]
fn windows_end_at_lines_then_sentences_and_words_stand_far_from_edges() {
    // Nine one-subword words; a window of 8 ends in its last quarter (6 to 8) where it can.
    for (text, first) in [
        ("a a a a a a\na a a a", 6),
        ("a a a a a a . a a a a", 7),
        ("a a a a a .\na . a a a", 6),
        ("a a a a a a a a a a a", 8),
        ("a\na a a a a a a a a a", 8),
    ] {
        let (_, _, plan) = check(text, 8, 2);
        assert_eq!(plan.windows[0], 0..first, "{text:?}");
    }
    let (_, _, plan) = check(&"a ".repeat(14), 8, 4);
    assert_eq!(plan.windows, [0..8, 4..12, 8..14]);
    let words = |pieces: &Vec<Piece>| pieces[0].word..pieces[pieces.len() - 1].word + 1;
    assert_eq!(plan.pieces.iter().map(words).collect::<Vec<_>>(), [0..6, 6..10, 10..14]);
}

#[test]
fn a_tokenizer_files_own_truncation_and_padding_are_switched_off() {
    let mut inner: tokenizers::Tokenizer = tokenizer().to_json().unwrap().parse().unwrap();
    inner.with_truncation(Some(TruncationParams { max_length: 8, ..TruncationParams::default() })).unwrap();
    inner.with_padding(Some(PaddingParams { strategy: PaddingStrategy::Fixed(16), ..PaddingParams::default() }));
    let json = inner.to_string(false).unwrap();
    assert!(json.contains("\"max_length\":8") && json.contains("\"Fixed\":16"), "{json}");
    let tokenizer = SubwordTokenizer::from_json(json.as_bytes()).unwrap();
    for words in [1, 3, 20] {
        let text = "pain ".repeat(words);
        assert_eq!(tokenizer.align(&text, &segment(&text)).unwrap().ids, vec![10; words]);
    }
    assert!(!tokenizer.to_json().unwrap().contains("\"Fixed\""), "a model that is saved again doesn't ask for it either");
}

#[test]
fn capitals_and_accents_follow_the_vocabulary() {
    const CASED: &str = "[UNK]\n[CLS]\n[SEP]\nPain\npain\nnaïve";
    const UNCASED: &str = "[UNK]\n[CLS]\n[SEP]\npain\nnaive\nPAIN";
    let ids = |vocab: &str, lowercase, text: &str| {
        SubwordTokenizer::from_vocab(vocab, lowercase).unwrap().align(text, &segment(text)).unwrap().ids
    };
    let text = "Pain pain naïve PAIN";
    assert_eq!(ids(CASED, None, text), [3, 4, 5, 0], "a vocabulary with capitals is a cased one");
    assert_eq!(ids(&UNCASED.to_lowercase().replace("[unk]\n[cls]\n[sep]", "[UNK]\n[CLS]\n[SEP]"), None, text), [5, 5, 4, 5]);
    assert_eq!(ids(UNCASED, Some(true), text), [3, 3, 4, 3], "tokenizer_config.json has the last word");
    assert_eq!(ids(CASED, Some(false), text), [3, 4, 5, 0]);
    assert_eq!(ids(&CASED.replace('\n', "\r\n"), None, text), [3, 4, 5, 0], "lines may end as on Windows");
}

#[test]
fn what_is_no_tokenizer_is_refused_in_a_sentence() {
    let from_json = |json: &str| SubwordTokenizer::from_json(json.as_bytes()).map(|_| ());
    let from_vocab = |vocab: &str| SubwordTokenizer::from_vocab(vocab, None).map(|_| ());
    for (found, words) in [
        (from_json(""), "tokenizer file can't be read"),
        (from_json("{\"model\": 3}"), "tokenizer file can't be read"),
        (from_json("[1, 2"), "tokenizer file can't be read"),
        (from_vocab("a\nb"), "no '[CLS]' token"),
        (from_vocab("[CLS]\n[UNK]"), "no '[SEP]' token"),
        (from_vocab("[CLS]\n[SEP]"), "no '[UNK]' token"),
    ] {
        let sentence = found.unwrap_err().to_string();
        assert!(sentence.contains(words), "{sentence}");
    }
}

/// Texts of fragments that are hard on a segmenter or a tokenizer, mixed with anything at all.
fn texts() -> impl Strategy<Value = String> {
    let hard = prop::sample::select(vec![
        "chest pain",
        " ",
        "\n",
        "\r\n",
        "a",
        "b",
        ".",
        "。",
        "腹痛",
        "👩‍⚕️",
        "\u{200d}",
        "\u{301}",
        "e\u{301}",
        "\u{feff}",
        "\u{202e}",
        "\u{1b}[2J",
        "\0",
        "1_2_1_2_1",
        "_",
        "ß",
        "İ",
        "ﷺ",
        "\u{a0}",
        "\u{2028}",
        "한국어",
        "[CLS]",
        "[UNK]",
        "##a",
        "aababababb",
    ]);
    let fragment = prop_oneof![6 => hard.prop_map(str::to_owned), 1 => any::<char>().prop_map(String::from), 1 => "\\PC{0,12}"];
    prop::collection::vec(fragment, 0..60).prop_map(|fragments| fragments.concat())
}

proptest! {
    #[test]
    fn every_word_of_any_text_is_aligned_once_and_read_in_one_window(
        text in texts(),
        length in 1usize..40,
        overlap in 0usize..40,
    ) {
        check(&text, length, overlap);
    }

    #[test]
    fn neighbouring_windows_overlap_as_asked_up_to_a_word(
        words in prop::collection::vec(prop::sample::select(vec!["a", "pain.", "aaa", "\n", "b b"]), 0..200),
        length in 12usize..40,
        overlap in 0usize..40,
    ) {
        let text = words.join(" ");
        let (_, alignment, plan) = check(&text, length, overlap);
        let longest = (0..alignment.words()).map(|word| alignment.subwords(word).len()).max().unwrap_or(1);
        let asked = overlap.min(length / 2);
        for pair in plan.windows.windows(2) {
            let shared = pair[0].end - pair[1].start;
            prop_assert!(shared <= asked && shared + longest > asked, "{pair:?} share {shared} of {asked}");
        }
    }

    #[test]
    fn a_tokenizer_goes_through_its_file_unchanged(text in texts()) {
        let again = SubwordTokenizer::from_json(tokenizer().to_json().unwrap().as_bytes()).unwrap();
        let words = segment(&text);
        prop_assert_eq!(again.align(&text, &words).unwrap(), tokenizer().align(&text, &words).unwrap());
    }
}
