//! What was on the screen, and as what: only that is accepted unread.

use super::bench::{Bench, rows};
use crate::domain::{Annotations, Document, History};
use crate::inference::Reply;
use crate::store;
use crate::store::protocol::Opened;
use crate::tokenization::segment;
use crate::tui::keymap::Action;
use crate::tui::message::Message;
use crate::tui::state::Tone;

/// Keys that lead through the longest note here.
const PAGES: &str = "pgdn pgdn pgdn pgdn pgdn pgdn pgdn pgdn pgdn pgdn pgdn pgdn pgdn pgdn";

/// A note of more lines than the screen has, in the notation: every other line is a symptom.
fn long(lines: usize) -> String {
    (0..lines).map(|line| if line % 2 == 0 { format!("[line{line}](SYM)\n") } else { format!("line{line}\n") }).collect()
}

/// How many words were not seen as they are shown now, by what accepting the rest says of them.
fn unseen(bench: &mut Bench) -> usize {
    let (before, cursor) = (bench.open().annotations.count(), bench.open().cursor);
    bench.press("A");
    let said = bench.notice().to_owned();
    if said.contains("on the screen") {
        assert_eq!(bench.open().annotations.count(), before, "nothing is decided");
        bench.state.open.as_mut().unwrap().cursor = cursor;
        return said.split(' ').next().unwrap().parse().unwrap();
    }
    assert!(said.starts_with("Accepted the rest"), "{said}");
    bench.press("u");
    0
}

#[test]
fn a_page_that_was_never_drawn_was_not_seen() {
    let mut bench = Bench::new(&[&long(60)]);
    let page = Message::Act(Action::PageDown);
    (0..14).for_each(|_| bench.unseen(page.clone()));
    bench.press("g");
    assert!(unseen(&mut bench) > 30);
    bench.press(&format!("{PAGES} g"));
    assert_eq!(unseen(&mut bench), 0);
}

#[test]
fn words_without_predictions_were_not_seen() {
    let mut bench = Bench::unopened(&[&long(6)]);
    bench.open_project();
    // The note is read; then the model speaks while the help lies over it.
    bench.press("G g ?");
    bench.model_ready(0);
    bench.press("esc");
    assert_eq!(unseen(&mut bench), 0, "closed, the note is on the screen");
    let mut bench = Bench::unopened(&[&long(60)]);
    bench.open_project();
    bench.press(&format!("{PAGES} g"));
    bench.model_ready(0);
    assert!(unseen(&mut bench) > 30);
}

#[test]
fn other_predictions_are_to_be_seen_too() {
    let mut bench = Bench::new(&[&long(60)]);
    bench.press(&format!("{PAGES} g"));
    assert_eq!(unseen(&mut bench), 0);
    bench.probabilities.get_mut(&0).unwrap()[3 * 58 + 1] = 0.8;
    bench.uses(1);
    assert_eq!(unseen(&mut bench), 1);
    assert_eq!(unseen(&mut bench), 0, "the refusal has led there");
}

#[test]
fn what_was_hidden_was_not_seen() {
    // Keys that lead to the end and back, then ones that show all.
    for (hide, show) in [("B", "B"), ("I s", "z"), ("I s", "I e"), ("B", "B z z")] {
        let mut bench = Bench::new(&[&long(60)]);
        // Nothing but the first page is seen with all its labels.
        bench.press(&format!("{hide} {PAGES} g"));
        assert_eq!(unseen(&mut bench), 0, "{hide}: what is hidden is accepted as it is shown");
        bench.press(show);
        assert!(unseen(&mut bench) > 30, "{hide} {show}");
        bench.press(&format!("{PAGES} g"));
        assert_eq!(unseen(&mut bench), 0, "{hide} {show}");
    }
    // Whoever reads one label after the other has seen both, and all labels are another thing to see.
    let mut bench = Bench::new(&[&long(60)]);
    bench.press(&format!("I s {PAGES} g I e {PAGES} g"));
    assert_eq!(unseen(&mut bench), 0);
    bench.press("I s");
    assert_eq!(unseen(&mut bench), 0, "the first is not forgotten");
    bench.press("I a");
    assert!(unseen(&mut bench) > 30);
    bench.press(&format!("z {PAGES} g I s B {PAGES} g B I e"));
    assert_eq!(unseen(&mut bench), 0);
    // Whoever has seen all has seen the one, and needs no second look.
    let mut bench = Bench::new(&[&long(60)]);
    bench.press(&format!("{PAGES} g I s"));
    assert_eq!(unseen(&mut bench), 0);
    bench.press("z");
    assert_eq!(unseen(&mut bench), 0);
    bench.press("B");
    assert_eq!(unseen(&mut bench), 0);
}

#[test]
fn a_note_that_has_another_text_by_now_was_not_seen() {
    let mut bench = Bench::new(&[&long(60), "other"]);
    bench.press(&format!("{PAGES} g ]"));
    let text = "another ".repeat(2000);
    let document = Document::new("note 0", text.as_str());
    let words = segment(&text);
    let count = words.len();
    bench.prompt = false;
    bench.press("[");
    bench.asked.clear();
    let (annotations, history) = (Annotations::default(), History::default());
    let opened = Opened { index: 0, document: document.into(), words: words.into(), annotations, history, notice: None };
    bench.store(store::Reply::Opened(Box::new(opened)));
    bench.worker(Reply::Predicted { document: 0, version: 0, words: count, first: 0, rows: rows(count, 0.1) });
    bench.press("g A");
    assert!(bench.notice().contains("on the screen"), "{}", bench.notice());
}

#[test]
fn what_lies_under_a_long_sentence_was_not_seen() {
    let mut bench = Bench::unopened(&[&(long(60) + "end")]);
    bench.state.panels.inspector = false;
    bench.open_project();
    bench.state.report(Tone::Plain, "word ".repeat(40));
    bench.model_ready(0);
    let seen = |bench: &Bench| {
        let seen = bench.state.seen_words();
        (0..bench.open().words.len()).filter(|&word| seen(word)).count()
    };
    let covered = seen(&bench);
    bench.state.notice = None;
    bench.press("l");
    assert!(covered < seen(&bench), "{covered} words, then {}", seen(&bench));
    // At the end of the note, a sentence that stays does not hide the cursor's line for ever.
    bench.state.report(Tone::Plain, "word ".repeat(40));
    bench.press("G");
    let seen = bench.state.seen_words();
    assert!(seen(bench.open().cursor));
}
