//! What the inspector tells of the word under the cursor.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::bench::Bench;
use crate::tui::message::Message;
use crate::tui::theme::Theme;
use crate::tui::view::draw;

const ROWS: u16 = 40;

/// The lines of the screen in 80 columns, without what stands at the left of a rule.
fn lines(bench: &Bench) -> Vec<String> {
    let mut buffer = Buffer::empty(Rect::new(0, 0, 80, ROWS));
    draw(&bench.state, &Theme::detect(|_| None), &mut buffer);
    let line = |row: &[ratatui::buffer::Cell]| row.iter().map(ratatui::buffer::Cell::symbol).collect::<String>();
    buffer.content.chunks(80).map(|row| line(row).rsplit("│ ").next().unwrap_or_default().trim().to_owned()).collect()
}

#[test]
fn it_tells_also_what_was_decided_over_undone_and_taken_back() {
    let check = |keys: &str, expected: &[&str]| {
        let mut bench = Bench::new(&["pain now"]);
        bench.message(Message::Resized(80, ROWS));
        bench.press(keys);
        let all = lines(&bench);
        let told: Vec<&str> = all.iter().filter(|line| line.contains("UTC")).map(String::as_str).collect();
        let told: Vec<String> = told.iter().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        let expected: Vec<String> = expected.iter().map(|line| line.replace("@", "ann 1970-01-01 00:00 UTC")).collect();
        assert_eq!(told, expected, "{keys}");
    };
    check("1", &["s @ set"]);
    check("1 1", &["s @ set", "s @ set, overruled"]);
    check("1 1 u", &["s @ set", "s @ not, undone"]);
    check("1 x", &["s @ took back", "s @ set, taken back"]);
    // What was undone and left behind is still told.
    check("1 2 u 3", &["a @ set", "s @ set", "e @ set, undone"]);
    check("1 l", &[]);
}
