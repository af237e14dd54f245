//! Word vectors of whole documents: what they are in a note of many windows is what each window gives by itself.

use std::collections::HashSet;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use chartmark::encoder::cache::look;
use chartmark::encoder::words::{encode, encode_all};
use chartmark::encoder::{Batch, DiskCache, DocumentEncoder, EncodeOptions, Encoder, Mode, Pooling, Precision, Purpose};
use chartmark::tokenization::{Piece, WindowOptions, WindowPlan, segment};

use crate::tiny::{FP32, VOCAB, load, model, note};

const HIDDEN: usize = 24;

fn options(length: usize, overlap: usize, pooling: Pooling) -> EncodeOptions {
    EncodeOptions { pooling, windows: WindowOptions { length, overlap } }
}

/// The hidden states of some subwords between `[CLS]` and `[SEP]`, alone in their batch, row-major.
fn forward(encoder: &Encoder, subwords: &[u32]) -> Vec<f32> {
    let mut batch = Batch::default();
    batch.push([2].into_iter().chain(subwords.iter().copied()).chain([3]));
    let hidden = encoder.bert.forward(&batch, Mode::Predict).unwrap();
    hidden.narrow(0, 1, subwords.len()).unwrap().flatten_all().unwrap().to_vec1().unwrap()
}

/// The vector of some of these subwords.
fn pool(rows: &[f32], pooling: Pooling) -> Vec<f32> {
    let rows: Vec<&[f32]> = rows.chunks_exact(HIDDEN).collect();
    match pooling {
        Pooling::First => rows[0].to_vec(),
        Pooling::Last => rows[rows.len() - 1].to_vec(),
        Pooling::Mean => (0..HIDDEN).map(|at| rows.iter().map(|row| row[at]).sum::<f32>() / rows.len() as f32).collect(),
    }
}

fn assert_near(found: &[f32], expected: &[f32], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let distance = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    // What is kept of a number has eleven bits.
    assert!(distance < 2e-3, "{what}: the vectors differ by {distance}");
}

#[test]
fn each_words_vector_is_that_of_its_window_alone() {
    let dir = model();
    let encoder = load(dir.path(), FP32);
    for (words, length, overlap, pooling) in [
        (400, 22, 5, Pooling::Mean),
        (60, 22, 11, Pooling::First),
        (60, 9, 4, Pooling::Last),
        (20, 1, 0, Pooling::Mean),
        (0, 22, 5, Pooling::Mean),
        // More than the positions allow: the windows are as long as they can be.
        (60, 500, 5, Pooling::Mean),
    ] {
        let text = note(words);
        let cut = segment(&text);
        let found = encode(&encoder, &text, &cut, options(length, overlap, pooling)).unwrap();
        let alignment = encoder.tokenizer.align(&text, &cut).unwrap();
        let plan = WindowPlan::new(&text, &cut, &alignment, WindowOptions { length: length.min(22), overlap });
        assert_eq!(found.len(), cut.len() * HIDDEN);
        for (window, pieces) in plan.windows.iter().zip(&plan.pieces) {
            let hidden = forward(&encoder, &alignment.ids[window.clone()]);
            for piece in pieces.iter().filter(|piece| alignment.subwords(piece.word) == (piece.start..piece.end)) {
                let rows = &hidden[(piece.start - window.start) * HIDDEN..(piece.end - window.start) * HIDDEN];
                let vector = &found[piece.word * HIDDEN..(piece.word + 1) * HIDDEN];
                assert_near(vector, &pool(rows, pooling), &format!("word {} of {words}, windows of {length}", piece.word));
            }
        }
    }
}

#[test]
fn a_document_shorter_than_a_window_is_one_sequence() {
    let dir = model();
    let encoder = load(dir.path(), FP32);
    let text = "Severe chest pain, abc.";
    let words = segment(text);
    let found = encode(&encoder, text, &words, EncodeOptions::for_positions(24)).unwrap();
    let alignment = encoder.tokenizer.align(text, &words).unwrap();
    let hidden = forward(&encoder, &alignment.ids);
    let of_word =
        |word| pool(&hidden[alignment.subwords(word).start * HIDDEN..alignment.subwords(word).end * HIDDEN], Pooling::Mean);
    assert_near(&found, &(0..words.len()).flat_map(of_word).collect::<Vec<_>>(), "the note");
}

#[test]
fn a_word_longer_than_a_window_gets_the_mean_of_all_its_subwords() {
    let dir = model();
    let encoder = load(dir.path(), FP32);
    // One word by the standard, 50 subwords by the tokenizer: pieces of 20, 20 and 10.
    let text = "1_".repeat(25);
    let words = segment(&text);
    assert_eq!(words.len(), 1);
    let alignment = encoder.tokenizer.align(&text, &words).unwrap();
    assert_eq!(alignment.ids.len(), 50);
    let rows: Vec<f32> = alignment.ids.chunks(20).flat_map(|piece| forward(&encoder, piece)).collect();
    for pooling in [Pooling::Mean, Pooling::First, Pooling::Last] {
        let found = encode(&encoder, &text, &words, options(20, 5, pooling)).unwrap();
        assert_near(&found, &pool(&rows, pooling), &format!("{pooling:?}"));
    }
}

#[test]
fn the_order_in_which_windows_are_asked_for_changes_nothing() {
    let dir = model();
    let encoder = load(dir.path(), FP32);
    let text = note(2_000);
    let words = segment(&text);
    let options = options(22, 5, Pooling::Mean);
    let expected = encode(&encoder, &text, &words, options).unwrap();
    for begin in [words.len() - 1, words.len() / 2, 3] {
        let mut document = DocumentEncoder::new(&encoder, &text, &words, options).unwrap();
        let (mut near, mut steps, mut covered) = (document.window_of(begin), 0, vec![0; words.len()]);
        while let Some(ready) = document.step(&encoder, near).unwrap() {
            if steps == 0 {
                assert!(ready.contains(&begin), "word {begin} comes first, not {ready:?}");
            }
            covered[ready].iter_mut().for_each(|times| *times += 1);
            steps += 1;
            near = (near * 31 + 17) % (document.windows() + 3);
        }
        assert!(steps > 1, "the note takes several steps");
        assert!(covered.iter().all(|&times| times == 1), "each word is announced once");
        assert_eq!(document.left(), 0);
        assert_near(&document.into_vectors().wide(), &expected, &format!("from word {begin}"));
    }
}

/// An encoder whose vectors are kept in `folder`.
fn keeping(model: &Path, purpose: Purpose, folder: &Path) -> Encoder {
    let mut encoder = load(model, purpose);
    let say = |sentence: String| panic!("{sentence}");
    encoder.keep_in(Some(Arc::new(DiskCache::new(folder.to_owned(), 1 << 30, say))));
    encoder
}

fn bits(vectors: Vec<f32>) -> Vec<u32> {
    vectors.into_iter().map(f32::to_bits).collect()
}

#[test]
fn not_a_bit_depends_on_what_is_encoded_together_or_was_kept() {
    let dir = model();
    for purpose in [FP32, Purpose::Prediction(Some(Precision::Int8))] {
        let folder = tempfile::tempdir().unwrap();
        let plain = load(dir.path(), purpose);
        let texts: Vec<String> = [0, 3, 700, 1, 40, 9, 25, 300].into_iter().map(note).collect();
        for options in [options(22, 5, Pooling::Mean), options(9, 4, Pooling::Last)] {
            let alone = |encoder: &Encoder, text: &String| bits(encode(encoder, text, &segment(text), options).unwrap());
            let expected: Vec<Vec<u32>> = texts.iter().map(|text| alone(&plain, text)).collect();
            let together = |encoder: &Encoder| -> Vec<Vec<u32>> {
                let document = |text: &String| DocumentEncoder::new(encoder, text, &segment(text), options).unwrap();
                let mut documents: Vec<DocumentEncoder> = texts.iter().map(document).collect();
                encode_all(encoder, &mut documents).unwrap();
                documents.into_iter().map(|document| bits(document.into_vectors().wide())).collect()
            };
            assert_eq!(together(&plain), expected);
            // What is there already, kept by whatever batch, is taken from the third document on.
            texts[2..4].iter().for_each(|text| drop(alone(&keeping(dir.path(), purpose, folder.path()), text)));
            for _ in 0..2 {
                assert_eq!(together(&keeping(dir.path(), purpose, folder.path())), expected);
            }
            let found: Vec<_> = texts.iter().map(|text| alone(&keeping(dir.path(), purpose, folder.path()), text)).collect();
            assert_eq!(found, expected);
        }
    }
}

/// A text without any order: words, sentences of some, lines of some sentences.
fn disorder(words: usize) -> String {
    let all: Vec<&str> = VOCAB.lines().skip(6).take(24).chain(["cabs", "abc"]).collect();
    let mut random = 1u64;
    let mut below = |most: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (random >> 33) as usize % most
    };
    let mut text = String::new();
    for _ in 0..words {
        text += all[below(all.len())];
        text += ["\n", ". ", ". ", ", "].get(below(30)).unwrap_or(&" ");
    }
    text
}

#[test]
fn only_windows_that_are_new_are_encoded() {
    let dir = model();
    let folder = tempfile::tempdir().unwrap();
    let entries = |text: &str| {
        let encoder = keeping(dir.path(), FP32, folder.path());
        encode(&encoder, text, &segment(text), options(22, 5, Pooling::Mean)).unwrap();
        drop(encoder);
        look(folder.path()).unwrap().entries
    };
    let text = disorder(3_000);
    let all = entries(&text);
    assert!(all > 150, "{all} windows");
    assert_eq!(entries(&text), all, "none the second time");
    let added = entries(&(text + "severe pain")) - all;
    assert!((1..=3).contains(&added), "{added} windows at the end");
}

#[test]
fn an_edit_changes_the_windows_around_it_alone() {
    let dir = model();
    let tokenizer = load(dir.path(), FP32).tokenizer;
    // What each window's vectors depend on: its subwords, and which of them make the vectors it gives.
    let windows = |text: &str| -> Vec<(Vec<u32>, Vec<usize>)> {
        let words = segment(text);
        let alignment = tokenizer.align(text, &words).unwrap();
        let options = EncodeOptions::for_positions(512).windows;
        let plan = WindowPlan::new(text, &words, &alignment, options);
        let ends = |pieces: &Vec<Piece>, first: usize| pieces.iter().flat_map(|it| [it.start - first, it.end - first]).collect();
        let window =
            |(window, pieces): (&Range<usize>, &Vec<Piece>)| (alignment.ids[window.clone()].to_vec(), ends(pieces, window.start));
        plan.windows.iter().zip(&plan.pieces).map(window).collect()
    };
    let text = disorder(30_000);
    let known: HashSet<_> = windows(&text).into_iter().collect();
    assert!(known.len() > 150, "{} windows", known.len());
    let places: Vec<usize> = text.match_indices(" chest").map(|(at, _)| at).collect();
    let mut counts = Vec::new();
    for place in places.iter().step_by(places.len() / 40) {
        for word in [" cabs", " no no no", ""] {
            let mut edited = text.clone();
            edited.replace_range(*place..place + " chest".len(), word);
            counts.push(windows(&edited).iter().filter(|window| !known.contains(window)).count());
        }
    }
    // Where a line happens to end at the very edge of a window, the next ones may follow other lines for a while.
    counts.sort_unstable();
    let (most, usual) = (counts[counts.len() - 1], counts[counts.len() * 19 / 20]);
    assert!(counts[0] >= 1 && usual <= 3 && most <= known.len() / 10, "windows that are encoded again: {counts:?}");
}
