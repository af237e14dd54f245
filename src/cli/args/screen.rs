//! The flags of the screen, made from the table of settings.

use clap::{Arg, ArgMatches, Args, Command, Error, FromArgMatches};

use crate::config::{Kind, SETTINGS, Setting, Value};

/// What the flags of the screen say: names of settings with their values.
#[derive(Clone, Debug, Default)]
pub struct ScreenFlags(pub Vec<(&'static str, Value)>);

fn settings() -> impl Iterator<Item = &'static Setting> {
    SETTINGS.into_iter().filter(|setting| setting.flag && setting.live)
}

/// The flag of a setting.
fn flag(setting: &'static Setting) -> Arg {
    let value = match setting.kind {
        Kind::Switch => "true|false",
        Kind::Count => "N",
        Kind::Text | Kind::Path | Kind::NameOrPath | Kind::Choice(_) | Kind::Size => "NAME",
    };
    let read = move |text: &str| setting.read(text).map_err(|(what, advice)| format!("{what}; {advice}"));
    Arg::new(setting.name).long(setting.name).value_name(value).help(setting.about).value_parser(read)
}

impl Args for ScreenFlags {
    fn augment_args(command: Command) -> Command {
        command.args(settings().map(flag))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for ScreenFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let value = |setting: &'static Setting| Some((setting.name, matches.get_one::<Value>(setting.name)?.clone()));
        Ok(Self(settings().filter_map(value).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
