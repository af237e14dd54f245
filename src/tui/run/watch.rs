//! The files of a person's settings: that one of them has changed becomes an event.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::switch::Switch;
use crate::tui::event::Event;

/// How often the files are looked at: a few calls to the system.
const EVERY: Duration = Duration::from_secs(1);

/// When each file was written, and how long it is.
type Stamps = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

/// Watches the files of a folder, which need not exist. Ends with the program, or when nobody listens any more.
pub(super) fn watch(folder: PathBuf, inbox: Switch) -> io::Result<()> {
    let mut watched = Watched::new(stamps(&folder));
    let look = move || {
        loop {
            std::thread::sleep(EVERY);
            if watched.has_changed(stamps(&folder)) && !inbox.send(Event::SettingsWritten) {
                return;
            }
        }
    };
    std::thread::Builder::new().name("settings".into()).spawn(look).map(drop)
}

/// The settings' files and the themes that are in a folder.
fn stamps(folder: &Path) -> Stamps {
    let folders = [folder.to_owned(), folder.join(crate::config::folder::THEMES)];
    let entries = folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten();
    let files = entries.filter(|entry| entry.path().extension().is_some_and(|ending| ending == "toml"));
    files
        .filter_map(|file| fs::metadata(file.path()).ok().map(|meta| (file.path(), (meta.modified().ok(), meta.len()))))
        .collect()
}

/// The files as they were when that was told last, and as they were seen last.
struct Watched {
    told: Stamps,
    seen: Stamps,
}

impl Watched {
    fn new(stamps: Stamps) -> Self {
        Self { told: stamps.clone(), seen: stamps }
    }

    /// Whether they are others by now and stand still: an editor may write a file in several goes.
    fn has_changed(&mut self, now: Stamps) -> bool {
        let still = self.seen == now;
        self.seen = now;
        let changed = still && self.told != self.seen;
        if changed {
            self.told.clone_from(&self.seen);
        }
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_told_once_when_the_files_stand_still() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("themes")).unwrap();
        let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
        write("config.toml", "a");
        let mut watched = Watched::new(stamps(dir.path()));
        let mut look = || watched.has_changed(stamps(dir.path()));
        assert!(!look() && !look(), "nothing was written");
        write("config.toml", "ab");
        assert_eq!([look(), look(), look()], [false, true, false]);
        write("themes/own.toml", "c");
        assert!(!look());
        write("themes/own.toml", "cd");
        assert_eq!([look(), look(), look()], [false, true, false], "it was still being written");
        write("notes.txt", "no settings");
        assert!(!look() && !look());
        fs::remove_file(dir.path().join("config.toml")).unwrap();
        assert_eq!([look(), look()], [false, true]);
    }
}
