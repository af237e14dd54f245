//! A day's work on the real screen: what was decided leaves it, bad files keep nobody from the others, and a session goes on
//! where the last one ended.

use serde_json::Value;

use super::{Desk, RIGHT, SIZE, scheme, shown_as_saved, wait_open, wait_saved};
use crate::screen::terminal::Terminal;
use chartmark::store::Project;
use chartmark::tokenization::segment;

/// Waits until the model has read all notes.
fn wait_read(terminal: &Terminal) {
    terminal
        .wait_until("the model", |screen| !screen.contents().contains("loading") && !screen.contents().contains("predicting"));
}

/// Decides the first label on words enough that a training learns something, and trains.
fn train(terminal: &mut Terminal) {
    wait_read(terminal);
    terminal.send(&format!("1{RIGHT}").repeat(32));
    wait_saved(terminal, 32);
    terminal.send("T");
    terminal.wait_until("the new version", |screen| {
        let text = screen.contents();
        text.contains("version 1") && text.contains("changed")
    });
}

fn quit(terminal: &mut Terminal) {
    terminal.send("q");
    assert!(terminal.wait().success());
}

#[test]
fn what_is_decided_is_written_as_gold_from_the_screen() {
    let desk = Desk::new();
    let mut terminal = desk.start(SIZE);
    wait_open(&terminal);
    terminal.send("\x05");
    terminal.wait_for("nothing is decided in this project yet");
    // Whatever is predicted there: some of these labels come, the others go.
    terminal.send(&format!("12{RIGHT}{RIGHT}12"));
    wait_saved(&terminal, 2);
    terminal.send("\x05");
    terminal.wait_for("1 note written as gold to");
    quit(&mut terminal);
    let written = std::fs::read_to_string(desk.home.path().join("project.gold.jsonl")).unwrap();
    let lines: Vec<Value> = written.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [line] = &lines[..] else { panic!("one note: {written}") };

    let project = Project::open(&desk.project(), "reader").unwrap();
    let (id, _) = project.documents().unwrap().remove(0);
    let (document, scheme) = (project.document(&id).unwrap(), scheme());
    let words = segment(&document.text);
    let annotations = project.annotations(&document, &words, &scheme).unwrap().annotations;
    let present = annotations.all_decided().filter(|(_, decided)| decided.present);
    let name = |label: u16| scheme.labels[usize::from(label)].name.clone();
    let mut decided: Vec<_> = present.map(|(cell, _)| (words[cell.word as usize].start as u64, name(cell.label))).collect();
    decided.sort();
    let span = |span: &Value| (span["start"].as_u64().unwrap(), span["label"].as_str().unwrap().to_owned());
    let mut spans: Vec<_> = line["spans"].as_array().unwrap().iter().map(span).collect();
    spans.sort();
    assert_eq!((line["id"].as_str(), line["text"].as_str()), (Some(id.as_str()), Some(&*document.text)));
    assert!(!spans.is_empty() && spans == decided, "{spans:?} {decided:?}");
}

#[test]
fn files_that_cannot_be_read_are_told_and_the_others_are_labelled() {
    let desk = Desk::new();
    let file = |name: &str| desk.notes().join(name);
    std::fs::write(file("all-latin.txt"), b"Caf\xe9 au lait spots.").unwrap();
    std::fs::write(file("zoster.txt"), [b"Rash. ".as_slice(), &[0xff, 0xfe, 0xfd]].concat()).unwrap();
    std::os::unix::fs::symlink("moved-away.txt", file("missing.txt")).unwrap();
    let mut terminal = desk.start((120, 40));
    // The first of them is what the session would have begun with.
    terminal.wait_until("the first note that can be read", |screen| screen.contents().contains("alpha49"));
    terminal.wait_for("all-latin.txt is not UTF-8: byte 3 cannot be read as text");
    let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
    assert!(raw.contains("the link missing.txt leads to nothing and was left out"), "{raw}");
    wait_read(&terminal);
    terminal.send("1");
    wait_saved(&terminal, 1);
    // Chosen in the list it says why; the note on the screen stays.
    terminal.send("Q/zoster\r\r");
    terminal.wait_for("zoster.txt is not UTF-8: byte 6 cannot be read as text");
    assert!(terminal.text().contains("alpha49"), "{}", terminal.text());
    terminal.send("Q");
    terminal.send("\x1b");
    terminal.wait_for("All notes are shown again.");
    // Mended, it can be opened.
    std::fs::write(file("zoster.txt"), "Rash of one side.").unwrap();
    terminal.send("/zoster\r\r");
    terminal.wait_for("Rash of one side.");
    quit(&mut terminal);
    assert_eq!(desk.decided(), (vec![0], 1));
}

#[test]
fn a_session_goes_on_at_the_word_where_the_last_one_ended() {
    let desk = Desk::new();
    let long: Vec<String> = (10_000..14_000).map(|number| format!("gamma{number}")).collect();
    std::fs::write(desk.notes().join("long.txt"), long.join(" ") + "\n").unwrap();
    let mut terminal = desk.start(SIZE);
    wait_open(&terminal);
    terminal.send("Q/long\r\r");
    terminal.wait_for("gamma10000");
    terminal.send("/gamma12345\r");
    terminal.wait_for("gamma12345");
    // Reading is enough: nothing was decided.
    quit(&mut terminal);

    let mut terminal = desk.start(SIZE);
    terminal.wait_for("gamma12345");
    terminal.send("1");
    terminal.wait_until("the decision", |screen| {
        let text = screen.contents();
        text.contains("◐ long") && text.contains("✓ saved")
    });
    // To another note, and killed: what was decided last tells where.
    terminal.send("g");
    terminal.wait_for("gamma10000");
    terminal.signal("KILL");
    terminal.wait();
    assert_eq!(desk.decided(), (vec![2_345], 1));
    let mut terminal = desk.start(SIZE);
    terminal.wait_for("gamma12345");
    quit(&mut terminal);
}

#[test]
fn what_a_version_has_changed_is_there_after_a_restart() {
    let desk = Desk::new();
    let mut terminal = desk.start((120, 40));
    wait_open(&terminal);
    train(&mut terminal);
    let changed = |terminal: &mut Terminal| {
        terminal.send("C");
        terminal.wait_for("words changed, the original model → version 1");
        let text = terminal.text();
        let list = text.lines().skip_while(|line| !line.contains("words changed,")).take_while(|line| !line.contains('╰'));
        let left = list.clone().next().and_then(|title| title.chars().position(|c| c == '╭')).unwrap();
        let list: Vec<String> = list.map(|line| line.chars().skip(left).collect()).collect();
        terminal.send("\x1b");
        terminal.wait_until("the list closed", |screen| !screen.contents().contains("words changed,"));
        list
    };
    let before = changed(&mut terminal);
    quit(&mut terminal);

    let mut terminal = desk.start((120, 40));
    terminal.wait_until("the version in use", |screen| screen.contents().contains("version 1"));
    wait_read(&terminal);
    assert_eq!(changed(&mut terminal), before);
    // From the first, at which the list has stood.
    terminal.send("F");
    terminal.wait_for("2 of ");
    terminal.send("V");
    terminal.wait_for("▸ 1");
    let text = terminal.text();
    let line = text.lines().find(|line| line.contains("▸ 1")).unwrap_or_default();
    assert!(line.contains(" in ") && line.contains(" note") && line.contains(&scheme().labels[0].name), "{text}");
    quit(&mut terminal);

    // The shell tells the same.
    let count = before[0].split_whitespace().find_map(|part| part.parse::<usize>().ok()).unwrap_or_else(|| panic!("{before:?}"));
    let told: Value = serde_json::from_str(&desk.told(["model", "show", "1", "--json"])).unwrap();
    assert_eq!((&told["changed"]["words"], &told["changed"]["before"]), (&Value::from(count), &Value::from(0)), "{told}");
    assert_eq!(told["changed"]["labels"][0]["label"], scheme().labels[0].name.as_str(), "{told}");
    let told = desk.told(["model", "show", "1"]);
    assert!(told.contains(&format!("changed       {count} words in ")), "{told}");
    let listed = desk.told(["model", "list"]);
    assert!(listed.lines().nth(2).is_some_and(|line| line.contains(&format!(" {count}  "))), "{listed}");
}

#[test]
fn a_jump_leads_over_other_labels_and_a_version_and_forward_again() {
    let desk = Desk::new();
    let mut terminal = desk.start((120, 40));
    wait_open(&terminal);
    train(&mut terminal);
    terminal.send("s");
    terminal.wait_for("Label schemes");
    terminal.send("e");
    terminal.wait_for("Labels of clinical");
    let first = scheme().labels[0].name.clone();
    terminal.send(&format!("r{}complaint\r", "\x7f".repeat(first.len())));
    terminal.wait_for(&format!("'{first}' is called 'complaint' now"));
    terminal.send("\x1b");
    wait_open(&terminal);
    wait_read(&terminal);
    // The latest step is the name, below it that the project has labels of its own, then the version and the decisions.
    terminal.send("U");
    terminal.wait_for("'alpha20': ");
    terminal.send("jjj\r");
    terminal.wait_for("3 steps taken back");
    terminal.wait_until("the model as it came, and all decisions", |screen| {
        let text = screen.contents();
        let labels = text.contains(&first) && !text.contains("complaint");
        labels && text.contains("original") && shown_as_saved(screen) == 32 && text.contains("alpha49")
    });
    terminal.send("U");
    terminal.wait_for("'alpha20': ");
    terminal.send("g\r");
    terminal.wait_for("3 steps made again");
    terminal.wait_until("the version, and all decisions", |screen| {
        let text = screen.contents();
        let labels = text.contains("complaint");
        labels && text.contains("version 1") && shown_as_saved(screen) == 32 && text.contains("alpha49")
    });
    quit(&mut terminal);
    let project = Project::open(&desk.project(), "reader").unwrap();
    assert_eq!((project.active().unwrap(), project.scheme().unwrap().unwrap().labels[0].name.as_str()), (1, "complaint"));
    assert_eq!(project.verify().unwrap(), Vec::<String>::new());
}
