//! What is said when the screen has gone: where the work is, and how to have it in a file.

use std::io::{self, Write as _};
use std::path::Path;

use super::args::Shared;
use crate::domain::visible;

/// Says it on standard output.
pub fn say(project: &Path, path: Option<&Path>, shared: &Shared) {
    // The terminal may be gone: then nobody reads it.
    let _ = writeln!(io::stdout(), "{}", sentence(project, path, shared.project.as_deref(), &free(Path::exists)));
}

/// A name that no file here has: what is called `gold.jsonl` may be what the labels were imported from.
fn free(is_there: impl Fn(&Path) -> bool) -> String {
    let numbered = (2..).map(|number| format!("gold-{number}.jsonl"));
    std::iter::once("gold.jsonl".to_owned()).chain(numbered).find(|name| !is_there(Path::new(name))).unwrap_or_default()
}

fn sentence(project: &Path, path: Option<&Path>, named: Option<&Path>, out: &str) -> String {
    let mut command = "chartmark export".to_owned();
    for (flag, path) in [("", path), (" --project", named)] {
        if let Some(path) = path {
            command += &format!("{flag} {}", quoted(path));
        }
    }
    let project = project.to_string_lossy();
    format!("Saved in {}\n{command} --to gold --out {out}    writes the labels as gold JSONL", visible(&project))
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let path = path.to_string_lossy();
    let plain = |c: char| c.is_alphanumeric() || "/._-+:@".contains(c);
    let path = visible(&path);
    if !path.is_empty() && path.chars().all(plain) { path.into_owned() } else { format!("'{}'", path.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_names_what_was_opened() {
        let check = |path: Option<&str>, named: Option<&str>, command: &str| {
            let said = sentence(Path::new("/p/project.db"), path.map(Path::new), named.map(Path::new), "gold.jsonl");
            let (place, rest) = said.split_once('\n').unwrap();
            assert_eq!(place, "Saved in /p/project.db");
            assert!(rest.starts_with(&format!("{command} --to gold --out gold.jsonl ")), "{rest}");
        };
        assert_eq!(free(|_| false), "gold.jsonl");
        assert_eq!(free(|name| ["gold.jsonl", "gold-2.jsonl"].contains(&&*name.to_string_lossy())), "gold-3.jsonl");
        check(None, None, "chartmark export");
        check(Some("notes/"), None, "chartmark export notes/");
        check(Some("my notes"), Some("ward.db"), "chartmark export 'my notes' --project ward.db");
        check(Some("it's"), None, r"chartmark export 'it'\''s'");
    }
}
