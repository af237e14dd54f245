//! The folder of a person's settings, and the files in it.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use directories::{BaseDirs, ProjectDirs};

use crate::domain::visible;
use crate::formats::Problem;

/// The variable that names the folder.
pub const VARIABLE: &str = "CHARTMARK_CONFIG_DIR";
/// The settings' file.
pub const CONFIG: &str = "config.toml";
/// The keys' file.
pub const KEYMAP: &str = "keymap.toml";
/// The folder of themes.
pub const THEMES: &str = "themes";

/// No file of settings is larger, in bytes.
const LARGEST: u64 = 1 << 20;

/// Where settings lie. The folder need not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder(pub PathBuf);

impl Folder {
    /// The folder that `CHARTMARK_CONFIG_DIR` names, else the system's place for settings; `None` where there is no home
    /// folder. `env` looks up one variable.
    pub fn find(env: impl Fn(&str) -> Option<OsString>) -> Option<Self> {
        let named = env(VARIABLE).filter(|folder| !folder.is_empty()).map(PathBuf::from);
        named.or_else(|| Some(ProjectDirs::from("", "", "chartmark")?.config_dir().to_owned())).map(Self)
    }

    /// `config.toml`.
    pub fn config(&self) -> PathBuf {
        self.0.join(CONFIG)
    }

    /// `keymap.toml`.
    pub fn keymap(&self) -> PathBuf {
        self.0.join(KEYMAP)
    }

    /// The file of a theme, if that can be a theme's name.
    pub fn theme(&self, name: &str) -> Option<PathBuf> {
        let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
        (!name.is_empty() && name.chars().all(fits)).then(|| self.0.join(THEMES).join(format!("{name}.toml")))
    }

    /// The names of the themes that there are.
    pub fn themes(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.join(THEMES)).into_iter().flatten().flatten();
        let name = |path: PathBuf| Some(path.file_name()?.to_str()?.strip_suffix(".toml")?.to_owned());
        let mut names: Vec<String> =
            entries.filter_map(|entry| name(entry.path())).filter(|name| self.theme(name).is_some()).collect();
        names.sort();
        names
    }

    /// A path as it is written in the settings: `~/` is the home folder, and other relative ones start here.
    pub fn path(&self, written: &str) -> PathBuf {
        let home = written.strip_prefix("~/").and_then(|rest| Some(BaseDirs::new()?.home_dir().join(rest)));
        home.unwrap_or_else(|| self.0.join(written))
    }
}

/// The text of a settings file; `None` where there is none.
///
/// # Errors
/// When there is one and it can't be read.
pub fn read(path: &Path) -> Result<Option<String>, Problem> {
    let problem = |what: String, advice: &str| Problem {
        file: visible(&path.to_string_lossy()).into_owned(),
        line: None,
        what,
        advice: advice.to_owned(),
    };
    let about = match fs::metadata(path) {
        Ok(about) => about,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(problem(format!("it can't be read ({error})"), "check that you may read it")),
    };
    if !about.is_file() {
        return Err(problem("it is no file".to_owned(), "put a text file in its place, or remove it"));
    }
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes));
    read.map_err(|error| problem(format!("it can't be read ({error})"), "check that you may read it"))?;
    if bytes.len() as u64 > LARGEST {
        return Err(problem(
            "it is larger than a file of settings can be (1 MiB)".to_owned(),
            "see whether it is the right file",
        ));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count() as u64;
        Problem { line: Some(line), ..problem("it is not UTF-8 from here on".to_owned(), "save it as UTF-8") }
    })?;
    // Editors of some systems begin files so.
    Ok(Some(text.strip_prefix('\u{feff}').map_or(text.clone(), str::to_owned)))
}
