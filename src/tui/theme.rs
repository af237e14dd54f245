//! Styles for what the terminal can show: true colour, 256 or 16 colours, or none.
//!
//! Colour never carries meaning alone: label letters, line forms and marks say the same. No background is set but the
//! selection's, and colours are kept to tones that can be read on a dark and on a light ground.

pub(in crate::tui) mod color;
mod own;
mod palette;

use ratatui::style::{Color, Modifier, Style};

use crate::domain::{Label, LabelColor, LabelScheme};
use color::{Tone, of_16, to_256};
pub use own::{Own, Role, form, read_theme};
pub use palette::Palette;

/// How many colours the terminal has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// 24 bits.
    True,
    /// The xterm palette.
    Colors256,
    /// The palette that the person has chosen for the terminal.
    Colors16,
    /// None, or none wanted.
    Mono,
}

/// What the terminal's background is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backdrop {
    /// Dark.
    Dark,
    /// Light.
    Light,
    /// Not known: tones that can be read on both.
    Unknown,
}

impl Depth {
    /// The depth that the environment promises; `env` looks up one variable.
    pub fn detect(env: impl Fn(&str) -> Option<String>) -> Self {
        let var = |name: &str| env(name).unwrap_or_default().to_ascii_lowercase();
        let term = var("TERM");
        let monochrome = ["dumb", "vt100", "vt102", "vt220", "vt320"];
        if !var("NO_COLOR").is_empty() || monochrome.contains(&term.as_str()) || term.ends_with("-m") || term.ends_with("-mono") {
            Self::Mono
        } else if matches!(var("COLORTERM").as_str(), "truecolor" | "24bit")
            || term.contains("direct")
            || env("WT_SESSION").is_some()
        {
            Self::True
        } else if term.contains("256color") || matches!(term.as_str(), "xterm-kitty" | "alacritty" | "foot") {
            Self::Colors256
        } else {
            Self::Colors16
        }
    }
}

impl Backdrop {
    /// The backdrop as some terminals tell it in `COLORFGBG` (`15;0`, foreground and background).
    pub fn detect(env: impl Fn(&str) -> Option<String>) -> Self {
        let told = env("COLORFGBG");
        match told.as_deref().and_then(|told| told.rsplit(';').next()?.parse().ok()) {
            Some(0..=6 | 8) => Self::Dark,
            Some(7 | 9..=15) => Self::Light,
            Some(16u8..) | None => Self::Unknown,
        }
    }
}

/// The styles of one terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme {
    /// How many colours there are.
    pub depth: Depth,
    /// What they stand on.
    pub backdrop: Backdrop,
    /// Where the labels' colours come from.
    pub palette: Palette,
}

impl Theme {
    /// The theme for the terminal that the environment describes, with the colours of the label scheme; `env` looks up one
    /// variable.
    pub fn detect(env: impl Fn(&str) -> Option<String>) -> Self {
        Self { depth: Depth::detect(&env), backdrop: Backdrop::detect(&env), palette: Palette::Scheme }
    }

    /// The same terminal as a person has it: `backdrop` where they have said what it stands on, and their palette.
    pub fn set(self, backdrop: Option<Backdrop>, palette: Palette) -> Self {
        let base = if let Palette::Own(own) = &palette { own.base } else { None };
        Self { backdrop: backdrop.or(base).unwrap_or(self.backdrop), palette, ..self }
    }

    /// One style a label of the scheme. With 16 colours the first labels get different ones as far as they reach.
    pub fn labels(&self, scheme: &LabelScheme) -> Vec<Style> {
        let mut taken: Vec<Color> = Vec::new();
        let mut style = |(index, label): (usize, &Label)| {
            if let (Palette::Own(own), true) = (&self.palette, self.depth != Depth::Mono)
                && let Some(color) = own.label(&label.name, self.depth)
            {
                return Style::new().fg(color);
            }
            let color = self.palette.color(index, label, self.backdrop);
            match self.depth {
                Depth::Mono => Style::new(),
                Depth::Colors16 => Style::new().fg(of_16(color, self.backdrop, &mut taken)),
                _ => self.ink(color),
            }
        };
        scheme.labels.iter().enumerate().map(&mut style).collect()
    }

    /// What recedes: rules, figures of little weight, words that are settled.
    pub fn quiet(&self) -> Style {
        self.tinted(Role::Quiet, (0x80, 0x84, 0x8c), Color::DarkGray, Modifier::DIM)
    }

    /// Titles and the current row.
    pub fn strong(&self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// Keys in hints and help, and what is under way.
    pub fn accent(&self) -> Style {
        self.tinted(Role::Accent, (0x3a, 0x96, 0xc8), Color::Cyan, Modifier::BOLD)
    }

    /// What is safe on disk.
    pub fn good(&self) -> Style {
        self.tinted(Role::Good, (0x3f, 0x9a, 0x5a), Color::Green, Modifier::empty())
    }

    /// What could not be done, and what the model is unsure of.
    pub fn warning(&self) -> Style {
        self.tinted(Role::Warning, (0xb9, 0x83, 0x1c), Color::Yellow, Modifier::BOLD)
    }

    /// What failed.
    pub fn error(&self) -> Style {
        self.tinted(Role::Error, (0xdb, 0x4f, 0x4f), Color::Red, Modifier::BOLD).add_modifier(Modifier::BOLD)
    }

    /// The visible form of a character that is not sent to the terminal.
    pub fn visible(&self) -> Style {
        self.error().remove_modifier(Modifier::BOLD).add_modifier(Modifier::ITALIC | Modifier::UNDERLINED)
    }

    /// The word under the cursor, or the current row of a list; laid over the word's own style.
    pub fn cursor(&self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED | Modifier::BOLD)
    }

    /// Selected words; laid over the word's own style.
    pub fn selection(&self) -> Style {
        if let Some(ground) = self.own(Role::Selection) {
            let text = self.own(Role::SelectionText);
            return text.map_or(Style::new(), |text| Style::new().fg(text)).bg(ground);
        }
        match (self.depth, self.backdrop) {
            (Depth::True, Backdrop::Light) => Style::new().bg(Color::Rgb(0xc4, 0xdc, 0xf8)).fg(Color::Rgb(0x10, 0x18, 0x28)),
            (Depth::Colors256, Backdrop::Light) => Style::new().bg(Color::Indexed(153)).fg(Color::Indexed(233)),
            (Depth::True, _) => Style::new().bg(Color::Rgb(0x2f, 0x4f, 0x7f)).fg(Color::Rgb(0xf2, 0xf5, 0xfa)),
            (Depth::Colors256, _) => Style::new().bg(Color::Indexed(24)).fg(Color::Indexed(255)),
            (Depth::Colors16, _) => Style::new().bg(Color::Blue).fg(Color::White),
            (Depth::Mono, _) => Style::new().add_modifier(Modifier::REVERSED),
        }
    }

    /// A search hit; laid over the word's own style.
    pub fn hit(&self) -> Style {
        Style::new().add_modifier(Modifier::UNDERLINED)
    }

    /// A label's colour in a tone that can be read on the backdrop.
    fn ink(&self, color: LabelColor) -> Style {
        let tone = match self.backdrop {
            Backdrop::Dark => Tone { darkest: 0.18, lightest: 0.80 },
            Backdrop::Light => Tone { darkest: 0.03, lightest: 0.20 },
            Backdrop::Unknown => Tone { darkest: 0.16, lightest: 0.33 },
        };
        let (red, green, blue) = tone.keep(color);
        let rgb = Color::Rgb(red, green, blue);
        Style::new().fg(if self.depth == Depth::Colors256 { to_256(red, green, blue) } else { rgb })
    }

    /// The colour that a theme of one's own gives to a role, where there are colours.
    fn own(&self, role: Role) -> Option<Color> {
        match &self.palette {
            Palette::Own(own) if self.depth != Depth::Mono => own.role(role, self.depth),
            _ => None,
        }
    }

    fn tinted(&self, role: Role, (red, green, blue): (u8, u8, u8), of_16: Color, mono: Modifier) -> Style {
        if let Some(color) = self.own(role) {
            return Style::new().fg(color);
        }
        match self.depth {
            Depth::Mono => Style::new().add_modifier(mono),
            Depth::Colors16 => Style::new().fg(of_16),
            _ => self.ink(LabelColor { red, green, blue }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn the_environment_tells_the_depth() {
        let check = |vars: &[(&str, &str)], depth, backdrop| {
            let env = |name: &str| vars.iter().find(|(var, _)| *var == name).map(|(_, value)| value.to_string());
            assert_eq!(Theme::detect(env), Theme { depth, backdrop, palette: Palette::Scheme }, "{vars:?}");
        };
        check(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")], Depth::True, Backdrop::Unknown);
        check(&[("TERM", "xterm-256color")], Depth::Colors256, Backdrop::Unknown);
        check(&[("TERM", "linux")], Depth::Colors16, Backdrop::Unknown);
        check(&[("TERM", "xterm"), ("COLORFGBG", "0;default;15")], Depth::Colors16, Backdrop::Light);
        check(&[("TERM", "dumb"), ("COLORTERM", "truecolor"), ("COLORFGBG", "15;0")], Depth::Mono, Backdrop::Dark);
        check(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor"), ("NO_COLOR", "1")], Depth::Mono, Backdrop::Unknown);
        check(&[("TERM", "xterm-256color"), ("NO_COLOR", "")], Depth::Colors256, Backdrop::Unknown);
        check(&[], Depth::Colors16, Backdrop::Unknown);
    }

    #[test]
    fn what_a_person_has_set_goes_before_what_the_terminal_tells_and_a_theme_of_ones_own_between() {
        let told = || Theme::detect(|name| (name == "COLORFGBG").then(|| "15;0".to_owned()));
        let own = || Palette::Own(Arc::new(read_theme("base = 'light'", "t").0));
        for (background, palette, expected) in [
            (None, Palette::Scheme, Backdrop::Dark),
            (Some(Backdrop::Light), Palette::Safe, Backdrop::Light),
            (None, own(), Backdrop::Light),
            (Some(Backdrop::Dark), own(), Backdrop::Dark),
        ] {
            assert_eq!(told().set(background, palette).backdrop, expected);
        }
    }

    #[test]
    fn colours_of_ones_own_are_taken_as_they_are_and_nowhere_without_colours() {
        let text = "[roles]\naccent = '#000001'\nselection = 'white'\n[labels]\na = '#020000'";
        let palette = Palette::Own(Arc::new(read_theme(text, "t").0));
        let theme = |depth| Theme { depth, backdrop: Backdrop::Dark, palette: palette.clone() };
        let scheme = LabelScheme::from_names("two", &["a", "b"]).unwrap();
        let (own, plain) = (theme(Depth::True), Theme { palette: Palette::Scheme, ..theme(Depth::True) });
        assert_eq!(own.accent().fg, Some(Color::Rgb(0, 0, 1)));
        assert_eq!((own.selection().bg, own.selection().fg), (Some(Color::White), None));
        assert_eq!(own.labels(&scheme)[0].fg, Some(Color::Rgb(2, 0, 0)));
        assert_eq!((own.good(), own.labels(&scheme)[1]), (plain.good(), plain.labels(&scheme)[1]), "what it leaves out");
        let (own, plain) = (theme(Depth::Mono), Theme { palette: Palette::Scheme, ..theme(Depth::Mono) });
        assert_eq!(
            (own.accent(), own.selection(), own.labels(&scheme)),
            (plain.accent(), plain.selection(), plain.labels(&scheme))
        );
    }

    #[test]
    fn labels_differ_as_far_as_colours_reach() {
        let names: Vec<String> = (0..16).map(|index| format!("label {index}")).collect();
        let scheme = LabelScheme::from_names("sixteen", &names).unwrap();
        let distinct = |depth, backdrop| {
            let mut styles = Theme { depth, backdrop, palette: Palette::Scheme }.labels(&scheme);
            styles.sort_by_key(|style| format!("{style:?}"));
            styles.dedup();
            styles.len()
        };
        for backdrop in [Backdrop::Dark, Backdrop::Light, Backdrop::Unknown] {
            assert_eq!(distinct(Depth::True, backdrop), 16);
            assert!(distinct(Depth::Colors256, backdrop) >= 12, "{backdrop:?}: {}", distinct(Depth::Colors256, backdrop));
            assert!(distinct(Depth::Colors16, backdrop) >= 9);
            assert_eq!(distinct(Depth::Mono, backdrop), 1);
        }
    }

    #[test]
    fn no_label_looks_like_what_recedes() {
        let names: Vec<String> = (0..40).map(|index| format!("label {index}")).collect();
        let mut scheme = LabelScheme::from_names("forty", &names).unwrap();
        let greys = ["#808080", "#777777", "#8a8a8a", "#bbbbbb", "#444444"];
        scheme.labels.iter_mut().zip(greys).for_each(|(label, grey)| label.color = grey.to_owned().try_into().unwrap());
        for backdrop in [Backdrop::Dark, Backdrop::Light, Backdrop::Unknown] {
            for palette in [Palette::Scheme, Palette::Safe] {
                let theme = Theme { depth: Depth::Colors16, backdrop, palette };
                let quiet = theme.quiet().fg;
                assert!(theme.labels(&scheme).iter().all(|style| style.fg.is_some() && style.fg != quiet), "{theme:?}");
            }
        }
    }

    #[test]
    fn every_tone_can_be_read_on_its_backdrop() {
        for (backdrop, grounds) in
            [(Backdrop::Dark, &[0.0, 0.02][..]), (Backdrop::Light, &[1.0, 0.85][..]), (Backdrop::Unknown, &[0.0, 1.0][..])]
        {
            let theme = Theme { depth: Depth::True, backdrop, palette: Palette::Scheme };
            for hex in ["#ffffff", "#000000", "#f0e442", "#0000ff", "#777777", "#e69f00"] {
                let Some(Color::Rgb(red, green, blue)) = theme.ink(LabelColor::try_from(hex.to_owned()).unwrap()).fg else {
                    panic!("true colour");
                };
                let light = color::luminance(red, green, blue);
                for &ground in grounds {
                    let contrast = (light.max(ground) + 0.05) / (light.min(ground) + 0.05);
                    assert!(contrast > 2.7, "{hex} on {ground}: {contrast}");
                }
            }
        }
    }
}
