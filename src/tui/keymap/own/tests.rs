//! Keys of one's own.

use super::*;

fn bundled() -> Keymap {
    Keymap::bundled().unwrap()
}

fn row<'k>(keymap: &'k Keymap, name: &str) -> &'k Binding {
    keymap.bindings.iter().find(|row| row.name == name).unwrap()
}

fn keys(keymap: &Keymap, name: &str) -> String {
    row(keymap, name).keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_file_to_begin_with_changes_nothing_and_names_every_row() {
    let form = form(&bundled());
    let (keymap, problems) = with_own(&form, "keymap.toml", &bundled());
    assert_eq!((keymap, problems), (bundled(), Vec::new()));
    let taken_in: String = form
        .lines()
        .map(|line| line.strip_prefix("# ").filter(|rest| rest.contains(" = [")).unwrap_or(line).to_owned() + "\n")
        .collect();
    let (mut lines, rows) = Lines::read(&taken_in, "keymap.toml");
    assert_eq!(rows.len(), bundled().bindings.len(), "every row is there");
    lines.add(None, "", "");
    let (keymap, problems) = with_own(&taken_in, "keymap.toml", &bundled());
    assert_eq!(problems, Vec::new());
    assert_eq!(keymap, bundled(), "the keys are those that it came with");
}

#[test]
fn keys_of_ones_own_take_the_place_of_all_keys_of_their_row() {
    let text = "left = [\"f11\"]\nright = []\ndo-action = [\"f12\", \"enter\"]\nmouse = \"ctrl+g\"\n";
    let (keymap, problems) = with_own(text, "keymap.toml", &bundled());
    assert_eq!(problems, Vec::new());
    let key = |text: &str| text.parse::<Key>().unwrap();
    assert_eq!(keymap.action(Context::Note, key("f11")), Some(Action::Left));
    assert_eq!(keymap.action(Context::Note, key("h")), None);
    assert_eq!(keymap.action(Context::Note, key("l")), None);
    assert_eq!(keymap.action(Context::Palette, key("f12")), Some(Action::Choose));
    assert_eq!(
        keymap.action(Context::Queue, key("enter")),
        Some(Action::Choose),
        "the other rows of the action are as they were"
    );
    assert_eq!(keymap.action(Context::Queue, key("ctrl+g")), Some(Action::Mouse));
    assert_eq!((keys(&keymap, "right").as_str(), keys(&keymap, "do-action").as_str()), ("", "f12 enter"));
}

#[test]
fn two_rows_may_change_places() {
    let (keymap, problems) = with_own("undo = [\"x\"]\nclear = [\"u\"]\n", "k", &bundled());
    assert_eq!(problems, Vec::new());
    assert_eq!((keys(&keymap, "undo").as_str(), keys(&keymap, "clear").as_str()), ("x", "u"));
}

#[test]
fn other_keys_toggle_labels_in_their_order() {
    let text = "toggle-digit = [\"&\", \"é\", 'ctrl+k']\nend = []";
    let (keymap, problems) = with_own(text, "keymap.toml", &bundled());
    assert_eq!(problems, Vec::new());
    let bound = |text: &str| keymap.bound(Context::Note, text.parse().unwrap());
    assert_eq!(bound("é"), Some((Action::ToggleDigit, 1)));
    assert_eq!((bound("1"), keymap.label_keys().len()), (None, 3));
}

#[test]
fn what_is_wrong_is_told_with_its_line_and_the_rest_holds() {
    for (text, expected) in [
        ("lefft = ['f11']", &["k:2: there is no action 'lefft'; did you mean 'left'?"][..]),
        ("quack-quack = ['f11']", &["k:2: there is no action 'quack-quack'; `chartmark config init`"]),
        ("left = ['hyper+x']", &["k:2: 'hyper+x' is no key; write keys as"]),
        ("left = [\n 'f11',\n 'ctrl+i']", &["k:4: terminals report 'ctrl+i' as tab"]),
        ("left = 3", &["k:2: 'left' has no list of keys; write a list"]),
        ("left = [3]", &["k:2: 'left' has no list of keys"]),
        ("[left]", &["k:2: 'left' has no list of keys"]),
        ("left = ['f11', 'f11']", &["k:2: 'f11' stands here twice"]),
        ("left = ['f11'", &["k:2: this can't be read"]),
        (
            "left = ['l']",
            &["k:2: 'l' is given to 'left', and in the note it does 'right' already; choose another key, or give 'right' others"],
        ),
        ("left = ['f11']\nup = ['f11']", &["k:3: 'f11' is given to 'left' on line 2 and to 'up' here, both in the note"]),
        ("up = ['f11']\nleft = ['f11']", &["k:3: 'f11' is given to 'up' on line 2 and to 'left' here"]),
        ("palette = []", &["k:2: without a key 'palette' could not be reached"]),
        ("quit = []", &["k:2: without a key 'quit'"]),
        ("cancel = []", &["k:2: without a key 'cancel'"]),
        ("close = []", &["k:2: without a key 'close'"]),
        ("no = []", &["k:2: without a key 'no'"]),
        ("do-action = ['x']", &["k:2: 'x' can't do 'do-action': in the list of actions, it is typed"]),
        ("erase = ['B']\nlefft = []", &["k:2: 'B' can't do 'erase'", "k:3: there is no action"]),
        ("left = ['f11']\nleft = ['f12']", &["k:3: this name stands above already"]),
    ] {
        let text = format!("mouse = ['f9']\n{text}\n");
        let (keymap, problems) = with_own(&text, "k", &bundled());
        let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(told.len(), expected.len(), "{text}: {told:?}");
        assert!(told.iter().zip(expected).all(|(told, part)| told.starts_with(part)), "{text}: {told:?}");
        assert_eq!(keys(&keymap, "mouse"), "f9", "{text}: what is right holds");
        assert!(clash(&keymap.bindings).is_none());
        for name in ["palette", "quit", "cancel", "close", "no"] {
            assert!(!row(&keymap, name).keys.is_empty(), "{text}: {name}");
        }
    }
}

#[test]
fn what_was_read_wrongly_keeps_the_keys_that_it_came_with() {
    let (keymap, problems) = with_own("undo = [\"x\"]\nclear = [\"u\", \"§§\"]\n", "k", &bundled());
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert_eq!(keymap, bundled());
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic_or_traps_anybody(text in "(left|quit|palette|up|choose|close|=|\\[|\\]|\"|'|,|\n|#|x|f11|ctrl\\+|[ -~é]){0,40}") {
        let (keymap, _) = with_own(&text, "k", &bundled());
        proptest::prop_assert!(clash(&keymap.bindings).is_none());
        let quits = |row: &&Binding| matches!(row.action, Action::Quit | Action::Palette | Action::Cancel);
        proptest::prop_assert!(keymap.bindings.iter().filter(quits).all(|row| !row.keys.is_empty()));
    }
}
