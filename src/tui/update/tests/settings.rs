//! Settings and keys that are read again.

use std::sync::Arc;

use super::bench::Bench;
use crate::active_learning::by_name;
use crate::formats::Problem;
use crate::inference::Command;
use crate::tui::effect::Effect;
use crate::tui::keymap::{Action, Keymap, with_own};
use crate::tui::message::Message;
use crate::tui::settings::{Reading, Settings, sentence};
use crate::tui::state::Order;
use crate::tui::theme::Palette;
use crate::tui::update::update;

fn reading(bench: &Bench, change: impl FnOnce(&mut Settings), keys: &str) -> Reading {
    let mut settings = bench.state.settings.clone();
    change(&mut settings);
    let (keymap, problems) = with_own(keys, "keymap.toml", &Keymap::bundled().unwrap());
    assert_eq!(problems, Vec::new());
    Reading { settings, keymap: Arc::new(keymap) }
}

fn read(bench: &mut Bench, change: impl FnOnce(&mut Settings), keys: &str) -> Vec<Effect> {
    let reading = reading(bench, change, keys);
    update(&mut bench.state, Message::Settings(Ok(reading)))
}

#[test]
fn a_key_asks_for_them_wherever_the_reader_is() {
    for keys in ["", "Q", "V", "s", "S", "U", "s e", "a a"] {
        let mut bench = Bench::new(&["a b"]);
        bench.press(keys);
        let mode = bench.state.mode.clone();
        bench.press("ctrl+l");
        assert_eq!((bench.readings, &bench.state.mode), (1, &mode));
    }
}

#[test]
fn what_was_wrong_is_forgotten_once_it_is_mended() {
    let mut bench = Bench::new(&["a b"]);
    let problem = Problem {
        file: "config.toml".into(),
        line: Some(3),
        what: "there is no setting 'foo'".into(),
        advice: "take it out".into(),
    };
    update(&mut bench.state, Message::Settings(Err(vec![problem])));
    assert!(bench.notice().contains("no setting 'foo'"), "{}", bench.notice());
    read(&mut bench, |_| {}, "");
    bench.press("l h l h l h l h l h l h l h");
    assert!(!bench.notice().contains("foo"), "{}", bench.notice());
}

#[test]
fn what_has_changed_is_taken_in_and_said() {
    let folder = |settings: &mut Settings| settings.folder = Some("/f".into());
    let mut bench = Bench::new(&["a b"]);
    read(&mut bench, |_| {}, "");
    assert!(bench.notice().contains("no settings of yours yet: `chartmark config init`"), "{}", bench.notice());
    read(&mut bench, folder, "");
    assert!(bench.notice().contains("nothing to change now in /f"), "{}", bench.notice());

    let effects = read(&mut bench, |settings| (settings.mouse, settings.inspector) = (false, false), "train = ['f9']");
    assert!(matches!(effects[..], [Effect::Mouse(false)]), "{effects:?}");
    assert_eq!(bench.notice(), "Settings read again: keys, mouse, inspector changed.");
    assert!(!bench.state.mouse && !bench.state.panels.inspector && bench.state.panels.queue);
    assert_eq!(bench.state.key(Action::Train), "F9", "sentences name the new key");

    read(&mut bench, |settings| settings.theme.palette = Palette::Safe, "train = []");
    assert_eq!(bench.notice(), "Settings read again: keys, colours changed.");
    assert_eq!(bench.state.settings.theme.palette, Palette::Safe);
    assert_eq!(bench.state.key(Action::Train), "the list of actions (:)");

    let effects = read(&mut bench, |settings| settings.order = Order::Ranked(by_name("margin").unwrap()), "train = []");
    let ranks = |effect: &Effect| matches!(effect, Effect::Worker(Command::Rank(order)) if order.strategy.name == "margin");
    assert!(effects.iter().any(ranks), "{effects:?}");
    read(&mut bench, |settings| settings.order = Order::Names, "train = []");
    assert!(bench.state.queue.wanted == Order::Names && bench.notice().contains("strategy changed"));
}

#[test]
fn what_a_person_has_done_on_the_screen_stays_unless_its_setting_changed() {
    let mut bench = Bench::new(&["a b"]);
    bench.press("W");
    read(&mut bench, |settings| settings.theme.palette = Palette::Safe, "");
    assert!(!bench.state.panels.queue, "hidden by hand");
    read(&mut bench, |settings| settings.queue = false, "");
    read(&mut bench, |settings| settings.queue = true, "");
    assert!(bench.state.panels.queue);
}

#[test]
fn what_holds_from_the_next_start_on_is_named_until_then() {
    let mut bench = Bench::new(&["a b"]);
    bench.state.settings.fixed = vec![("model", String::new()), ("threads", "2".into())];
    for _ in 0..2 {
        read(&mut bench, |settings| (settings.fixed[1].1, settings.folder) = ("4".into(), Some("/f".into())), "");
        assert!(bench.notice().ends_with("From the next start on: threads."), "{}", bench.notice());
    }
}

#[test]
fn a_broken_file_changes_nothing_and_says_where_and_what_to_do() {
    let mut bench = Bench::new(&["a b"]);
    let (keymap, settings) = (bench.state.keymap.clone(), format!("{:?}", bench.state.settings));
    let problem = |line| Problem {
        file: "/home/anna/.config/chartmark/config.toml".into(),
        line: Some(line),
        what: "there is no setting 'pallete'".into(),
        advice: "did you mean 'palette'?".into(),
    };
    let effects = update(&mut bench.state, Message::Settings(Err(vec![problem(3), problem(4)])));
    assert!(effects.is_empty() && bench.state.keymap == keymap && format!("{:?}", bench.state.settings) == settings);
    let told = "config.toml:3: there is no setting 'pallete'; did you mean 'palette'? (all is as before)";
    assert_eq!(bench.notice(), format!("{told} · 1 more: chartmark config check"));
    assert_eq!(sentence(&[], "x"), None);
}

#[test]
fn the_screen_begins_as_is_set() {
    let mut bench = Bench::unopened(&["a b"]);
    let set = Settings { mouse: false, queue: false, order: Order::Corpus, ..Settings::default() };
    bench.state.begin_with(set);
    bench.open_project();
    bench.model_ready(0);
    assert!(!bench.state.mouse && !bench.state.panels.queue && bench.state.panels.inspector);
    assert!(!bench.told.iter().any(|command| matches!(command, Command::Rank(_))), "nothing is ranked");
}

#[test]
fn labels_are_toggled_by_keys_of_ones_own() {
    let mut bench = Bench::new(&["a b"]);
    read(&mut bench, |_| {}, "toggle-digit = [\"é\", \"f11\"]\nlabel-menu = [\"f12\"]");
    bench.press("f11");
    bench.press("right f12");
    bench.type_in("é");
    assert_eq!(bench.kept[0].annotations.count(), 2);
}
