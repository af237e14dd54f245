//! Colours of one's own: a file `themes/NAME.toml` with colours for what the screen is made of and for labels.
//!
//! ```toml
//! base = "dark"
//!
//! [roles]
//! accent = "#3a96c8"
//! warning = "yellow"
//!
//! [labels]
//! symptom = "#e69f00"
//! ```
//!
//! A colour is taken as it is written: `#rrggbb`, or one of the terminal's own sixteen by its name. What the file leaves
//! out is as it is without it.

use std::collections::HashMap;
use std::fmt::Write as _;

use ratatui::style::Color;
use toml::de::DeValue;

use super::color::{of_16, to_256};
use super::{Backdrop, Depth};
use crate::config::{Line, Lines, nearest, or_all};
use crate::domain::{LabelColor, visible};
use crate::formats::Problem;

/// What the screen is made of, beside labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// What recedes.
    Quiet,
    /// Keys, and what is under way.
    Accent,
    /// What is safe on disk.
    Good,
    /// What could not be done, and what the model is unsure of.
    Warning,
    /// What failed.
    Error,
    /// The ground of selected words.
    Selection,
    /// Selected words themselves.
    SelectionText,
}

/// The roles by their names, what each is for, and a colour to begin with on a dark ground.
const ROLES: [(&str, Role, &str, &str); 7] = [
    ("quiet", Role::Quiet, "what recedes: rules, figures of little weight", "#80848c"),
    ("accent", Role::Accent, "keys in hints and help, and what is under way", "#3a96c8"),
    ("good", Role::Good, "what is safe on disk", "#3f9a5a"),
    ("warning", Role::Warning, "what could not be done, and what the model is unsure of", "#b9831c"),
    ("error", Role::Error, "what failed", "#db4f4f"),
    ("selection", Role::Selection, "the ground of selected words", "#2f4f7f"),
    ("selection-text", Role::SelectionText, "selected words themselves", "#f2f5fa"),
];

/// The terminal's own colours by their names.
const NAMES: [(&str, Color); 16] = [
    ("black", Color::Black),
    ("red", Color::Red),
    ("green", Color::Green),
    ("yellow", Color::Yellow),
    ("blue", Color::Blue),
    ("magenta", Color::Magenta),
    ("cyan", Color::Cyan),
    ("gray", Color::Gray),
    ("dark-gray", Color::DarkGray),
    ("light-red", Color::LightRed),
    ("light-green", Color::LightGreen),
    ("light-yellow", Color::LightYellow),
    ("light-blue", Color::LightBlue),
    ("light-magenta", Color::LightMagenta),
    ("light-cyan", Color::LightCyan),
    ("white", Color::White),
];

/// A colour as a file writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ink {
    Exact(LabelColor),
    Named(Color),
}

impl Ink {
    /// The colour on a terminal of this depth, which has colours.
    fn color(self, depth: Depth) -> Color {
        match (self, depth) {
            (Self::Named(color), _) => color,
            (Self::Exact(color), Depth::True) => Color::Rgb(color.red, color.green, color.blue),
            (Self::Exact(color), Depth::Colors256) => to_256(color.red, color.green, color.blue),
            (Self::Exact(color), Depth::Colors16 | Depth::Mono) => of_16(color, Backdrop::Unknown, &mut Vec::new()),
        }
    }
}

/// A theme.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Own {
    /// The ground that it is made for.
    pub base: Option<Backdrop>,
    roles: HashMap<Role, Ink>,
    labels: HashMap<String, Ink>,
}

impl Own {
    /// A role's colour, if the theme gives it one.
    pub(super) fn role(&self, role: Role, depth: Depth) -> Option<Color> {
        self.roles.get(&role).map(|ink| ink.color(depth))
    }

    /// A label's colour, if the theme gives it one.
    pub(super) fn label(&self, name: &str, depth: Depth) -> Option<Color> {
        self.labels.get(name).map(|ink| ink.color(depth))
    }
}

/// Reads a theme; `file` is its name in the problems. What is wrong is left out.
pub fn read_theme(text: &str, file: &str) -> (Own, Vec<Problem>) {
    let (mut lines, rows) = Lines::read(text, file);
    let mut own = Own::default();
    for row in rows {
        match (row.name.as_str(), row.value) {
            ("base", DeValue::String(base)) if base == "dark" => own.base = Some(Backdrop::Dark),
            ("base", DeValue::String(base)) if base == "light" => own.base = Some(Backdrop::Light),
            ("base", _) => lines.add(row.line, "the base is neither dark nor light", "write base = \"dark\" or base = \"light\""),
            ("roles", DeValue::Table(table)) => {
                for row in lines.rows(table) {
                    let known = ROLES.iter().find(|(name, ..)| *name == row.name);
                    match known {
                        Some((_, role, ..)) => own.roles.extend(ink(&mut lines, &row).map(|ink| (*role, ink))),
                        None => {
                            let names = ROLES.map(|(name, ..)| name);
                            lines.add(row.line, format!("there is no role '{}'", visible(&row.name)), &or_all(&row.name, &names));
                        }
                    }
                }
            }
            ("labels", DeValue::Table(table)) => {
                for row in lines.rows(table) {
                    own.labels.extend(ink(&mut lines, &row).map(|ink| (row.name, ink)));
                }
            }
            ("roles" | "labels", _) => {
                lines.add(
                    row.line,
                    format!("'{}' is no section", row.name),
                    &format!("write [{}] and the colours below it", row.name),
                );
            }
            (name, _) => {
                let what = format!("a theme has no '{}'", visible(name));
                lines.add(row.line, what, &or_all(name, &["base", "roles", "labels"]));
            }
        }
    }
    (own, lines.finish())
}

/// The colour of a row.
fn ink(lines: &mut Lines<'_>, row: &Line<'_>) -> Option<Ink> {
    let written = row.value.as_str().unwrap_or_default();
    let named = NAMES.iter().find(|(name, _)| *name == written).map(|(_, color)| Ink::Named(*color));
    let found = named.or_else(|| LabelColor::try_from(written.to_owned()).ok().map(Ink::Exact));
    if found.is_none() {
        let what = format!("'{}' has no colour that there is", visible(&row.name));
        let advice = match nearest(written, NAMES.map(|(name, _)| name)) {
            Some(meant) => format!("did you mean '{meant}'?"),
            None => "write it as \"#e69f00\", or by a name such as \"cyan\" or \"light-red\"".to_owned(),
        };
        lines.add(row.line, what, &advice);
    }
    found
}

/// The text of a theme to start one's own from: what the screen looks like without one, on a dark ground.
pub fn form() -> String {
    let mut out = String::from(
        "\
# A theme: copy this file to another name in this folder, change it, and write palette = \"NAME\" in config.toml.
# A colour is \"#rrggbb\" or one of the terminal's own: black, red, green, yellow, blue, magenta, cyan, gray, dark-gray,
# light-red, light-green, light-yellow, light-blue, light-magenta, light-cyan, white. What is left out stays as it is.

# What the theme is made for, dark or light, where the setting background is auto.
base = \"dark\"

[roles]
",
    );
    for (name, _, about, color) in ROLES {
        // Writing to a string never fails.
        let _ = write!(out, "# {about}\n{name} = \"{color}\"\n");
    }
    out + "\n# Labels by their names; the others have the colours of the label scheme.\n[labels]\n# symptom = \"#e69f00\"\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_theme_gives_colours_to_roles_and_labels() {
        let text = "base = 'light'\n[roles]\naccent = '#102030'\ngood = 'light-green'\n[labels]\n\"side effect\" = 'red'\n";
        let (own, problems) = read_theme(text, "t");
        assert_eq!((own.base, problems), (Some(Backdrop::Light), Vec::new()));
        assert_eq!(own.role(Role::Accent, Depth::True), Some(Color::Rgb(0x10, 0x20, 0x30)));
        assert!(matches!(own.role(Role::Accent, Depth::Colors256), Some(Color::Indexed(_))));
        assert_eq!(own.role(Role::Good, Depth::Colors256), Some(Color::LightGreen), "the terminal's own");
        assert_eq!((own.label("side effect", Depth::Colors16), own.label("other", Depth::True)), (Some(Color::Red), None));
        assert_eq!(own.role(Role::Error, Depth::True), None);
    }

    #[test]
    fn the_theme_to_begin_with_is_whole_and_sound() {
        let (own, problems) = read_theme(&form(), "t");
        assert_eq!((own.base, problems), (Some(Backdrop::Dark), Vec::new()));
        assert!(ROLES.iter().all(|(_, role, ..)| own.role(*role, Depth::True).is_some()));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line_and_the_rest_holds() {
        for (text, expected) in [
            ("base = 'dim'", "t:1: the base is neither dark nor light; write"),
            ("[roles]\nacent = 'red'", "t:2: there is no role 'acent'; did you mean 'accent'?"),
            ("[roles]\naccent = 'redd'", "t:2: 'accent' has no colour that there is; did you mean 'red'?"),
            ("[roles]\naccent = '#12'", "t:2: 'accent' has no colour that there is; write it as"),
            ("[labels]\n\nx = 3", "t:3: 'x' has no colour"),
            ("role = 3", "t:1: a theme has no 'role'; did you mean 'roles'?"),
            ("labels = 3", "t:1: 'labels' is no section; write [labels]"),
            ("[roles]\naccent = red", "t:2: this can't be read"),
        ] {
            let (_, problems) = read_theme(text, "t");
            assert_eq!(problems.len(), 1, "{text}: {problems:?}");
            assert!(problems[0].to_string().starts_with(expected), "{text}: {}", problems[0]);
        }
        let (own, problems) = read_theme("[roles]\naccent = 'redd'\nerror = 'red'", "t");
        assert_eq!((problems.len(), own.role(Role::Error, Depth::True)), (1, Some(Color::Red)));
    }
}
