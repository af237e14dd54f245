//! Turning pages: nothing is passed over, and what counts as seen is what is drawn.

use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::bench::Bench;
use crate::domain::Disposition;
use crate::tui::message::Message;
use crate::tui::state::Tone;
use crate::tui::theme::{Backdrop, Depth, Palette, Theme};
use crate::tui::view;

/// A note in the notation, a line for each number: how many labels its first word has, and so its lanes; 9 for a blank one.
fn note(lines: impl IntoIterator<Item = usize>) -> String {
    let line = |(index, labels): (usize, usize)| match ["SYM", "SYM,SEV", "SYM,SEV,ANA"].get(labels.wrapping_sub(1)) {
        Some(names) => format!("[a](SYM) w{index}\n").replace("SYM", names),
        None if labels == 9 => "\n".to_owned(),
        None => format!("a w{index}\n"),
    };
    lines.into_iter().enumerate().map(line).collect()
}

/// A note on a screen of so many rows.
fn bench(text: &str, height: u16) -> Bench {
    let mut bench = Bench::unopened(&[text]);
    bench.state.screen = (80, height);
    bench.open_project();
    bench.model_ready(0);
    bench
}

/// A sentence of so many lines is to be read for the next keys.
fn say(bench: &mut Bench, lines: usize) {
    if lines > 0 {
        let screen = bench.state.screen;
        bench.state.report(Tone::Plain, "words ".repeat(12 * lines));
        bench.message(Message::Resized(screen.0, screen.1));
    }
}

/// Words without a line break between them that can be read on the page, first to last.
fn page(bench: &Bench) -> std::ops::Range<usize> {
    let sight = &bench.state.work.sight;
    sight.first().map_or(0, |(words, _)| words.start)..sight.last().map_or(0, |(words, _)| words.end)
}

#[test]
fn a_note_that_was_read_page_by_page_is_accepted() {
    let dense = note(std::iter::repeat_n(0, 20).chain((0..40).map(|line| 2 + line % 2)));
    let gaps = note((0..90).map(|line| if line % 30 < 20 { 9 } else { line % 4 }));
    for text in [&dense, &gaps] {
        for height in (10..=60).step_by(3) {
            let mut bench = bench(text, height);
            for _ in 0..90 {
                bench.press("pgdn");
            }
            assert!(bench.word().starts_with('a') || bench.word().starts_with('w'));
            let seen = bench.state.seen_words();
            let unseen: Vec<usize> = (0..bench.open().words.len()).filter(|&word| !seen(word)).collect();
            assert_eq!(unseen, [] as [usize; 0], "{height} rows");
            drop(seen);
            bench.press("D");
            assert_eq!(bench.open().annotations.disposition, Disposition::Done, "{height} rows: {}", bench.notice());
        }
    }
}

#[test]
fn a_page_shares_lines_with_the_next_and_leads_back() {
    let mut bench = bench(&note(std::iter::repeat_n(0, 100)), 24);
    let first = page(&bench);
    bench.press("pgdn");
    let second = page(&bench);
    assert_eq!(second.start + 4, first.end, "two lines of two words");
    assert!(second.contains(&bench.open().cursor));
    bench.press("pgup");
    assert_eq!(page(&bench), first);
    bench.press("G");
    let last = page(&bench);
    bench.press("g pgdn pgdn pgdn pgdn pgdn pgdn pgdn pgdn");
    assert_eq!(page(&bench), last, "the last page is full");
}

#[test]
fn what_counts_as_seen_is_what_is_drawn() {
    let theme = Theme { depth: Depth::Mono, backdrop: Backdrop::Unknown, palette: Palette::Scheme };
    let text = note((0..120).map(|line| [0, 1, 3, 2, 0, 9, 3, 3, 3][line % 9]));
    for height in (10..=60).step_by(3) {
        for lines in [0, 2, 3] {
            let mut bench = bench(&text, height);
            for keys in ["", "pgdn", "j j", "pgdn", "k k k", "G", "k k k k k k k", "pgup", "pgup k k"] {
                say(&mut bench, lines);
                bench.press(keys);
                let mut buffer = Buffer::empty(Rect::new(0, 0, 80, height));
                view::draw(&bench.state, &theme, &mut buffer);
                let (open, pane) = (bench.open(), bench.state.panes().text);
                assert!(!bench.state.work.sight.is_empty());
                for (words, rows) in bench.state.work.sight.iter().filter(|(words, _)| !words.is_empty()) {
                    let drawn = |word: usize| {
                        let columns = open.layout.columns_of(word);
                        columns.map(|column| buffer[(pane.x + column, rows.start)].symbol()).collect::<String>()
                    };
                    for word in words.clone() {
                        let expected = open.words[word].slice(&open.document.text);
                        assert_eq!(drawn(word), expected, "{height} rows, {lines} lines said, {keys}");
                    }
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn no_page_is_turned_over_a_word(
        lines in prop::collection::vec(prop_oneof![0usize..4, Just(9)], 1..70),
        height in 10u16..40,
        said in 0usize..4,
        first in 0usize..70,
        turns in prop::collection::vec(any::<bool>(), 1..12),
    ) {
        let text = note(lines);
        let mut bench = bench(&text, height);
        (0..first).for_each(|_| bench.press("j"));
        say(&mut bench, said);
        for down in turns {
            let place = |bench: &Bench| (page(bench), bench.open().scroll, bench.open().cursor);
            let from = place(&bench);
            let before = from.0.clone();
            bench.press(if down { "pgdn" } else { "pgup" });
            let (after, words) = (page(&bench), bench.open().words.clone());
            let between = if down { before.end..after.start.max(before.end) } else { after.end..before.start.max(after.end) };
            prop_assert!(!between.clone().any(|word| words[word].alphanumeric), "{:?} to {:?} passes {:?}", before, after, between);
            let beyond = |mut words: std::ops::Range<usize>| words.any(|word| bench.open().words[word].alphanumeric);
            let more = if down { beyond(before.end..words.len()) } else { beyond(0..before.start) };
            prop_assert!(!more || place(&bench) != from, "{:?} leads on", from);
        }
    }
}
