//! `chartmark config`: settings, keys and colours of one's own.

mod show;

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};

use anyhow::{Context as _, Result, bail};

use super::args::ConfigCommand;
use super::own::Own;
use super::tell::{counted, tell};
use crate::config::{self, Folder, folder};
use crate::domain::visible;
use crate::formats::Problem;
use crate::tui::keymap::{self, Keymap};
use crate::tui::theme;

/// The theme that `init` writes.
const EXAMPLE: &str = "example";

/// Writes files to begin with, tells what holds, or what is wrong.
///
/// # Errors
/// When files can't be made, or have mistakes (`check`).
pub fn run(command: &ConfigCommand, own: &Own) -> Result<()> {
    match command {
        ConfigCommand::Init => init(own),
        ConfigCommand::Show { json, .. } => show::run(own, *json),
        ConfigCommand::Check => check(own),
    }
}

/// The folder of the files.
fn folder_of(own: &Own) -> Result<&Folder> {
    own.folder
        .as_ref()
        .with_context(|| format!("there is no home folder to keep settings in; name a folder for them in {}", folder::VARIABLE))
}

fn init(own: &Own) -> Result<()> {
    let folder = folder_of(own)?;
    let themes = folder.0.join(folder::THEMES);
    let unmade =
        || format!("the folder {} can't be made; nothing was changed. Name another in {}", themes.display(), folder::VARIABLE);
    fs::create_dir_all(&themes).with_context(unmade)?;
    let example = themes.join(format!("{EXAMPLE}.toml"));
    for (path, text) in
        [(folder.config(), config::form()), (folder.keymap(), keymap::form(&Keymap::bundled()?)), (example, theme::form())]
    {
        let shown = path.display();
        match File::create_new(&path) {
            Ok(mut file) => {
                file.write_all(text.as_bytes())
                    .with_context(|| format!("{shown} can't be written; free some space and remove it"))?;
                tell(format_args!("{shown} is written; everything in it is as it is without it"));
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                tell(format_args!("{shown} is there already and stays as it is"));
            }
            Err(error) => {
                return Err(error).with_context(|| format!("{shown} can't be made; see that you may write there"));
            }
        }
    }
    Ok(())
}

/// What is wrong with the themes, each with its name.
fn themes(folder: &Folder) -> Vec<(String, Vec<Problem>)> {
    let read = |name: String| {
        let path = folder.theme(&name)?;
        let file = visible(&path.to_string_lossy()).into_owned();
        let problems = match folder::read(&path) {
            Ok(text) => theme::read_theme(&text.unwrap_or_default(), &file).1,
            Err(problem) => vec![problem],
        };
        Some((file, problems))
    };
    folder.themes().into_iter().filter_map(read).collect()
}

/// All that is wrong with one's own files and variables, and what is sound, in sentences.
///
/// # Errors
/// When the bundled keymap is wrong.
pub fn findings(own: &Own) -> Result<(Vec<String>, Vec<Problem>)> {
    let Some(folder) = &own.folder else {
        return Ok((vec!["there is no home folder to keep settings in".to_owned()], own.problems.clone()));
    };
    let (keymap, of_keys, has_keymap) = own.keymap()?;
    let (mut sound, mut problems) = (Vec::new(), own.problems.clone());
    let name = |path: std::path::PathBuf| visible(&path.to_string_lossy()).into_owned();
    let config = name(folder.config());
    if own.has_config && own.problems.iter().all(|problem| problem.file != config) {
        let count = own.resolved.all().filter(|(.., source)| matches!(source, config::Source::File(_))).count();
        sound.push(format!("{config} is sound: {} from it", counted(count, "setting")));
    }
    if has_keymap && of_keys.is_empty() {
        let bundled = Keymap::bundled()?;
        let own = keymap.bindings.iter().zip(&bundled.bindings).filter(|(row, bundled)| row.keys != bundled.keys).count();
        sound.push(format!("{} is sound: {} with other keys", name(folder.keymap()), counted(own, "action")));
    }
    problems.extend(of_keys);
    let themes = themes(folder);
    sound.extend(themes.iter().filter(|theme| theme.1.is_empty()).map(|theme| format!("{} is sound", theme.0)));
    problems.extend(themes.into_iter().flat_map(|theme| theme.1));
    // The theme in use was among them; that there is none of the name is seen here alone.
    let of_palette = own.theme().1;
    problems.extend(of_palette.into_iter().filter(|problem| !problem.file.contains(folder::THEMES)));
    if sound.is_empty() && problems.is_empty() {
        let place = visible(&folder.0.to_string_lossy()).into_owned();
        sound.push(format!("there are no settings in {place} yet; `chartmark config init` writes files to begin with"));
    }
    Ok((sound, problems))
}

fn check(own: &Own) -> Result<()> {
    folder_of(own)?;
    let (sound, problems) = findings(own)?;
    sound.iter().for_each(tell);
    problems.iter().for_each(tell);
    match problems.len() {
        0 => Ok(()),
        1 => bail!("1 mistake, see above; until it is mended the screen goes without, and commands may refuse"),
        count => bail!("{count} mistakes, see above; until they are mended the screen goes without, and commands may refuse"),
    }
}
