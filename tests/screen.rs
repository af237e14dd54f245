//! The screen as its user meets it: opened, used, killed, opened again.

mod manners;
mod settings;
mod terminal;
mod work;

use std::path::{Path, PathBuf};
use std::process::Command;

use chartmark::domain::{Cell, Decision, LabelScheme};
use chartmark::inference::bundled;
use chartmark::inference::model::description;
use chartmark::store::Project;
use chartmark::tokenization::segment;
use manners::restored;
use tempfile::TempDir;
use terminal::{Terminal, is_coloured};
use vt100::Screen;

const RIGHT: &str = "\x1b[C";
const SIZE: (u16, u16) = (80, 24);

/// Notes of forty different words each.
const NOTES: [(&str, &str); 2] = [("first", "alpha"), ("second", "beta")];

/// A home with a folder of notes and a place for the project.
struct Desk {
    home: TempDir,
}

impl Desk {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let notes = home.path().join("notes");
        std::fs::create_dir(&notes).unwrap();
        for (name, stem) in NOTES {
            let text: Vec<String> = (10..50).map(|number| format!("{stem}{number}")).collect();
            std::fs::write(notes.join(format!("{name}.txt")), text.join(" ") + "\n").unwrap();
        }
        Self { home }
    }

    fn notes(&self) -> PathBuf {
        self.home.path().join("notes")
    }

    fn project(&self) -> PathBuf {
        self.home.path().join("project.db")
    }

    fn start(&self, size: (u16, u16)) -> Terminal {
        let (notes, project) = (self.notes(), self.project());
        Terminal::start(self.home.path(), [notes.as_os_str(), "--project".as_ref(), project.as_os_str()], size)
    }

    /// What a command that ends well prints of the project.
    fn told<const N: usize>(&self, call: [&str; N]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_chartmark"));
        let output = command.args(call).arg("--project").arg(self.project()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The words of the first note on which a label is decided, and how many cells are decided in all.
    fn decided(&self) -> (Vec<usize>, usize) {
        let scheme = scheme();
        let project = Project::open(&self.project(), "reader").unwrap();
        assert_eq!(project.verify().unwrap(), Vec::<String>::new());
        let Some((id, entry)) = project.documents().unwrap().into_iter().next() else { return (Vec::new(), 0) };
        let document = project.document(&id).unwrap();
        let words = segment(&document.text);
        let annotations = project.annotations(&document, &words, &scheme).unwrap().annotations;
        let is_decided =
            |word: &usize| (0..scheme.len()).any(|label| annotations.decision(Cell::new(*word, label)) != Decision::Unknown);
        ((0..words.len()).filter(is_decided).collect(), entry.decided)
    }
}

fn scheme() -> LabelScheme {
    description(&bundled()).unwrap().unwrap().heads.remove(0).scheme
}

/// How many words of the note on the screen are shown as decided one by one and saved: not dim, beneath them the line or sign
/// of a correction.
fn shown_as_saved(screen: &Screen) -> usize {
    let (rows, columns) = (screen.size().0.get(), screen.size().1.get());
    let sign = |row: u16, column: u16| screen.cell(row, column).map_or("", |cell| cell.contents()).to_owned();
    let mut count = 0;
    for row in 0..rows - 1 {
        let line: String = (0..columns).map(|column| sign(row, column).chars().next().unwrap_or(' ')).collect();
        // Nothing but the note has such words after a blank or its edge, and a lane beneath them.
        for (at, word) in NOTES.iter().flat_map(|(_, stem)| line.match_indices(stem)) {
            let first = line[..at].chars().count() as u16;
            let end = first + word.len() as u16 + 2;
            let saved = |column| {
                let dim = screen.cell(row + 1, column).is_some_and(|cell| cell.dim());
                !dim && ["═", "×"].contains(&sign(row + 1, column).as_str())
            };
            count += usize::from((first..end).any(saved));
        }
    }
    count
}

/// Waits until so many words are shown as decided and saved, and nothing is on its way.
fn wait_saved(terminal: &Terminal, count: usize) {
    terminal.wait_until(&format!("{count} decisions as saved"), |screen| {
        shown_as_saved(screen) == count && screen.contents().contains("✓ saved")
    });
}

/// Waits until the first note can be worked on.
fn wait_open(terminal: &Terminal) {
    terminal.wait_until("the note", |screen| {
        let text = screen.contents();
        text.contains("alpha49") && text.contains("✓ saved")
    });
}

#[test]
fn the_sample_corpus_opens_and_is_coloured() {
    let desk = Desk::new();
    let mut terminal = Terminal::start::<&str>(desk.home.path(), [], (120, 40));
    terminal.wait_for("sample corpus");
    terminal.wait_for("DISCHARGE");
    terminal.wait_until("colours in the note", |screen| is_coloured(screen, 26..80, 1..30));
    terminal.send("?");
    terminal.wait_for("previous word");
    terminal.send("qq");
    assert!(terminal.wait().success());
    let kept = walk(desk.home.path()).into_iter().filter(|path| path.ends_with("project.db")).count();
    assert_eq!(kept, 1, "the sample corpus's project lies in the user's own folder");
}

#[test]
fn the_tutorial_is_walked_to_its_end_by_doing_what_it_says() {
    let desk = Desk::new();
    let start = || Terminal::start::<&str>(desk.home.path(), [], SIZE);
    let mut terminal = start();
    terminal.wait_for("Tutorial 1/12");
    terminal.wait_until("the model", |screen| !screen.contents().contains("loading"));
    terminal.wait_until("labels beneath the words", |screen| screen.contents().contains('┄'));
    terminal.wait_until("all of it predicted", |screen| !screen.contents().contains("predicting"));
    terminal.send("w");
    terminal.wait_for("Tutorial 2/12");
    // The word that it leads to is a symptom that the model has missed: what is asked for is right.
    terminal.send("/cough\r");
    terminal.wait_until("the word without a label", |screen| {
        let title = screen.contents().lines().find(|line| line.contains("cough ──")).map(str::to_owned);
        title.is_some_and(|title| title.contains(" undecided"))
    });
    assert!(terminal.text().contains("'symptom'"), "{}", terminal.text());
    for (step, keys) in [(3, " s"), (4, "a"), (5, "u"), (6, "\t")] {
        terminal.send(keys);
        terminal.wait_for(&format!("Tutorial {step}/12"));
    }
    // Whoever walks away comes back to the step.
    terminal.send("q");
    assert!(terminal.wait().success());
    let mut terminal = start();
    terminal.wait_for("Tutorial 6/12");
    terminal.wait_until("the whole note as predicted", |screen| {
        let text = screen.contents();
        text.contains('┄') && !text.contains("loading") && !text.contains("predicting")
    });
    for (step, keys) in [(7, "\r"), (8, "vv"), (9, "1\x1b[B."), (10, &("g".to_owned() + &"\x1b[6~".repeat(24) + "D")), (11, "T")]
    {
        terminal.send(keys);
        terminal.wait_for(&format!("Tutorial {step}/12"));
    }
    terminal.wait_for("Version 1:");
    terminal.send("F");
    terminal.wait_for("Tutorial 12/12");
    terminal.send("?");
    terminal.wait_for("That was the tutorial");
    terminal.send("qq");
    assert!(terminal.wait().success());
    let mut terminal = start();
    terminal.wait_until("the sample corpus", |screen| screen.contents().contains("version 1"));
    assert!(!terminal.text().contains("Tutorial"), "{}", terminal.text());
    terminal.send("\x1bOQ");
    terminal.wait_for("Tutorial 1/12");
    terminal.send("\x1b");
    terminal.wait_for("You left the tutorial");
    terminal.send("q");
    assert!(terminal.wait().success());
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

#[test]
fn a_decision_outlives_the_kill_and_can_be_undone_afterwards() {
    let desk = Desk::new();
    let mut terminal = desk.start(SIZE);
    wait_open(&terminal);
    terminal.send(&format!("{RIGHT}{RIGHT}1"));
    wait_saved(&terminal, 1);
    terminal.signal("KILL");
    terminal.wait();
    assert_eq!(desk.decided(), (vec![2], 1));

    let mut terminal = desk.start(SIZE);
    wait_open(&terminal);
    wait_saved(&terminal, 1);
    terminal.send("u");
    terminal.wait_until("no decision", |screen| shown_as_saved(screen) == 0 && screen.contents().contains("✓ saved"));
    terminal.signal("KILL");
    terminal.wait();
    assert_eq!(desk.decided(), (vec![], 0));
}

#[test]
fn whatever_is_shown_as_saved_is_on_disk_when_the_program_is_killed_at_any_moment() {
    for moment in [3, 17, 31] {
        let desk = Desk::new();
        let mut terminal = desk.start(SIZE);
        wait_open(&terminal);
        terminal.send(&format!("1{RIGHT}").repeat(40));
        terminal.wait_until("some decisions as saved", |screen| shown_as_saved(screen) >= moment);
        terminal.signal("KILL");
        terminal.wait();
        let shown = terminal.look(shown_as_saved);
        let (words, cells) = desk.decided();
        assert!(shown >= moment && words.len() >= shown, "{shown} were shown as saved, {} are there", words.len());
        assert_eq!((words, cells), ((0..cells).collect(), cells), "what was typed first is there first");
    }
}

#[test]
fn a_note_that_is_done_and_a_comment_outlive_the_kill() {
    let desk = Desk::new();
    let mut terminal = desk.start(SIZE);
    wait_open(&terminal);
    terminal
        .wait_until("the model", |screen| !screen.contents().contains("loading") && !screen.contents().contains("predicting"));
    terminal.send("\"ask the ward\rD");
    let done = |screen: &Screen| {
        let text = screen.contents();
        text.contains("✓ first") && text.contains("beta49") && text.contains("✓ saved")
    };
    terminal.wait_until("the next note", done);
    terminal.signal("KILL");
    terminal.wait();
    let (words, cells) = desk.decided();
    assert_eq!((words, cells), ((0..40).collect(), 40 * scheme().len()), "the rest was accepted");

    let mut terminal = desk.start(SIZE);
    terminal.wait_until("the first note as done", |screen| screen.contents().contains("✓ first"));
    terminal.send("M");
    terminal.wait_for("Comments and marks: 1");
    terminal.send("\r");
    terminal.wait_until("the note, and what the comment says", |screen| {
        let text = screen.contents();
        text.contains("alpha49") && text.contains("ask the ward")
    });
    // One step takes back both what was accepted and that it is done.
    terminal.send("u");
    terminal.wait_until("nothing decided", |screen| {
        let text = screen.contents();
        !text.contains("✓ first") && text.contains("✓ saved")
    });
    terminal.signal("KILL");
    terminal.wait();
    assert_eq!(desk.decided(), (vec![], 0));
}

#[test]
fn training_makes_a_version_that_can_be_walked_and_rolled_back() {
    let desk = Desk::new();
    let mut terminal = desk.start(SIZE);
    wait_open(&terminal);
    // Only with the model there do the decisions contradict it.
    terminal
        .wait_until("the model", |screen| !screen.contents().contains("loading") && !screen.contents().contains("predicting"));
    terminal.send(&format!("1{RIGHT}").repeat(32));
    wait_saved(&terminal, 32);
    terminal.send("T");
    terminal.wait_until("the new version", |screen| {
        let text = screen.contents();
        text.contains("version 1") && text.contains("changed")
    });
    terminal.send("F");
    terminal.wait_for("1 of ");
    terminal.send("R");
    terminal.wait_until("the model it began with", |screen| {
        let text = screen.contents();
        text.contains("The original model:")
    });
    terminal.send("V");
    terminal.wait_for("▸ original");
    terminal.send("k\r");
    terminal.wait_for("Version 1:");
    terminal.send("R");
    terminal.wait_for("The original model:");
    terminal.send("q");
    assert!(terminal.wait().success());
    let project = Project::open(&desk.project(), "reader").unwrap();
    assert_eq!((project.active().unwrap(), project.versions().unwrap().len()), (0, 1));
}

#[test]
fn any_point_of_the_past_is_reached_after_a_restart_and_left_again() {
    let desk = Desk::new();
    let mut terminal = desk.start(SIZE);
    wait_open(&terminal);
    terminal.send(&format!("1{RIGHT}").repeat(3));
    wait_saved(&terminal, 3);
    terminal.send("]");
    terminal.wait_for("beta49");
    terminal.send("1");
    terminal.wait_until("the decision in the other note", |screen| {
        let text = screen.contents();
        text.contains("◐ second") && text.contains("✓ saved")
    });
    terminal.signal("KILL");
    terminal.wait();

    let begun = |screen: &Screen| {
        let text = screen.contents();
        text.contains("◐ first") && text.contains("◐ second") && text.contains("✓ saved")
    };
    let mut terminal = desk.start(SIZE);
    terminal.wait_until("the note that was last worked on", |screen| {
        let text = screen.contents();
        text.contains("beta49") || text.contains("alpha49")
    });
    terminal.wait_until("both notes as begun", begun);
    terminal.send("U");
    terminal.wait_for("the beginning");
    assert!(terminal.text().contains("'beta10': "), "{}", terminal.text());
    terminal.send("G\r");
    // The list lies over the queue until then.
    terminal.wait_for("4 steps taken back in 2 notes");
    terminal.wait_until("both notes as new", |screen| {
        screen.contents().contains("· first") && screen.contents().contains("· second")
    });
    wait_saved(&terminal, 0);
    terminal.signal("KILL");
    terminal.wait();
    assert_eq!(desk.decided(), (vec![], 0));

    let mut terminal = desk.start(SIZE);
    terminal.wait_until("the note that was last worked on", |screen| {
        let text = screen.contents();
        text.contains("beta49") || text.contains("alpha49")
    });
    terminal.send("U");
    terminal.wait_for("▸ the beginning");
    terminal.send("g\r");
    terminal.wait_for("4 steps made again in 2 notes");
    terminal.wait_until("both notes as begun", begun);
    terminal.signal("KILL");
    terminal.wait();
    assert_eq!(desk.decided(), (vec![0, 1, 2], 3));
}

#[test]
fn a_training_begins_by_itself_after_enough_decisions() {
    let desk = Desk::new();
    let mut terminal = desk.start(SIZE);
    wait_open(&terminal);
    terminal
        .wait_until("the model", |screen| !screen.contents().contains("loading") && !screen.contents().contains("predicting"));
    terminal.send("\x14");
    terminal.wait_for("auto 0/25");
    terminal.send(&format!("1{RIGHT}").repeat(25));
    terminal.wait_until("a version that nobody asked for", |screen| {
        let text = screen.contents();
        text.contains("version 1") && text.contains("changed") && text.contains("auto 0/25")
    });
    terminal.send("q");
    assert!(terminal.wait().success());
    let project = Project::open(&desk.project(), "reader").unwrap();
    assert_eq!(project.versions().unwrap().len(), 1);
}

#[test]
fn other_labels_come_in_the_same_terminal_and_nothing_is_lost() {
    let desk = Desk::new();
    let mut project = Project::open(&desk.project(), "reader").unwrap();
    let mut own = LabelScheme::from_names("own", &["mark", "symptom"]).unwrap();
    own.labels[0].seeds = vec!["alpha12".into()];
    project.set_scheme(&own).unwrap();
    project.close().unwrap();
    let mut terminal = desk.start(SIZE);
    wait_open(&terminal);
    terminal.wait_until("the suggestion", |screen| screen.contents().contains("m┄"));
    terminal.send(&format!("1{RIGHT}{RIGHT}"));
    wait_saved(&terminal, 1);
    terminal.send("s");
    terminal.wait_for("Label schemes");
    terminal.send("j\r");
    terminal.wait_for("1 decision goes out of sight");
    // The project is being closed and opened while the next key is pressed.
    terminal.send("y");
    let clinical = scheme();
    terminal.wait_for("clinical · chartmark");
    wait_open(&terminal);
    terminal.send("1");
    wait_saved(&terminal, 1);
    terminal.send("s");
    terminal.wait_for("own ");
    terminal.send("q");
    assert!(terminal.wait().success());
    restored(&terminal);
    let project = Project::open(&desk.project(), "reader").unwrap();
    assert_eq!(project.scheme().unwrap().map(|scheme| scheme.name), Some(clinical.name.clone()));
    assert_eq!(project.verify().unwrap(), Vec::<String>::new());
    assert_eq!(project.hidden_by(&clinical).unwrap().0, [("mark".to_owned(), 1)]);
    let (words, cells) = desk.decided();
    assert_eq!((words, cells), (vec![2], 2), "the cursor stood where it was");
}

#[test]
fn the_queue_is_filtered_by_what_notes_say_and_followed() {
    let desk = Desk::new();
    for number in 0..300 {
        std::fs::write(desk.notes().join(format!("more {number}.txt")), format!("gamma{number} delta")).unwrap();
    }
    let mut terminal = desk.start(SIZE);
    wait_open(&terminal);
    terminal.send("Qo/text:GAMMA29");
    terminal.wait_for("11 of 302");
    terminal.send("\r\r");
    terminal.wait_for("gamma29 ");
    terminal.send("]");
    terminal.wait_for("gamma290 ");
    // Nothing but reading the notes can tell this number.
    terminal.send("Q/ -gamma290");
    terminal.wait_for(" 10 of 302");
    terminal.send("\x1b");
    terminal.wait_for("All notes are shown again.");
    terminal.send("q");
    assert!(terminal.wait().success());
}

#[test]
fn a_renamed_label_keeps_its_decisions_through_a_kill_and_back() {
    let desk = Desk::new();
    let mut terminal = desk.start(SIZE);
    wait_open(&terminal);
    terminal.send("1");
    wait_saved(&terminal, 1);
    terminal.send("s");
    terminal.wait_for("Label schemes");
    terminal.send("e");
    terminal.wait_for("Labels of clinical");
    let first = scheme().labels[0].name.clone();
    terminal.send(&format!("r{}complaint\r", "\x7f".repeat(first.len())));
    terminal.wait_for(&format!("'{first}' is called 'complaint' now"));
    terminal.signal("KILL");
    terminal.wait();

    let mut terminal = desk.start(SIZE);
    wait_open(&terminal);
    wait_saved(&terminal, 1);
    terminal.send("s");
    terminal.wait_for("Label schemes");
    terminal.send("e");
    terminal.wait_for("complaint");
    terminal.send("u");
    terminal.wait_for("Taken back:");
    terminal.send("\x1b");
    wait_open(&terminal);
    wait_saved(&terminal, 1);
    terminal.send("q");
    assert!(terminal.wait().success());
    let (words, cells) = desk.decided();
    assert_eq!((words, cells), (vec![0], 1), "by the name that it has again");
}

#[test]
fn a_second_process_on_the_same_project_says_so() {
    let desk = Desk::new();
    let mut first = desk.start(SIZE);
    wait_open(&first);
    let mut second = desk.start((200, 24));
    assert_eq!(second.wait().exit_code(), 1);
    let text = second.text();
    assert!(text.contains("is open in") && text.contains("nothing was changed"), "{text}");
    first.send("1");
    wait_saved(&first, 1);
}

#[test]
fn guidelines_stand_beside_the_note_and_labelling_goes_on() {
    let desk = Desk::new();
    std::fs::write(desk.notes().join("guidelines.md"), "# House rules\n\nMark **every** word.\n").unwrap();
    let mut terminal = desk.start(SIZE);
    wait_open(&terminal);
    terminal.send("P");
    terminal.wait_for("House rules");
    terminal.send(&format!("1{RIGHT}1"));
    wait_saved(&terminal, 2);
    terminal.send("a");
    terminal.wait_for("Decided in this project: alpha10 alpha11");
    terminal.send("P");
    terminal.wait_for("House rules");
    terminal.send("PP");
    terminal.wait_until("the guide closed", |screen| !screen.contents().contains("House rules"));
    terminal.send("q");
    assert!(terminal.wait().success());
    // A file that is named holds instead, and one that is not there is refused before anything else.
    let own = desk.home.path().join("own.md");
    std::fs::write(&own, "Other rules").unwrap();
    let (notes, project) = (desk.notes(), desk.project());
    let arguments = |file: &Path| -> Vec<std::ffi::OsString> {
        [notes.as_os_str(), "--project".as_ref(), project.as_os_str(), "--guidelines".as_ref(), file.as_os_str()]
            .map(Into::into)
            .to_vec()
    };
    let mut terminal = Terminal::start(desk.home.path(), arguments(&own), SIZE);
    wait_open(&terminal);
    terminal.send("P");
    terminal.wait_for("Other rules");
    terminal.send("q");
    assert!(terminal.wait().success());
    let mut terminal = Terminal::start(desk.home.path(), arguments(&desk.home.path().join("none.md")), (200, 24));
    assert_eq!(terminal.wait().exit_code(), 1);
    assert!(terminal.text().contains("check the path behind --guidelines"), "{}", terminal.text());
}
