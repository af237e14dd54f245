//! Settings and keys on the real screen: read when it opens, and again on request.

use super::{Desk, SIZE, wait_open};

const READ_AGAIN: &str = "\x0c";

fn write(desk: &Desk, name: &str, content: &str) {
    let folder = desk.home.path().join("settings");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(name), content).unwrap();
}

#[test]
fn a_broken_file_keeps_nobody_from_work_and_a_mended_one_is_read_again() {
    let desk = Desk::new();
    write(&desk, "config.toml", "queue = false\npallete = 'safe'\n");
    let mut terminal = desk.start(SIZE);
    terminal.wait_for("config.toml:2: there is no setting 'pallete'; did you mean 'palette'?");
    wait_open_alone(&terminal);
    write(&desk, "config.toml", "queue = true\n");
    write(&desk, "keymap.toml", "help = [\"f11\"]\n");
    terminal.send(READ_AGAIN);
    terminal.wait_for("Settings read again: keys, queue changed.");
    terminal.wait_for("second");
    wait_open(&terminal);
    write(&desk, "keymap.toml", "help = [\"f11\", \"F22\"]\n");
    terminal.send(READ_AGAIN);
    terminal.wait_for("keymap.toml:1: 'F22' is no key");
    // F11, as terminals send it.
    terminal.send("\x1b[23~");
    terminal.wait_for("Keys that work in the note");
    terminal.send("qq");
    assert!(terminal.wait().success());
}

#[test]
fn what_is_written_to_the_files_holds_without_a_key() {
    let desk = Desk::new();
    write(&desk, "config.toml", "queue = false\n");
    let mut terminal = desk.start(SIZE);
    wait_open_alone(&terminal);
    write(&desk, "config.toml", "queue = true\n");
    terminal.wait_for("Settings read again: queue changed.");
    terminal.wait_for("second");
    write(&desk, "config.toml", "queue = maybe\n");
    terminal.wait_for("config.toml:1: ");
    terminal.send("q");
    assert!(terminal.wait().success());
}

/// Waits for the note, where no queue stands beside it.
fn wait_open_alone(terminal: &super::Terminal) {
    terminal.wait_until("the note without a queue", |screen| {
        let text = screen.contents();
        text.contains("alpha49") && !text.contains("second")
    });
}
