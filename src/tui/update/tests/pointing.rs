//! The mouse: words, phrases, labels and the wheel.

use crossterm::event::{MouseButton, MouseEventKind};

use super::bench::Bench;
use crate::tui::event::Event;
use crate::tui::state::Mode;
use crate::tui::view;

const NOTE: &str = "no [severe](SYM,SEV) [chest](SYM) [pain](SYM) now. It went.";

impl Bench {
    /// Where the first letter of a word stands on the screen.
    fn place_of(&self, word: &str) -> (u16, u16) {
        let (open, text) = (self.open(), self.state.panes().text);
        let index = (0..open.words.len()).find(|&index| open.words[index].slice(&open.document.text) == word).unwrap();
        let above: usize = (0..open.layout.line_of(index)).map(|line| view::rows(open, line)).sum();
        (text.x + open.layout.column_of(index), text.y + above as u16)
    }

    /// Clicks as often, in quick succession.
    fn clicks(&mut self, at: (u16, u16), count: u8) {
        self.click(at);
        for times in 2..=count {
            self.click(at);
            self.event(Event::PressedAgain { column: at.0, row: at.1, times });
        }
    }

    /// The first place of the screen at which there is such a label, as the view tells.
    fn find_label(&self, label: usize, at: impl Fn(ratatui::layout::Position) -> Option<usize>) -> (u16, u16) {
        let (width, height) = self.state.screen;
        let mut places = (0..height).flat_map(|row| (0..width).map(move |column| (column, row)));
        places.find(|&place| at(place.into()) == Some(label)).unwrap()
    }
}

#[test]
fn a_second_click_selects_the_phrase_and_a_third_the_sentence() {
    let mut bench = Bench::new(&[NOTE]);
    let chest = bench.place_of("chest");
    for (count, selected) in [(1, "chest"), (2, "severe chest pain"), (3, "no severe chest pain now"), (1, "chest")] {
        bench.clicks(chest, count);
        assert_eq!(bench.selected(), selected, "{count} clicks");
    }
    // A hand that trembles does not select something else.
    bench.clicks(chest, 2);
    bench.mouse(MouseEventKind::Drag(MouseButton::Left), (chest.0 + 1, chest.1));
    assert_eq!(bench.selected(), "severe chest pain");
    bench.press("2");
    let decided = bench.kept[0].annotations.all_decided().count();
    assert_eq!(decided, 3, "all three words: {}", bench.on_disk(0));
}

#[test]
fn dragging_selects_and_the_wheel_scrolls() {
    let long = format!("{NOTE}\n").repeat(60);
    let mut bench = Bench::new(&[&long]);
    let (from, to) = (bench.place_of("severe"), bench.place_of("pain"));
    bench.click(from);
    bench.mouse(MouseEventKind::Drag(MouseButton::Left), to);
    assert_eq!(bench.selected(), "severe chest pain");
    // What is selected stays so, and on the screen.
    let before = bench.open().scroll;
    bench.mouse(MouseEventKind::ScrollDown, to);
    assert_eq!((bench.open().scroll, bench.selected()), (before, "severe chest pain"));
    assert!(bench.notice().starts_with("Esc lets go of what is selected"), "{}", bench.notice());
    bench.press("esc");
    bench.mouse(MouseEventKind::ScrollDown, to);
    assert!(bench.open().scroll > before);
}

#[test]
fn a_click_on_a_label_toggles_it() {
    let mut bench = Bench::new(&[NOTE]);
    bench.click(bench.place_of("now"));
    let place = bench.find_label(2, |at| view::label_in_inspector(&bench.state, at));
    bench.click(place);
    assert_eq!((bench.on_disk(0).as_str(), bench.word()), ("no severe chest pain [now](ANA). It went.", "now"));
    bench.press("space");
    let place = bench.find_label(1, |at| view::label_in_menu(&bench.state, at));
    bench.click(place);
    assert_eq!(bench.on_disk(0), "no severe chest pain [now](SEV,ANA). It went.");
    assert_eq!(bench.state.mode, Mode::Note);
    // Beside the labels the menu is closed, and nothing else happens.
    bench.press("space");
    bench.click(bench.place_of("no"));
    assert_eq!((&bench.state.mode, bench.word()), (&Mode::Note, "now"));
}

#[test]
fn words_from_right_to_left_are_told_of_and_stand_in_the_order_in_which_they_are_read() {
    let mut bench = Bench::new(&["pain \u{5db}\u{5d0}\u{5d1} now", "pain"]);
    assert!(bench.notice().contains("from right to left"), "{}", bench.notice());
    let (pain, now) = (bench.place_of("pain"), bench.place_of("now"));
    assert!(pain.0 < now.0);
    bench.press("l");
    assert_eq!(bench.word(), "\u{5db}\u{5d0}\u{5d1}");
    bench.press("]");
    assert_eq!(bench.notice(), "");
}
