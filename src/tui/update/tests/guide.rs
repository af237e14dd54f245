//! The guide beside the note: what labels mean, with examples, and the project's guidelines.

use std::path::Path;

use super::bench::Bench;
use crate::store::Request;
use crate::tui::state::Mode;
use crate::tui::state::guide::{Source, Topic};

const NOTE: &str = "no [chest](SYM,ANA) [pain](SYM) at all now";

fn bench() -> Bench {
    let mut bench = Bench::new(&[NOTE, "[cough](SYM)"]);
    bench.state.guide.source = Some(Source::File(Path::new("/notes/guidelines.md").into()));
    bench
}

impl Bench {
    /// The names of the labels that the guide tells of.
    fn told_of(&self) -> String {
        let labels = self.state.guide.labels(&self.state).unwrap_or_default();
        labels.iter().map(|&label| &*self.state.scheme.labels[label].name).collect::<Vec<_>>().join(" ")
    }
}

#[test]
fn the_guide_follows_the_cursor_and_keys_go_on_labelling() {
    let mut bench = bench();
    bench.press("a");
    assert_eq!(
        (bench.state.guide.topic, bench.told_of().as_str()),
        (Some(Topic::Labels), ""),
        "all are listed, as 'no' has none"
    );
    bench.press("w");
    assert_eq!(bench.told_of(), "SYM ANA");
    bench.press("l l");
    bench.press("2");
    assert_eq!(bench.told_of(), "SEV");
    assert_eq!(bench.on_disk(0), "no chest pain [at](SEV) all now", "the keyboard is in the note");
    // A label that is read alone, and one that was chosen.
    bench.press("I a");
    assert_eq!(bench.told_of(), "ANA");
    bench.press("alt+a 1 l");
    assert_eq!(bench.told_of(), "SYM");
    // Again: into the guide; there the keys are its own.
    bench.press("a 2");
    assert_eq!((&bench.state.mode, bench.on_disk(0).as_str()), (&Mode::Guide, "no chest pain [at](SEV) all now"));
    bench.press("esc");
    assert!(bench.state.mode == Mode::Note && bench.state.guide.topic.is_none(), "as the foot says");
    bench.press("a l");
    assert!(bench.state.guide.topic.is_some());
    bench.press("esc");
    assert!(bench.state.guide.topic.is_none(), "from the note too");
}

#[test]
fn examples_are_what_was_decided_here_and_elsewhere_else_what_is_likely() {
    let mut bench = bench();
    bench.press("w a");
    let here = |bench: &Bench, label: usize| bench.state.guide.here[&label].clone();
    assert_eq!((here(&bench, 0).decided, here(&bench, 0).predicted), (vec![], vec!["chest pain".to_owned()]));
    assert_eq!(bench.state.guide.known[&0], ["ache"], "what the project has elsewhere was asked for");
    bench.press("enter");
    bench.press("h");
    assert_eq!((here(&bench, 0).decided, here(&bench, 0).predicted), (vec!["chest".to_owned()], vec!["pain".to_owned()]));
    bench.press("u w");
    assert_eq!(here(&bench, 0).decided, Vec::<String>::new(), "what is taken back is no example");
    // Hidden predictions are not told either.
    bench.press("alt+a 1 B");
    assert_eq!(here(&bench, 0).predicted, Vec::<String>::new());
}

#[test]
fn guidelines_are_read_when_they_are_opened_and_refused_with_a_sentence() {
    let mut bench = bench();
    bench.prompt = false;
    bench.press("P");
    assert!(matches!(bench.asked.back(), Some(Request::Guidelines(path)) if path.ends_with("guidelines.md")));
    assert_eq!(bench.state.guide.topic, None, "not before they have come");
    bench.prompt = true;
    bench.answer_all();
    assert_eq!((bench.state.guide.topic, &bench.state.mode), (Some(Topic::Guidelines), &Mode::Note));
    assert_eq!(bench.state.guide.guidelines.as_ref().map(|blocks| blocks.len()), Some(2));
    bench.press("1");
    assert!(bench.on_disk(0).contains("SYM"), "the keyboard is in the note");
    bench.press("a P P");
    assert_eq!(bench.state.mode, Mode::Guide);
    bench.press("P");
    assert_eq!((bench.state.guide.topic, &bench.state.mode), (None, &Mode::Note));
    bench.store(crate::store::Reply::Guidelines(Err("there are no guidelines yet".into())));
    assert_eq!((bench.state.guide.topic, bench.notice()), (None, "There are no guidelines yet."));
    bench.state.guide.source = None;
    bench.press("P");
    assert!(bench.notice().contains("--guidelines"), "{}", bench.notice());
}

#[test]
fn the_guide_scrolls_within_its_text_alone() {
    let mut bench = bench();
    let long: String = (0..200).map(|number| format!("Rule {number}.\n\n")).collect();
    bench.store(crate::store::Reply::Guidelines(Ok(long)));
    let place = bench.word().to_owned();
    bench.press("P j j");
    assert_eq!((bench.state.guide.scroll, bench.word()), (2, place.as_str()));
    bench.press("G");
    let end = bench.state.guide.scroll;
    bench.press("pgdn j");
    assert!(end > 300 && bench.state.guide.scroll == end, "{end}");
    bench.press("g k");
    assert_eq!(bench.state.guide.scroll, 0);
    let guide = bench.state.panes().guide.unwrap();
    bench.mouse(crossterm::event::MouseEventKind::ScrollDown, (guide.x + 2, guide.y + 2));
    assert_eq!((bench.state.guide.scroll, bench.word()), (3, place.as_str()), "the wheel scrolls what is under it");
}
