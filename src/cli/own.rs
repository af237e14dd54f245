//! What a person has set: read from flags, environment and files, and made into what commands and the screen use.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Result, bail};
use clap::ValueEnum as _;

use super::args::{Arguments, Command, ConfigCommand, DeviceArgument, PrecisionArgument, Shared};
use super::tell::{Usage, tell};
use crate::active_learning;
use crate::config::{self, Folder, Parsed, Resolved, Setting, Source, Value, folder};
use crate::domain::visible;
use crate::formats::Problem;
use crate::tui::keymap::{Keymap, KeymapError, with_own};
use crate::tui::settings::{Reading, Settings};
use crate::tui::state::Order;
use crate::tui::state::automatic::Usual;
use crate::tui::theme::{Backdrop, Palette, Theme, read_theme};

/// The settings of flags, by name.
pub type Flags = Vec<(&'static str, Value)>;

/// What is set, but for keys and colours: these are read when there is a screen.
pub struct Own {
    /// The folder of the files, where there is a home.
    pub folder: Option<Folder>,
    /// Whether there is a `config.toml`.
    pub has_config: bool,
    /// All settings.
    pub resolved: Resolved,
    /// What is wrong with `config.toml` and the environment; what holds there is the default.
    pub problems: Vec<Problem>,
    /// What the flags say.
    flags: Flags,
    /// What the terminal has told of its backdrop, if it was asked.
    told: Option<Backdrop>,
}

/// The settings that flags set.
pub fn flags(arguments: &Arguments) -> Flags {
    let shared = &arguments.shared;
    let name = |value: Option<clap::builder::PossibleValue>| value.map(|value| value.get_name().to_owned());
    let texts = [
        (config::ANNOTATOR, shared.annotator.clone()),
        (config::MODEL, shared.model.as_ref().map(|model| model.display().to_string())),
        (config::SCHEME, shared.scheme.clone()),
        (config::DEVICE, name(shared.device.and_then(|device| device.to_possible_value()))),
        (config::PRECISION, name(shared.precision.and_then(|precision| precision.to_possible_value()))),
    ];
    let texts = texts.into_iter().filter_map(|(setting, text)| Some((setting.name, Value::Text(text?))));
    let threads = shared.threads.map(|threads| (config::THREADS.name, Value::Count(threads.get())));
    let shown = match &arguments.command {
        Some(Command::Config(ConfigCommand::Show { screen, .. })) => Some(screen),
        _ => None,
    };
    let of_screen = std::iter::once(&arguments.screen).chain(shown).flat_map(|screen| screen.0.iter().cloned());
    texts.chain(threads).chain(of_screen).collect()
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

impl Own {
    /// Reads `config.toml` and the environment; `flags` go before both.
    pub fn read(flags: Flags) -> Self {
        let folder = Folder::find(|name| std::env::var_os(name));
        let (mut parsed, mut has_config) = (Parsed::default(), false);
        if let Some(path) = folder.as_ref().map(Folder::config) {
            match folder::read(&path) {
                Ok(Some(text)) => (parsed, has_config) = (config::parse(&text, &visible(&path.to_string_lossy())), true),
                Ok(None) => {}
                Err(problem) => parsed.problems.push(problem),
            }
        }
        let flag = |setting: &Setting| flags.iter().find(|flag| flag.0 == setting.name).map(|flag| flag.1.clone());
        let (resolved, problems) = config::resolve(flag, |name| std::env::var_os(name), &parsed);
        let problems = parsed.problems.into_iter().chain(problems).collect();
        Self { folder, has_config, resolved, problems, flags, told: None }
    }

    /// Gives the values to the options that no flag has set.
    pub fn apply(&self, shared: &mut Shared) {
        let text = |setting: &Setting| self.resolved.text(setting).map(str::to_owned);
        shared.annotator = shared.annotator.take().or_else(|| text(config::ANNOTATOR));
        shared.model = shared.model.take().or_else(|| self.path(config::MODEL));
        shared.device = shared.device.or_else(|| DeviceArgument::from_str(&text(config::DEVICE)?, true).ok());
        shared.precision = shared.precision.or_else(|| PrecisionArgument::from_str(&text(config::PRECISION)?, true).ok());
        shared.threads = shared.threads.or_else(|| self.resolved.count(config::THREADS)?.try_into().ok());
        shared.no_cache |= self.resolved.text(config::CACHE) == Some("off");
        shared.cache = self.path(config::CACHE);
        shared.cache_size = text(config::CACHE_SIZE);
        shared.usual_scheme = text(config::SCHEME).map(|name| match self.path(config::SCHEME) {
            Some(path) if name.contains('/') || name.ends_with(".toml") => path.display().to_string(),
            _ => name,
        });
    }

    /// A setting that is a path: one that the file writes begins where the file lies.
    fn path(&self, setting: &Setting) -> Option<PathBuf> {
        let text = self.resolved.text(setting)?;
        match (&self.folder, self.resolved.of(setting).1) {
            (Some(folder), Source::File(_)) => Some(folder.path(text)),
            _ => Some(PathBuf::from(text)),
        }
    }

    /// For commands that scripts call: what is set must be sound, lest they do something else than was meant.
    ///
    /// # Errors
    /// When it is not; what is wrong is told on standard error.
    pub fn insist(&self) -> Result<()> {
        self.problems.iter().for_each(tell);
        match self.problems.len() {
            0 => Ok(()),
            1 => bail!(Usage("the settings have a mistake, see above; nothing was done. Mend it and try again".into())),
            count => {
                bail!(Usage(format!("the settings have {count} mistakes, see above; nothing was done. Mend them and try again")))
            }
        }
    }

    /// The keys, and what is wrong with `keymap.toml`; whether there is one.
    ///
    /// # Errors
    /// When the bundled keymap is wrong.
    pub fn keymap(&self) -> Result<(Keymap, Vec<Problem>, bool), KeymapError> {
        let bundled = Keymap::bundled()?;
        let Some(path) = self.folder.as_ref().map(Folder::keymap) else { return Ok((bundled, Vec::new(), false)) };
        Ok(match folder::read(&path) {
            Ok(Some(text)) => {
                let (keymap, problems) = with_own(&text, &visible(&path.to_string_lossy()), &bundled);
                (keymap, problems, true)
            }
            Ok(None) => (bundled, Vec::new(), false),
            Err(problem) => (bundled, vec![problem], true),
        })
    }

    /// The colours of this terminal, and what is wrong with the theme.
    pub fn theme(&self) -> (Theme, Vec<Problem>) {
        let backdrop = match self.resolved.text(config::BACKGROUND) {
            Some("dark") => Some(Backdrop::Dark),
            Some("light") => Some(Backdrop::Light),
            _ => None,
        };
        let (palette, problems) = self.palette();
        let mut theme = Theme::detect(variable).set(backdrop, palette);
        if theme.backdrop == Backdrop::Unknown {
            theme.backdrop = self.told.unwrap_or(Backdrop::Unknown);
        }
        (theme, problems)
    }

    /// The same for a screen: where nothing else tells what it stands on, `ask` does.
    pub fn on(&self, ask: impl FnOnce() -> Option<Backdrop>) -> Self {
        let unknown = self.theme().0.backdrop == Backdrop::Unknown;
        Self { told: if unknown { ask() } else { None }, ..self.again() }
    }

    fn palette(&self) -> (Palette, Vec<Problem>) {
        let name = match self.resolved.text(config::PALETTE) {
            None | Some("scheme") => return (Palette::Scheme, Vec::new()),
            Some("safe") => return (Palette::Safe, Vec::new()),
            Some(name) => name,
        };
        let path = self.folder.as_ref().and_then(|folder| folder.theme(name));
        match path.as_ref().map(|path| folder::read(path)) {
            Some(Ok(Some(text))) => {
                let file = path.map_or_else(String::new, |path| visible(&path.to_string_lossy()).into_owned());
                let (own, problems) = read_theme(&text, &file);
                (Palette::Own(Arc::new(own)), problems)
            }
            Some(Err(problem)) => (Palette::Scheme, vec![problem]),
            Some(Ok(None)) | None => {
                let themes = self.folder.as_ref().map(Folder::themes).unwrap_or_default();
                let names: Vec<&str> = ["scheme", "safe"].into_iter().chain(themes.iter().map(String::as_str)).collect();
                let file = self.folder.as_ref().map_or_else(String::new, |folder| folder.config().display().to_string());
                let what = format!("there is no palette '{}', and no file {}/{0}.toml", visible(name), folder::THEMES);
                (Palette::Scheme, vec![self.resolved.problem(config::PALETTE, &file, what, config::or_all(name, &names))])
            }
        }
    }

    /// Everything that the screen uses, and all that is wrong.
    ///
    /// # Errors
    /// When the bundled keymap is wrong.
    pub fn screen(&self) -> Result<(Reading, Vec<Problem>), KeymapError> {
        let (keymap, of_keys, has_keymap) = self.keymap()?;
        let (theme, of_theme) = self.theme();
        let order = match self.resolved.text(config::STRATEGY) {
            Some(config::BY_NAME) => Order::Names,
            strategy => strategy.and_then(active_learning::by_name).map_or(Order::Corpus, Order::Ranked),
        };
        let fixed = self.resolved.all().filter(|(setting, ..)| !setting.live);
        let fixed = fixed.map(|(setting, value, _)| (setting.name, value.map_or_else(String::new, Value::to_string)));
        let there = self.has_config || has_keymap;
        let settings = Settings {
            theme,
            mouse: self.resolved.switch(config::MOUSE),
            queue: self.resolved.switch(config::QUEUE),
            inspector: self.resolved.switch(config::INSPECTOR),
            order,
            automatic: Usual { after: self.resolved.count(config::TRAIN_AFTER), idle: self.resolved.count(config::TRAIN_IDLE) },
            fixed: fixed.collect(),
            place: self.folder.as_ref().map(|folder| folder.0.clone()),
            folder: self.folder.as_ref().filter(|_| there).map(|folder| visible(&folder.0.to_string_lossy()).into_owned()),
        };
        let problems = self.problems.iter().cloned().chain(of_keys).chain(of_theme).collect();
        Ok((Reading { settings, keymap: Arc::new(keymap) }, problems))
    }

    /// Reads everything again, flags and terminal as they were.
    pub fn again(&self) -> Self {
        Self { told: self.told, ..Self::read(self.flags.clone()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_and_flags_have_the_same_words() {
        let words = |setting: &Setting| if let config::Kind::Choice(words) = setting.kind { words() } else { Vec::new() };
        let device = DeviceArgument::value_variants().iter().filter_map(|device| device.to_possible_value());
        assert_eq!(words(config::DEVICE), device.map(|value| value.get_name().to_owned()).collect::<Vec<_>>());
        let precision = PrecisionArgument::value_variants().iter().filter_map(|precision| precision.to_possible_value());
        assert_eq!(words(config::PRECISION), precision.map(|value| value.get_name().to_owned()).collect::<Vec<_>>());
        let all = config::SETTINGS;
        let flagged: Vec<&str> = all.iter().filter(|setting| setting.flag).map(|setting| setting.name).collect();
        assert_eq!(
            flagged,
            [
                "annotator",
                "model",
                "scheme",
                "device",
                "precision",
                "threads",
                "background",
                "palette",
                "mouse",
                "queue",
                "inspector",
                "strategy"
            ]
        );
        assert!(
            words(config::STRATEGY)
                .iter()
                .all(|name| ["corpus", config::BY_NAME].contains(name) || active_learning::by_name(name).is_some())
        );
    }
}
