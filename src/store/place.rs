//! Where the project of some notes lies when nobody says otherwise.

use std::fs;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;

use super::disk::{self, create_private, folder_of};
use super::error::StoreError;
use super::project::Project;
use super::projection;
use crate::formats::Corpus;

/// The folder beside notes in which their project lies.
const FOLDER: &str = ".chartmark";

/// Whether the file at `path` is a Chartmark project, of whatever version. Reads no more than its header.
pub fn is_project(path: &Path) -> bool {
    disk::is_project(path)
}

/// Whether the file at `path` is a Chartmark project or one of the files that a project has beside itself.
pub fn belongs_to_project(path: &Path) -> bool {
    const BESIDE: [&str; 4] = ["-wal", "-shm", "-journal", ".lock"];
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let of = |ending: &&str| name.strip_suffix(ending).is_some_and(|name| is_project(&path.with_file_name(name)));
    is_project(path) || BESIDE.iter().any(of)
}

/// The projects that lie beside notes in one of the folders above the file at `path`, which is canonical.
pub fn projects_above(path: &Path) -> impl Iterator<Item = PathBuf> {
    path.ancestors().skip(1).map(|folder| folder.join(FOLDER).join("project.db")).filter(|place| is_project(place))
}

/// The project of the notes at `input` (a file or a folder; `None`: the sample corpus): `.chartmark/project.db` beside
/// the notes, or, where nothing can be written there or could not be when the project was made, a place in the user's data
/// directory that depends on the notes' place alone. A project file is its own project. Makes nothing.
pub fn project_path(input: Option<&Path>) -> PathBuf {
    place(input, &data_folder())
}

fn place(input: Option<&Path>, data: &Path) -> PathBuf {
    let Some(input) = input else { return data.join("sample").join("project.db") };
    if is_project(input) {
        return input.to_owned();
    }
    let folder = if input.is_dir() { input.to_owned() } else { folder_of(input) };
    let beside = folder.join(FOLDER).join("project.db");
    let canonical = folder.canonicalize().unwrap_or_else(|_| folder.clone());
    let name = blake3::hash(canonical.as_os_str().as_encoded_bytes()).to_hex();
    let apart = data.join("projects").join(&name[..16]).join("project.db");
    let free = || !apart.exists() && writable(beside.parent().filter(|own| own.is_dir()).unwrap_or(&folder));
    if beside.exists() || free() { beside } else { apart }
}

/// The folder of the user's data, where projects lie that can't lie beside their notes. It need not exist yet.
pub fn data_folder() -> PathBuf {
    ProjectDirs::from("", "", "chartmark").map_or_else(|| PathBuf::from(FOLDER), |own| own.data_dir().to_owned())
}

/// Whether a file can be made in `folder`: permissions alone do not tell (a read-only medium, a full quota).
pub fn writable(folder: &Path) -> bool {
    let probe = folder.join(format!(".chartmark-{}", std::process::id()));
    let made = create_private(&probe).is_ok();
    if made {
        // A probe that cannot be removed again is empty and hidden: no reason to stop.
        let _ = fs::remove_file(&probe);
    }
    made
}

impl Project {
    /// Whether its file lies in a folder that is made for projects, so that all beside it is its own.
    pub(super) fn has_own_folder(&self) -> bool {
        let folder = folder_of(self.path());
        folder.file_name().is_some_and(|name| name == FOLDER) || folder.starts_with(data_folder())
    }

    /// Whether the file at `path` is a note of the project, or would lie among its notes: it is their file, it lies in their
    /// folder (but in no hidden one, and not with an ending for which it is left out), or it is where a note lies of which the
    /// project holds something.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub fn is_note(&self, path: &Path) -> Result<bool, StoreError> {
        let Some(file) = canonical(path) else { return Ok(false) };
        // That of the sample corpus is no path.
        let corpus = self.corpus()?.filter(|corpus| Path::new(corpus).is_absolute());
        let corpus = corpus.and_then(|corpus| Path::new(&corpus).canonicalize().ok());
        if let Some(corpus) = &corpus
            && file.strip_prefix(corpus).is_ok_and(|below| below.as_os_str().is_empty() || is_read(below))
        {
            return Ok(true);
        }
        let folder = corpus.map(|corpus| if corpus.is_dir() { corpus } else { folder_of(&corpus) });
        let own = canonical(self.path()).map(|own| folder_of(&own));
        let beside = own.filter(|own| own.file_name().is_some_and(|name| name == FOLDER)).map(|own| folder_of(&own));
        for below in
            [folder, beside].into_iter().flatten().filter_map(|folder| file.strip_prefix(folder).ok().map(Path::to_owned))
        {
            let id: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
            if projection::row(self.connection(), &id.join("/"))?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Whether a file at `path`, which need not exist, is read as one of the notes of `folder`.
pub fn is_among(folder: &Path, path: &Path) -> bool {
    let (folder, path) = (folder.canonicalize().ok().filter(|folder| folder.is_dir()), canonical(path));
    folder.zip(path).is_some_and(|(folder, path)| path.strip_prefix(folder).is_ok_and(is_read))
}

/// Whether what stands there in a folder of notes is read: not what is hidden, nor what is left out for its ending.
fn is_read(below: &Path) -> bool {
    !(below.iter().any(|part| part.to_string_lossy().starts_with('.')) || Corpus::leaves_out(below))
}

/// A path without links, though its file need not exist; `None` where its folder does not.
fn canonical(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok().or_else(|| Some(folder_of(path).canonicalize().ok()?.join(path.file_name()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_project_lies_beside_the_notes_where_it_can() {
        let folder = tempfile::tempdir().unwrap();
        let (notes, data) = (folder.path().join("notes"), folder.path().join("data"));
        fs::create_dir(&notes).unwrap();
        fs::write(notes.join("a.txt"), "Chest pain.").unwrap();
        let beside = notes.join(".chartmark").join("project.db");
        assert_eq!(place(Some(&notes), &data), beside);
        assert_eq!(place(Some(&notes.join("a.txt")), &data), beside);
        assert_eq!(place(None, &data), data.join("sample/project.db"));
        assert_eq!(fs::read_dir(&notes).unwrap().count(), 1, "looking for a place leaves nothing behind");

        let gone = place(Some(&folder.path().join("nowhere/a.txt")), &data);
        assert!(gone.starts_with(data.join("projects")), "{}", gone.display());
        assert_ne!(gone, place(Some(&folder.path().join("elsewhere/a.txt")), &data));

        // Work that was begun where nothing could be written beside the notes is found again where that has changed.
        let notes = notes.canonicalize().unwrap();
        let read_only = place(Some(&notes.join("gone/a.txt")), &data);
        fs::create_dir_all(read_only.parent().unwrap()).unwrap();
        fs::write(&read_only, "").unwrap();
        fs::create_dir(notes.join("gone")).unwrap();
        assert_eq!(place(Some(&notes.join("gone")), &data), read_only);

        let own = folder.path().join("mine.db");
        assert_eq!(place(Some(&own), &data), folder.path().join(".chartmark/project.db"));
        Project::open(&own, "a").unwrap().close().unwrap();
        assert_eq!(place(Some(&own), &data), own);
    }

    #[test]
    fn notes_are_told_from_other_files() {
        use crate::domain::{Annotations, Document, EditId, LabelScheme, Shown};
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["ward/old/.chartmark", "ward/new", "other"] {
            fs::create_dir_all(path(name)).unwrap();
        }
        for name in ["ward/old/a.txt", "ward/old/b.txt", "ward/new/c.txt", "ward/note.txt", "other/a.txt"] {
            fs::write(path(name), "bad pain").unwrap();
        }
        let scheme = LabelScheme::from_names("s", &["sym"]).unwrap();
        let edit = Annotations::default().toggle(EditId(1), [0], 0, &Shown { predictions: None, thresholds: &[0.5] });
        let words = crate::tokenization::segment("bad pain");
        let check = |place: &str, corpus: &str, notes: &[&str], others: &[&str]| {
            let mut project = Project::open(&path(place), "ann").unwrap();
            project.set_corpus(path(corpus).to_str().unwrap()).unwrap();
            project.edit(&Document::new("a.txt", "bad pain"), &words, &scheme, &edit).unwrap();
            for (names, expected) in [(notes, true), (others, false)] {
                for name in names {
                    assert_eq!(project.is_note(&path(name)).unwrap(), expected, "{name} of {corpus}, project {place}");
                }
            }
        };
        // A folder's are all that lie in it; a single note's are those that the project holds besides.
        check(
            "p.db",
            "ward",
            &["ward/old/b.txt", "ward/new/c.txt", "ward/still-none.jsonl", "ward/guidelines.md"],
            &["other/a.txt", "ward/.hidden/x", "ward/a.svg", "ward/new/table.TSV"],
        );
        fs::write(path("ward/letter.xyz"), "bad pain").unwrap();
        check("r.db", "ward/letter.xyz", &["ward/letter.xyz"], &["ward/other.xyz"]);
        check("q.db", "ward/old/b.txt", &["ward/old/a.txt", "ward/old/b.txt"], &["ward/old/out.jsonl", "ward/note.txt"]);
        check("ward/old/.chartmark/project.db", "gone", &["ward/old/a.txt"], &["ward/old/b.txt", "other/a.txt"]);
        let project = path("ward/old/.chartmark/project.db");
        assert!(projects_above(&path("ward/old/b.txt")).eq([project.clone()]));
        assert_eq!(projects_above(&path("ward/note.txt")).count(), 0);
        for (name, belongs) in
            [("project.db", true), ("project.db-wal", true), ("project.db.lock", true), ("project.gold.jsonl", false)]
        {
            assert_eq!(belongs_to_project(&project.with_file_name(name)), belongs, "{name}");
        }
    }
}
