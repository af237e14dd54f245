//! How the program treats the terminal that it is given: it follows its size, shows nothing that would be obeyed, and gives it
//! back as it was.

use super::terminal::Terminal;
use super::{Desk, RIGHT, SIZE, shown_as_saved, wait_open, wait_saved};

#[test]
fn the_screen_follows_the_terminals_size() {
    let desk = Desk::new();
    let mut terminal = desk.start((30, 5));
    terminal.wait_for("This terminal has 30 columns");
    terminal.resize(SIZE);
    wait_open(&terminal);
    terminal.resize((200, 50));
    terminal.wait_until("the wide screen", |screen| {
        let text = screen.contents();
        text.contains("T train") && text.contains("alpha49") && text.lines().count() > 40
    });
    terminal.resize((30, 5));
    terminal.wait_for("This terminal has 30 columns");
    terminal.resize(SIZE);
    wait_open(&terminal);
    terminal.send("1");
    wait_saved(&terminal, 1);
}

#[test]
fn nothing_that_a_note_says_is_obeyed_by_the_terminal() {
    let desk = Desk::new();
    let note =
        "title \x1b]0;owned\x07 erase \x1b[6;66H move \x1b[8mhide \x1b]52;c;b3duZWQ=\x07 \u{9b}31m \u{202e}evil\u{2066} a\rb end";
    std::fs::write(desk.notes().join("\x1b]0;owned\x07 0\u{202e}.txt"), note).unwrap();
    // What the terminal stands on is said, so that it is not asked in the very letters that a note may hold.
    std::fs::create_dir_all(desk.home.path().join("settings")).unwrap();
    std::fs::write(desk.home.path().join("settings/config.toml"), "background = \"dark\"\n").unwrap();
    std::fs::write(desk.notes().join("guidelines.md"), format!("# Rules\n\n- {note}\n\n```\n{note}\n```\n")).unwrap();
    let mut terminal = desk.start((120, 40));
    terminal.wait_for("␛]0;owned␇ erase");
    // Guidelines are as hostile as notes, and are none themselves.
    terminal.send("P");
    terminal.wait_for("• title ␛]0;owned␇");
    assert!(!terminal.text().contains("guidelines.md"), "{}", terminal.text());
    terminal.send("aP");
    // The word under the cursor goes to the inspector, the search box, the list of labels and the queue.
    for key in ["1", "/", "owned", "\r", " ", "~", "i", "i", "Q", "o", "Q", "G", "V", "V"] {
        terminal.send(key);
    }
    terminal.send("\x1b[200~\x1b]0;owned\x07\x1b[201~q");
    terminal.wait();
    let raw = terminal.raw();
    for payload in ["\x1b]", "\x1b[6;66H", "\x1b[8m", "\u{9b}", "\u{202e}", "\u{2066}", "\x07"] {
        let found = raw.windows(payload.len()).position(|window| window == payload.as_bytes());
        assert_eq!(found, None, "{payload:?} was sent to the terminal");
    }
}

#[test]
fn a_terminals_late_answer_about_its_colours_is_no_key() {
    let desk = Desk::new();
    let mut terminal = desk.start(SIZE);
    wait_open(&terminal);
    let asked = terminal.raw().windows(4).any(|window| window == b"]11;");
    assert!(asked, "nothing else tells what this terminal stands on");
    terminal.send("\x1b]11;rgb:1111/2222/3333\x1b\\");
    terminal.send("?");
    terminal.wait_for("Keys that work in the note");
    terminal.send("qq");
    assert!(terminal.wait().success());
    assert_eq!(desk.decided().1, 0, "no digit of it has toggled a label");
}

#[test]
fn a_signal_to_end_is_an_orderly_end() {
    let desk = Desk::new();
    let mut terminal = desk.start(SIZE);
    wait_open(&terminal);
    assert!(terminal.look(|screen| screen.alternate_screen()));
    terminal.send(&format!("1{RIGHT}").repeat(20));
    terminal.wait_until("a decision", |screen| shown_as_saved(screen) > 0);
    terminal.signal("TERM");
    assert!(terminal.wait().success());
    restored(&terminal);
    let (words, cells) = desk.decided();
    assert!(cells >= terminal.look(shown_as_saved) && words.len() == cells && cells > 0);
    assert!(!desk.home.path().join("project.db-wal").exists(), "a closed project is one file");
}

#[test]
fn quitting_gives_the_terminal_back() {
    let desk = Desk::new();
    let mut terminal = desk.start(SIZE);
    wait_open(&terminal);
    terminal.send(&format!("{}q", format!("1{RIGHT}").repeat(5)));
    assert!(terminal.wait().success());
    restored(&terminal);
    let said = terminal.text().replace('\n', "");
    assert!(said.contains("project.db") && said.contains("chartmark export"), "where the work is, and how to have it: {said}");
    assert_eq!(desk.decided(), ((0..5).collect(), 5));
}

/// The terminal is as the shell had it.
pub(super) fn restored(terminal: &Terminal) {
    terminal.look(|screen| {
        assert!(!screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste());
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
        let said = screen.contents();
        assert!(said.trim().is_empty() || said.starts_with("Saved in "), "{said}");
    });
}
