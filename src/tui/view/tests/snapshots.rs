//! Every screen as it looks: its text, and with which styles it is drawn.
//!
//! `snapshots/SIZE-SCENE.txt` is the text. `snapshots/SIZE-SCENE.styles` has a line for each row of the screen, in which a
//! letter and a number stand for so many cells of one style (`.` for cells without any), and beneath them what each letter
//! means: on 16 colours and on true colours, on a dark and, at one size, on a light ground.
//!
//! With `CHARTMARK_SNAPSHOTS=write` in the environment they are written anew. With `CHARTMARK_PICTURES=FOLDER` each screen is
//! drawn there as SVG too, for eyes.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

use super::{MONO, drawn, fixture};
use crate::tui::picture::{Paper, svg, text};
use crate::tui::state::State;
use crate::tui::theme::{Backdrop, Depth, Palette, Theme};

/// The size that is kept on a light ground too.
const LIGHT: (u16, u16) = (80, 24);

fn theme(depth: Depth, backdrop: Backdrop) -> Theme {
    Theme { depth, backdrop, palette: Palette::Scheme }
}

/// The grounds and depths, with names.
fn themes(light: bool) -> Vec<(&'static str, Theme)> {
    let mut themes = vec![("16 dark", theme(Depth::Colors16, Backdrop::Dark)), ("true dark", theme(Depth::True, Backdrop::Dark))];
    if light {
        themes.push(("16 light", theme(Depth::Colors16, Backdrop::Light)));
        themes.push(("true light", theme(Depth::True, Backdrop::Light)));
    }
    themes
}

/// A style in few letters: ink, `/` and ground where there is one, and what else is done to the letters.
fn written(cell: &Cell) -> String {
    let color = |color: Color| if color == Color::Reset { "-".to_owned() } else { color.to_string().to_lowercase() };
    let mut out = color(cell.fg);
    if cell.bg != Color::Reset {
        let _ = write!(out, "/{}", color(cell.bg));
    }
    for (modifier, name) in [
        (Modifier::BOLD, " bold"),
        (Modifier::DIM, " dim"),
        (Modifier::ITALIC, " italic"),
        (Modifier::UNDERLINED, " underlined"),
        (Modifier::REVERSED, " reversed"),
        (Modifier::CROSSED_OUT, " crossed"),
    ] {
        out += if cell.modifier.contains(modifier) { name } else { "" };
    }
    out
}

/// The styles of a screen, in each of its themes.
fn styles(frames: &[(&str, Buffer)]) -> String {
    let (width, height) = (frames[0].1.area.width, frames[0].1.area.height);
    let plain = vec!["-".to_owned(); frames.len()];
    // The letters stand for what is at their places.
    let mut known: Vec<Vec<String>> = Vec::new();
    let mut letters = ('a'..='z').chain('A'..='Z').chain('À'..='ÿ').chain('Α'..='ω').chain('А'..='я');
    let mut names: Vec<char> = Vec::new();
    let mut out = String::new();
    for y in 0..height {
        let mut runs: Vec<(char, usize)> = Vec::new();
        for x in 0..width {
            let style: Vec<String> = frames.iter().map(|(_, frame)| written(&frame[(x, y)])).collect();
            let name = match known.iter().position(|other| *other == style) {
                _ if style == plain => '.',
                Some(at) => names[at],
                None => {
                    let name = letters.next().unwrap();
                    known.push(style);
                    names.push(name);
                    name
                }
            };
            match runs.last_mut().filter(|run| run.0 == name) {
                Some(run) => run.1 += 1,
                None => runs.push((name, 1)),
            }
        }
        runs.pop_if(|run| run.0 == '.');
        for (name, count) in runs {
            out.push(name);
            if count > 1 {
                let _ = write!(out, "{count}");
            }
        }
        out.push('\n');
    }
    let titles: Vec<&str> = frames.iter().map(|(title, _)| *title).collect();
    let _ = writeln!(out, "\n  {}", titles.join(" | "));
    for (name, styles) in names.into_iter().zip(known) {
        let _ = writeln!(out, "{name} {}", styles.join(" | "));
    }
    out
}

/// Compares with a file, or writes it anew.
fn compare(file: &str, found: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/tui/view/snapshots").join(file);
    if std::env::var("CHARTMARK_SNAPSHOTS").is_ok_and(|value| value == "write") {
        std::fs::write(&path, found).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, expected, "\n{file} looks different:\n{found}\nexpected:\n{expected}");
}

fn snapshot(size: (u16, u16), name: &str, state: &State) {
    let name = format!("{}x{}-{name}", size.0, size.1);
    compare(&format!("{name}.txt"), &text(&drawn(state, &MONO)));
    let frames = |light| themes(light).into_iter().map(|(title, theme)| (title, drawn(state, &theme))).collect::<Vec<_>>();
    compare(&format!("{name}.styles"), &styles(&frames(size == LIGHT)));
    let Ok(folder) = std::env::var("CHARTMARK_PICTURES") else { return };
    for (title, frame) in frames(true) {
        let paper = if title.ends_with("light") { Paper::LIGHT } else { Paper::DARK };
        let file = format!("{name}-{}.svg", title.replace(' ', "-"));
        std::fs::write(Path::new(&folder).join(file), svg(&frame, paper)).unwrap();
    }
}

#[test]
fn screens_look_as_they_did() {
    for size in [LIGHT, (120, 40), (200, 50)] {
        for (name, state) in fixture::scenes(size.0, size.1) {
            snapshot(size, name, &state);
        }
    }
}

#[test]
fn every_snapshot_is_of_a_scene() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/tui/view/snapshots");
    let scenes: Vec<&str> = fixture::scenes(80, 24).into_iter().map(|(name, _)| name).collect();
    for file in std::fs::read_dir(folder).unwrap() {
        let file = file.unwrap().file_name().into_string().unwrap();
        let name = file.split_once('-').and_then(|(_, rest)| rest.split_once('.'));
        assert!(name.is_some_and(|(name, _)| scenes.contains(&name)), "{file} is of no scene");
    }
}
