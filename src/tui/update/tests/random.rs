//! Whatever one types, whenever the store answers: nothing panics, screen and disk agree, and undo leads back.

use crossterm::event::{Event as TerminalEvent, KeyCode, KeyModifiers, MouseButton, MouseEventKind};
use proptest::prelude::*;

use super::bench::Bench;
use crate::domain::Annotations;
use crate::tui::event::Event;
use crate::tui::keymap::Key;
use crate::tui::state::{Mode, Reading};
use crate::tui::view;

#[derive(Clone, Debug)]
enum Step {
    Key(Key),
    Answer,
    Fail,
    Mouse(MouseEventKind, u16, u16),
    Resize(u16, u16),
    Predict(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let named = [
        KeyCode::Left,
        KeyCode::Right,
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::Enter,
        KeyCode::Esc,
        KeyCode::Tab,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::PageUp,
        KeyCode::PageDown,
        KeyCode::Backspace,
    ];
    let named = (prop::sample::select(named.to_vec()), any::<bool>());
    let named = named.prop_map(|(code, shift)| Key::new(code, if shift { KeyModifiers::SHIFT } else { KeyModifiers::NONE }));
    // Not q, which ends everything.
    let typed =
        prop::sample::select("abcdefghijklmnoprstuvwxyzABDEFGHIJKLMNQRTUVWXZ0123 +/?[]().{}*!='\"`".chars().collect::<Vec<_>>());
    let typed = typed.prop_map(|c| Key::new(KeyCode::Char(c), KeyModifiers::NONE));
    let label = prop::sample::select("123uxA".chars().collect::<Vec<_>>());
    let label = label.prop_map(|c| Key::new(KeyCode::Char(c), KeyModifiers::NONE));
    let kinds = [
        MouseEventKind::Down(MouseButton::Left),
        MouseEventKind::Drag(MouseButton::Left),
        MouseEventKind::ScrollDown,
        MouseEventKind::ScrollUp,
    ];
    prop_oneof![
        4 => named.prop_map(Step::Key),
        4 => typed.prop_map(Step::Key),
        4 => label.prop_map(Step::Key),
        3 => Just(Step::Answer),
        1 => Just(Step::Fail),
        1 => (prop::sample::select(kinds.to_vec()), 0..90u16, 0..30u16).prop_map(|(kind, x, y)| Step::Mouse(kind, x, y)),
        1 => (0..130u16, 0..50u16).prop_map(|(width, height)| Step::Resize(width, height)),
        1 => (0..3usize).prop_map(Step::Predict),
    ]
}

fn take(bench: &mut Bench, step: &Step, failing: bool) {
    match step {
        Step::Key(key) => bench.event(Event::Terminal(TerminalEvent::Key((*key).into()))),
        Step::Answer => bench.answer(),
        Step::Fail => bench.failures = usize::from(failing),
        Step::Mouse(kind, x, y) => bench.mouse(*kind, (*x, *y)),
        Step::Resize(width, height) => bench.event(Event::Terminal(TerminalEvent::Resize(*width, *height))),
        Step::Predict(document) => bench.predict(*document, 0),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn screen_and_disk_agree_and_undo_leads_back(steps in prop::collection::vec(step(), 1..80), failing in any::<bool>()) {
        let notes = ["[severe](SEV), dull\n\n[abdominal](ANA) pain — twice.\n患者 👩‍⚕️ x", "", "a b [c](SYM)"];
        let mut bench = Bench::new(&notes);
        bench.prompt = false;
        for step in &steps {
            take(&mut bench, step, failing);
            if let Some(open) = &bench.state.open {
                prop_assert!(open.cursor <= open.words.len().saturating_sub(1));
                prop_assert!(open.scroll < open.layout.lines().len());
                let shown = !bench.state.panes().too_small;
                let tags = if open.reading == Reading::Tags { view::tags(open, &bench.state.scheme) } else { Vec::new() };
                prop_assert!(!shown || open.layout.tags() == tags, "tags that have changed are laid out");
            }
        }
        bench.failures = 0;
        // Where nothing can be seen keys do nothing.
        take(&mut bench, &Step::Resize(80, 24), failing);
        bench.answer_all();
        prop_assert!(bench.state.work.in_flight.is_empty() && !bench.quit);
        let decided = |annotations: &Annotations| annotations.all_decided().map(|(cell, decided)| (cell, decided.present)).collect::<Vec<_>>();
        for document in 0..notes.len() {
            bench.state.mode = Mode::Note;
            bench.press("Q g");
            (0..document).for_each(|_| bench.press("j"));
            bench.press("enter");
            bench.answer_all();
            let index = bench.open().index;
            prop_assert_eq!(decided(&bench.open().annotations), decided(&bench.kept[index].annotations));
            while bench.open().history.undoable() > 0 {
                bench.press("u");
                bench.answer_all();
            }
            // An edit made on top of one that failed leads back to that.
            let left = bench.open().annotations.count() + bench.kept[index].annotations.count();
            prop_assert!(failing || left == 0, "{} decisions left", left);
        }
    }
}
