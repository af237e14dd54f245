//! Which files of a folder are notes.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use include_dir::Dir;
use rayon::prelude::*;

use super::natural::natural;
use crate::domain::visible;
use crate::formats::markdown::GUIDELINES;
use crate::formats::plain::path_name;
use crate::formats::{Problem, Problems, ReadError, plain};

/// File names without ending that speak of a folder and are no notes of it.
const ABOUT: [&str; 6] = ["readme", "license", "licence", "notice", "changelog", "copying"];

/// Where a file's bytes are.
#[derive(Clone, Debug)]
pub(super) enum Origin {
    Path(PathBuf),
    Embedded(&'static [u8]),
}

impl Origin {
    /// The file as one note; an embedded one is called `id` in errors.
    pub(super) fn read_note(&self, id: &str) -> Result<String, ReadError> {
        match self {
            Self::Path(path) => plain::read(path),
            Self::Embedded(bytes) => plain::decode(bytes.to_vec(), id),
        }
    }

    /// How many bytes the file has.
    pub(super) fn size(&self) -> Option<u64> {
        match self {
            Self::Path(path) => path.metadata().ok().map(|file| file.len()),
            Self::Embedded(bytes) => Some(bytes.len() as u64),
        }
    }

    pub(super) fn open(&self) -> io::Result<Box<dyn BufRead>> {
        Ok(match self {
            Self::Path(path) => Box::new(BufReader::new(File::open(path)?)),
            Self::Embedded(bytes) => Box::new(*bytes),
        })
    }
}

/// A file and its path relative to the folder that was opened, with `/` between its parts.
pub(super) type Found = (String, Origin);

/// The files of a folder, each kind in natural order.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub(super) notes: Vec<Found>,
    pub(super) jsonl: Vec<Found>,
    pub(super) problems: Vec<Problem>,
    /// Whether a folder could not be read.
    pub(super) partial: bool,
}

/// What a file is, by its name.
enum Kind {
    Note,
    Jsonl,
    /// Hidden, or about the folder.
    Passed,
    /// Something else: its ending.
    Other(String),
}

/// Whether a file of this name is read as JSONL.
pub(super) fn is_jsonl(name: &str) -> bool {
    matches!(ending(name).as_deref(), Some("jsonl" | "ndjson"))
}

/// Whether a file of this name is left out for its ending: it is no note, and nothing about notes.
pub(super) fn is_other(name: &str) -> bool {
    matches!(kind(name), Kind::Other(_))
}

fn ending(name: &str) -> Option<String> {
    Path::new(name).extension().map(|ending| ending.to_string_lossy().to_lowercase())
}

fn kind(name: &str) -> Kind {
    let stem = Path::new(name).file_stem().unwrap_or_default().to_string_lossy().to_lowercase();
    match ending(name).as_deref() {
        _ if name.starts_with('.') || name == GUIDELINES => Kind::Passed,
        Some("jsonl" | "ndjson") => Kind::Jsonl,
        None | Some("md" | "txt" | "text") if ABOUT.contains(&stem.as_str()) => Kind::Passed,
        None | Some("txt" | "text" | "md") => Kind::Note,
        Some(other) => Kind::Other(format!(".{other}")),
    }
}

impl Listing {
    fn add(&mut self, id: String, name: &str, origin: Origin, others: &mut Vec<String>) {
        match kind(name) {
            Kind::Note => self.notes.push((id, origin)),
            Kind::Jsonl => self.jsonl.push((id, origin)),
            Kind::Passed => {}
            Kind::Other(ending) => others.push(ending),
        }
    }

    fn sort(&mut self) {
        // Among 50,000 names that is most of what opening a folder takes.
        self.notes.par_sort_by(|(a, _), (b, _)| natural(a, b));
        self.jsonl.par_sort_by(|(a, _), (b, _)| natural(a, b));
    }
}

/// Lists `root` and its subfolders by name alone. Hidden files and folders are passed over; links to folders are not
/// followed, so that no folder is walked twice.
pub(super) fn of_folder(root: &Path) -> io::Result<Listing> {
    let mut listing = Listing::default();
    let shown = path_name(root);
    let mut problems = Problems::new(&shown);
    let mut others = Vec::new();
    let mut folders = vec![(String::new(), root.to_path_buf())];
    while let Some((prefix, folder)) = folders.pop() {
        let entries = match std::fs::read_dir(&folder).and_then(|entries| entries.collect::<io::Result<Vec<_>>>()) {
            Ok(entries) => entries,
            Err(error) if prefix.is_empty() => return Err(error),
            Err(error) => {
                let what = format!("the folder {} could not be read ({error}) and was left out", path_name(Path::new(&prefix)));
                problems.add(None, what, "check that you may read it");
                listing.partial = true;
                continue;
            }
        };
        for entry in entries {
            let name = entry.file_name().to_string_lossy().into_owned();
            let id = format!("{prefix}{name}");
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() {
                if !name.starts_with('.') {
                    folders.push((format!("{id}/"), entry.path()));
                }
            } else if kind.is_file() || (kind.is_symlink() && entry.path().is_file()) {
                listing.add(id, &name, Origin::Path(entry.path()), &mut others);
            } else if kind.is_symlink() && !entry.path().exists() && matches!(self::kind(&name), Kind::Note | Kind::Jsonl) {
                let what = format!("the link {} leads to nothing and was left out", visible(&id));
                problems.add(None, what, "check where it should lead, or remove it");
            }
        }
    }
    if !others.is_empty() {
        let endings: BTreeSet<&str> = others.iter().map(String::as_str).collect();
        let named: Vec<&str> = endings.iter().take(5).copied().collect();
        let and_more = if endings.len() > named.len() { ", …" } else { "" };
        let files = match others.len() {
            1 => "1 file was left out for its ending".to_owned(),
            count => format!("{count} files were left out for their endings"),
        };
        let what = format!("{files} ({}{and_more})", named.join(", "));
        problems.add(None, visible(&what), "save notes as .txt or as gold JSONL to have them read");
    }
    listing.problems = problems.finish();
    listing.sort();
    Ok(listing)
}

/// Lists a folder that is part of the program.
pub(super) fn of_embedded(root: &'static Dir<'static>) -> Listing {
    let mut listing = Listing::default();
    let mut folders = vec![root];
    while let Some(folder) = folders.pop() {
        folders.extend(folder.dirs());
        for file in folder.files() {
            let id = file.path().to_string_lossy().replace('\\', "/");
            let name = id.rsplit('/').next().unwrap_or_default().to_owned();
            listing.add(id, &name, Origin::Embedded(file.contents()), &mut Vec::new());
        }
    }
    listing.sort();
    listing
}
