use std::collections::{BTreeSet, HashSet};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::*;
use crate::domain::{LabelScheme, Predictions, Scope};
use crate::tui::keymap::{Context, Keymap};
use crate::tui::layout::Layout;
use crate::tui::picture::text;
use crate::tui::state::relabel::Field;
use crate::tui::state::{LabelUse, Reading};
use crate::tui::theme::{Backdrop, Depth, Palette};

mod beside;
pub(super) mod fixture;
mod many;
mod snapshots;

const THEME: Theme = Theme { depth: Depth::True, backdrop: Backdrop::Unknown, palette: Palette::Scheme };
const MONO: Theme = Theme { depth: Depth::Mono, backdrop: Backdrop::Unknown, palette: Palette::Scheme };

fn drawn(state: &State, theme: &Theme) -> Buffer {
    let mut buffer = Buffer::empty(Rect::new(0, 0, state.screen.0, state.screen.1));
    draw(state, theme, &mut buffer);
    buffer
}

#[test]
fn colours_change_what_is_drawn_in_no_screen() {
    // So that the snapshots, which are without colour, hold for every depth and backdrop.
    for (width, height) in [(80, 24), (120, 40), (200, 50)] {
        for (name, state) in fixture::scenes(width, height) {
            let plain = drawn(&state, &MONO);
            for depth in [Depth::Colors16, Depth::Colors256, Depth::True] {
                for (backdrop, palette) in [(Backdrop::Dark, Palette::Scheme), (Backdrop::Light, Palette::Safe)] {
                    let colored = drawn(&state, &Theme { depth, backdrop, palette });
                    assert_eq!(text(&colored), text(&plain), "{name} at {width}x{height}, {depth:?}");
                    let allowed = |color: Color| match depth {
                        Depth::Colors16 => !matches!(color, Color::Rgb(..) | Color::Indexed(_)),
                        Depth::Colors256 => !matches!(color, Color::Rgb(..)),
                        Depth::True | Depth::Mono => true,
                    };
                    assert!(colored.content().iter().all(|cell| allowed(cell.fg) && allowed(cell.bg)), "{name}, {depth:?}");
                }
            }
            assert!(plain.content().iter().all(|cell| (cell.fg, cell.bg) == (Color::Reset, Color::Reset)), "{name}");
        }
    }
}

#[test]
fn extreme_sizes_schemes_and_paragraphs_are_drawn_whole() {
    let names: Vec<String> = (0..crate::domain::MAX_LABELS).map(|index| format!("label {index}")).collect();
    let scheme = LabelScheme::from_names("as many as there can be", &names).unwrap();
    let long = "severe chest pain, 5 mg once daily 高血圧 ".repeat(1_112);
    let mut rows = Vec::new();
    for (width, height) in [(1, 1), (40, 10), (41, 500), (77, 24), (80, 24), (131, 11), (500, 10), (500, 200)] {
        let mut state = fixture::bare(width, height, scheme.clone());
        let mut open = fixture::open(0, "long", &long, &state.scheme, 20);
        assert!(open.words.len() >= 10_000);
        if rows.is_empty() {
            let wanted = |cell: usize| if cell * 31 % 97 < cell / names.len() % 5 * 4 { 0.9 } else { 0.02 };
            rows = (0..open.words.len() * names.len()).map(wanted).collect();
        }
        open.predictions = Some(Predictions::new(1, names.len(), rows.clone()));
        open.cursor = 7_777;
        state.open = Some(open);
        for reading in [Reading::Lanes, Reading::Tags, Reading::Focus(names.len() - 1)] {
            state.reading = reading;
            crate::tui::update::update(&mut state, crate::tui::message::Message::Resized(width, height));
            for mode in [Mode::Note, Mode::Labels(LabelUse::Toggle), Mode::Labels(LabelUse::Alone), Mode::Queue, Mode::Schemes] {
                state.mode = mode;
                let shown = text(&drawn(&state, &THEME));
                assert!(!shown.trim().is_empty(), "{:?} at {width}x{height}", state.mode);
            }
            state.mode = Mode::Note;
            not_overlapping(&state);
        }
    }
}

/// Checks that each row of the note's pane holds one line of text or one of its lanes, as far as the pane is wide.
fn not_overlapping(state: &State) {
    let panes = state.panes();
    let (Some(open), false) = (&state.open, panes.too_small) else { return };
    let (buffer, text) = (drawn(state, &MONO), panes.text);
    let page = open.page(text.height);
    assert!(page.contains(&open.layout.line_of(open.cursor)), "the cursor is on the page");
    let mut y = text.y;
    for line in page.clone() {
        for glyph in open.layout.glyphs(&open.document.text, &open.words, line) {
            let place = (text.x + glyph.column, y);
            if glyph.ground == crate::tui::layout::Ground::Plain {
                assert_eq!(buffer[place].symbol(), glyph.shown, "line {line} at {place:?} of {:?}", state.screen);
            }
            assert!(glyph.column + glyph.width <= text.width);
        }
        y += rows(open, line) as u16;
    }
    assert!(y <= text.bottom() || page.len() == 1, "{y} of {}", text.bottom());
}

#[test]
fn every_label_of_every_word_is_told_without_colour() {
    let state = fixture::state(120, 60);
    let open = state.open.as_ref().unwrap();
    for line in 0..open.layout.lines().len() {
        let marks = lane::marks(open, line);
        let cells = lane::cells(&marks, |mark| look::strongest(open, mark.word, mark.look.labels));
        for mark in &marks {
            // Its own letters, or those of the words to its left that it is joined to by a bar.
            let from = (0..=mark.columns.start).rev().take_while(|&column| {
                column == mark.columns.start || cells.iter().any(|cell| cell.row == 0 && cell.column == column)
            });
            let from = from.last().unwrap_or(mark.columns.start);
            for label in mark.look.labels.iter() {
                let told = |cell: &&lane::LaneCell| {
                    cell.sign == lane::Sign::Letter(label) && (from..=mark.columns.end).contains(&cell.column)
                };
                assert!(cells.iter().any(|cell| told(&cell)), "line {line}: {mark:?}");
            }
        }
    }
}

/// The line's text over its lanes, as drawn.
fn lanes_of(source: &str, labels: &[&[usize]], change: impl Fn(&mut crate::tui::state::OpenDocument)) -> Vec<String> {
    let scheme = LabelScheme::from_names("scheme", &fixture::LABELS).unwrap();
    let mut state = fixture::bare(100, 30, scheme);
    state.panels.inspector = false;
    let mut open = fixture::open(0, "note", source, &state.scheme, state.panes().text.width);
    let alphanumeric: Vec<usize> = (0..open.words.len()).filter(|&word| open.words[word].alphanumeric).collect();
    let mut rows = vec![0.0; open.words.len() * state.scheme.len()];
    for (&word, labels) in alphanumeric.iter().zip(labels) {
        labels.iter().for_each(|&label| rows[word * state.scheme.len() + label] = 0.99);
    }
    open.predictions = Some(Predictions::new(0, state.scheme.len(), rows));
    change(&mut open);
    let area = state.panes().text;
    state.open = Some(open);
    let buffer = drawn(&state, &MONO);
    let row = |y: u16| (area.x..area.right() - 1).map(|x| buffer[(x, y)].symbol()).collect::<String>().trim_end().to_owned();
    (area.y..area.bottom()).map(row).take_while(|row| !row.is_empty()).collect()
}

#[test]
fn lanes_name_the_labels_and_show_the_decisions() {
    // s symptom, d disease, a anatomy, e severity, r drug, o dose
    let plain = |_: &mut crate::tui::state::OpenDocument| {};
    assert_eq!(
        lanes_of("severe abdominal pain on exertion", &[&[0, 3], &[0, 2], &[0]], plain),
        ["severe abdominal pain on exertion", "se┄┄┄┄┄sa┄┄┄┄┄┄┄┄s┄┄┄"]
    );
    assert_eq!(lanes_of("pain, fever", &[&[0], &[0]], plain), ["pain, fever", "s┄┄┄┄┄┄┄┄┄┄"]);
    assert_eq!(lanes_of("pain     fever", &[&[0], &[0]], plain), ["pain     fever", "s┄┄┄     s┄┄┄┄"]);
    assert_eq!(lanes_of("5 mg", &[&[4, 5], &[4, 5]], plain), ["5 mg", "ro┄┄"]);
    assert_eq!(lanes_of("5 x", &[&[4, 5, 0], &[]], plain), ["5 x", "s", "r", "o"]);
    assert_eq!(lanes_of("5 x", &[&[0, 1, 2, 3, 4], &[]], plain), ["5 x", "s", "d", "a", "+"]);
    assert_eq!(lanes_of("no label at all", &[], plain), ["no label at all"]);
    let decided = |open: &mut crate::tui::state::OpenDocument| {
        fixture::accept(open, 1, 1..2, Scope::Word, Some(0));
        fixture::toggle(open, 2, 2..3, 1, Some(0));
        fixture::toggle(open, 3, 3..4, 0, Some(0));
    };
    assert_eq!(
        lanes_of("pain fever ulcer cough", &[&[0], &[0], &[], &[0]], decided),
        ["pain fever ulcer cough", "s┄┄┄┄s━━━━ d═══≠ ×≠"]
    );
    let unsure = |open: &mut crate::tui::state::OpenDocument| {
        let mut rows = vec![0.0; open.words.len() * 16];
        (rows[0], rows[16], rows[17], rows[32]) = (0.6, 0.6, 0.6, 0.4);
        open.predictions = Some(Predictions::new(0, 16, rows));
    };
    assert_eq!(lanes_of("pain MI rash", &[], unsure), ["pain MI rash", "s┄┄?┄sd??"]);
}

#[test]
fn tags_name_the_labels_and_show_the_decisions() {
    let tagged = |source, labels, change: &dyn Fn(&mut crate::tui::state::OpenDocument)| {
        lanes_of(source, labels, |open| {
            change(open);
            open.reading = Reading::Tags;
            let scheme = LabelScheme::from_names("scheme", &fixture::LABELS).unwrap();
            open.layout = Layout::tagged(&open.document.text, &open.words, 60, tag::tags(open, &scheme));
        })
    };
    let plain = |_: &mut crate::tui::state::OpenDocument| {};
    assert_eq!(
        tagged("severe abdominal pain on exertion", &[&[0, 3], &[0, 2], &[0]], &plain),
        ["severe⟨SYM SEV⟩ abdominal⟨SYM ANA⟩ pain⟨SYM⟩ on exertion"]
    );
    assert_eq!(tagged("5 mg, once  daily", &[&[4], &[4], &[6], &[6]], &plain), ["5·mg⟨DRU⟩, once⟨FRE⟩  daily⟨FRE⟩"]);
    let decided = |open: &mut crate::tui::state::OpenDocument| {
        fixture::accept(open, 1, 1..2, Scope::Word, Some(0));
        fixture::toggle(open, 2, 2..3, 1, Some(0));
        fixture::toggle(open, 3, 3..4, 0, Some(0));
    };
    assert_eq!(
        tagged("pain fever ulcer cough", &[&[0], &[0], &[], &[0]], &decided),
        ["pain⟨SYM⟩ fever[SYM] ulcer{DIS≠} cough{×≠}"]
    );
}

#[test]
fn nothing_hostile_reaches_the_terminal() {
    let hostile = "start\u{1b}[2J\u{1b}]0;title\u{7} \u{202e}evil\u{2066} zero\u{200b}width \u{e0041}\u{e007f} a\rb\u{9b}31m \u{85}\u{2028}end\u{feff}";
    let scheme = LabelScheme::from_names("sch\u{1b}[1meme", &["sym\u{202e}ptom", "dise\u{7}ase"]).unwrap();
    let mut state = fixture::bare(120, 30, scheme);
    state.title = hostile.to_owned();
    state.queue.rows[0].name = hostile.to_owned();
    state.notice = Some(crate::tui::state::Notice { tone: crate::tui::state::Tone::Error, text: hostile.to_owned(), stays: 1 });
    state.open = Some(fixture::open(0, hostile, hostile, &state.scheme, state.panes().text.width));
    for mode in [
        Mode::Note,
        Mode::Labels(LabelUse::Toggle),
        Mode::Queue,
        Mode::Search,
        Mode::Help { scroll: 0, from: Box::new(Mode::Note) },
    ] {
        state.mode = mode;
        let buffer = drawn(&state, &THEME);
        for cell in buffer.content() {
            assert_eq!(crate::domain::visible::visible(cell.symbol()), cell.symbol());
            assert!(!cell.symbol().contains(['\n', '\r', '\t']));
        }
        let shown = text(&buffer);
        assert!(shown.contains("start␛[2J␛]0;title␇ ‹U+202E›evil‹U+2066›") && shown.contains("a␍b‹U+009B›31m"), "{shown}");
    }
}

#[test]
fn no_size_is_too_small_to_draw() {
    for (width, height) in
        (1..=20).flat_map(|width| (1..=5).map(move |height| (width, height))).chain([(40, 10), (41, 11), (60, 15)])
    {
        for (name, state) in fixture::scenes(width, height) {
            let shown = text(&drawn(&state, &THEME));
            assert!(!shown.trim().is_empty(), "{name} at {width}x{height}");
        }
    }
    let shown = text(&drawn(&fixture::state(30, 8), &THEME));
    assert_eq!(shown.trim(), "This terminal has 30 columns\nand 8 rows; Chartmark needs 40\nand 10.");
}

#[test]
fn a_buffer_smaller_than_the_screen_is_drawn_as_far_as_it_goes() {
    for (name, state) in fixture::scenes(120, 36) {
        for (width, height) in [(0, 0), (1, 1), (50, 9), (119, 35)] {
            let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
            draw(&state, &THEME, &mut buffer);
            assert_eq!(buffer.area, Rect::new(0, 0, width, height), "{name}");
        }
    }
}

#[test]
fn sixty_labels_show_the_carried_and_probable_ones_first() {
    let names: Vec<String> = (0..60).map(|index| format!("label-{index:02}")).collect();
    let scheme = LabelScheme::from_names("sixty", &names).unwrap();
    let mut state = fixture::bare(80, 24, scheme);
    let mut open = fixture::open(0, "note", "one two", &state.scheme, state.panes().text.width);
    let mut rows = vec![0.01; 120];
    (rows[57], rows[40]) = (0.9, 0.3);
    open.predictions = Some(Predictions::new(0, 60, rows));
    state.open = Some(open);
    let shown = text(&drawn(&state, &THEME));
    let first = |name: &str| shown.find(name).unwrap_or_else(|| panic!("{name} in {shown}"));
    assert!(first("label-57") < first("label-40") && first("label-40") < first("label-00"), "{shown}");
    assert!(shown.contains("and 53 more"), "{shown}");
    state.mode = Mode::Labels(LabelUse::Toggle);
    assert!(text(&drawn(&state, &THEME)).contains("label-59"));
}

#[test]
fn wide_characters_keep_their_lanes_beneath_them() {
    let found = lanes_of("高血圧 pain", &[&[1], &[1], &[1], &[0]], |_| {});
    assert_eq!(found[1], "d┄┄┄┄┄ s┄┄┄");
}

#[test]
fn fifty_thousand_notes_and_a_hundred_thousand_words_are_drawn_by_their_rows_alone() {
    let mut state = fixture::state(200, 50);
    let rows = vec![state.queue.rows[3].clone(); 50_000];
    state.queue.order = (0..rows.len()).collect();
    state.queue.rows = rows;
    let long = "severe chest pain, 5 mg once daily ".repeat(14_000);
    let mut open = fixture::open(49_999, "long", &long, &state.scheme, state.panes().text.width);
    open.cursor = open.words.len() - 2;
    open.scroll = 3;
    state.open = Some(open);
    let shown = text(&drawn(&state, &THEME));
    assert!(shown.contains("50000/50000") && shown.contains("daily"), "{shown}");
}

#[test]
fn the_keys_to_learn_first_stand_in_the_hint_line_at_80_columns() {
    let shown = text(&drawn(&fixture::state(80, 24), &MONO));
    let line = shown.lines().last().unwrap_or_default();
    for hint in ["Tab unsure", "Space label", "Enter accept", "u undo", "T train", "? help", "q quit"] {
        assert!(line.contains(hint), "{hint} in {line}");
    }
}

#[test]
fn no_row_of_the_help_is_cut_on_80_columns() {
    let state = fixture::state(80, 24);
    let screen = Rect::new(0, 0, 80, 500);
    let mut buffer = Buffer::empty(screen);
    help::draw(&state, Context::Note, &MONO, 0, screen, &mut buffer);
    let shown = text(&buffer);
    assert!(shown.contains("Keys that work elsewhere") && !shown.contains(" more ─"), "all of it is there");
    assert_eq!(shown.lines().filter(|line| line.contains("…│") || line.contains("… │")).collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn keymap_help_and_list_of_actions_are_the_same_rows() {
    let state = fixture::state(80, 24);
    let bound: HashSet<Context> = state.keymap.bindings.iter().flat_map(|row| row.contexts.iter().copied()).collect();
    let typing = Doing::Typing { field: Field::New, text: String::new() };
    let list = crate::tui::state::Palette { query: String::new(), cursor: 0, from: Box::new(Mode::Note) };
    let modes = [
        Mode::Note,
        Mode::Labels(LabelUse::Toggle),
        Mode::Search,
        Mode::Queue,
        Mode::Filter,
        Mode::Changes,
        Mode::Versions,
        Mode::Timeline,
        Mode::Schemes,
        Mode::Relabel(Doing::Looking),
        Mode::Relabel(typing),
        Mode::Suspects,
        Mode::Dashboard { scroll: 0 },
        Mode::Comment,
        Mode::Comments,
        Mode::Matches,
        Mode::Guide,
        Mode::Help { scroll: 0, from: Box::new(Mode::Note) },
        Mode::Palette(list),
        Mode::Question(Question::QuitUnsaved { sentence: String::new() }),
    ];
    assert_eq!(modes.iter().map(Mode::context).collect::<HashSet<_>>(), bound, "wherever a key does something");
    for from in modes {
        let context = from.context();
        let rows = help::rows(&state.keymap, context);
        let entry =
            |row: &help::Row| if let help::Row::Entry(keys, what) = row { Some((keys.clone(), what.clone())) } else { None };
        let mut helped: Vec<(String, String)> = rows.iter().filter_map(entry).collect();
        let palette = crate::tui::state::Palette { query: String::new(), cursor: 0, from: Box::new(from) };
        let found = palette.found(&state.keymap);
        let listed: Vec<(String, String)> =
            found.iter().map(|found| (help::keys(found.binding), found.binding.description.clone())).collect();
        let here = found.iter().filter(|found| found.here).count();
        assert_eq!(helped[..here], listed[..here], "what works {} stands first in both", context.place());
        let legend: Vec<(String, String)> = help::legend().iter().filter_map(entry).collect();
        assert_eq!(helped.drain(here..here + legend.len()).collect::<Vec<_>>(), legend, "the signs stand between them");
        assert_eq!(helped, listed);
        let mut bound: Vec<(String, String)> =
            state.keymap.bindings.iter().map(|row| (help::keys(row), row.description.clone())).collect();
        let mut listed = listed;
        bound.sort();
        listed.sort();
        assert_eq!(listed, bound);
    }
}

#[test]
fn every_action_has_a_row_and_so_a_place_in_the_lists() {
    let source = include_str!("../keymap.rs");
    let (_, rest) = source.split_once("pub enum Action {").unwrap();
    let (body, _) = rest.split_once("\n}").unwrap();
    let names: BTreeSet<String> = body
        .lines()
        .map(str::trim)
        .filter_map(|line| line.strip_suffix(','))
        .filter(|name| !name.starts_with('/'))
        .map(str::to_owned)
        .collect();
    let keymap = Keymap::bundled().unwrap();
    let bound: BTreeSet<String> = keymap.bindings.iter().map(|row| format!("{:?}", row.action)).collect();
    assert!(names.len() > 100);
    assert_eq!(names, bound);
}
