//! Where the project of some notes lies when nobody says otherwise.

use std::fs;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;

use super::disk::{self, create_private, folder_of};

/// Whether the file at `path` is a Chartmark project, of whatever version. Reads no more than its header.
pub fn is_project(path: &Path) -> bool {
    disk::is_project(path)
}

/// The project of the notes at `input` (a file or a folder; `None`: the sample corpus): `.chartmark/project.db` beside
/// the notes, or, where nothing can be written there, a place in the user's data directory that depends on the notes'
/// place alone. A project file is its own project. Makes nothing.
pub fn project_path(input: Option<&Path>) -> PathBuf {
    place(input, &data_folder())
}

fn place(input: Option<&Path>, data: &Path) -> PathBuf {
    let Some(input) = input else { return data.join("sample").join("project.db") };
    if is_project(input) {
        return input.to_owned();
    }
    let folder = if input.is_dir() { input.to_owned() } else { folder_of(input) };
    let beside = folder.join(".chartmark").join("project.db");
    if beside.exists() || writable(beside.parent().filter(|own| own.is_dir()).unwrap_or(&folder)) {
        return beside;
    }
    let canonical = folder.canonicalize().unwrap_or(folder);
    let name = blake3::hash(canonical.as_os_str().as_encoded_bytes()).to_hex();
    data.join("projects").join(&name[..16]).join("project.db")
}

/// The folder of the user's data, where projects lie that can't lie beside their notes. It need not exist yet.
pub fn data_folder() -> PathBuf {
    ProjectDirs::from("", "", "chartmark").map_or_else(|| PathBuf::from(".chartmark"), |own| own.data_dir().to_owned())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Project;

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

        let own = folder.path().join("mine.db");
        assert_eq!(place(Some(&own), &data), folder.path().join(".chartmark/project.db"));
        Project::open(&own, "a").unwrap().close().unwrap();
        assert_eq!(place(Some(&own), &data), own);
    }
}
