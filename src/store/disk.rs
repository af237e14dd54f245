//! The project file as the file system sees it: made for its owner alone, recognised by its header before SQLite
//! touches it, and checked for lying on a network file system.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::error::StoreError;
use super::schema::{APPLICATION_ID, SCHEMA};

/// First bytes of every SQLite file.
const MAGIC: &[u8] = b"SQLite format 3\0";

/// File systems that reach another machine, as `/proc/self/mountinfo` calls them.
const NETWORK: &[&str] = &[
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "9p",
    "afs",
    "ceph",
    "glusterfs",
    "lustre",
    "fuse.sshfs",
    "fuse.glusterfs",
    "fuse.rclone",
];

/// Makes an empty file that only its owner can read; `AlreadyExists` if there is one.
pub(super) fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes a folder and those above it; the new ones are their owner's alone.
pub(super) fn create_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Makes sure that there is a project file or an empty one at `path`. Whether it held anything before.
pub(super) fn prepare(path: &Path) -> Result<bool, StoreError> {
    if path.is_dir() {
        return Err(StoreError::Folder(path.to_owned()));
    }
    match header(path) {
        Ok(header) => {
            check_header(path, &header)?;
            Ok(!header.is_empty())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            create(path).map_err(|error| StoreError::not_created(path, &error))?;
            Ok(false)
        }
        // A part of the path that is a file, for instance.
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => Err(StoreError::not_created(path, &error)),
        Err(error) => Err(StoreError::unreadable(path, &error)),
    }
}

/// Makes sure that there is a project file at `path` that holds something, and makes nothing.
pub(super) fn check(path: &Path) -> Result<(), StoreError> {
    if path.is_dir() {
        return Err(StoreError::Folder(path.to_owned()));
    }
    let header = header(path).map_err(|error| StoreError::unreadable(path, &error))?;
    check_header(path, &header)
}

fn create(path: &Path) -> io::Result<()> {
    let folder = folder_of(path);
    create_private_folder(&folder)?;
    match create_private(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        // Another process was quicker, or it is made: both are as well.
        _ => {}
    }
    #[cfg(unix)]
    File::open(&folder)?.sync_all()?;
    Ok(())
}

/// The folder that holds `path`.
pub(super) fn folder_of(path: &Path) -> PathBuf {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
}

/// `path` with `suffix` behind its name.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Whether the file at `path` is a Chartmark project, of whatever version.
pub(super) fn is_project(path: &Path) -> bool {
    header(path).is_ok_and(|header| header.starts_with(MAGIC) && number(&header, 68) == Some(APPLICATION_ID))
}

/// The first 100 bytes, or as many as there are.
fn header(path: &Path) -> io::Result<Vec<u8>> {
    let mut header = Vec::with_capacity(100);
    File::open(path)?.take(100).read_to_end(&mut header)?;
    Ok(header)
}

/// Refuses other programs' files and later versions without SQLite, which might fold a write-ahead log.
fn check_header(path: &Path, header: &[u8]) -> Result<(), StoreError> {
    if header.is_empty() {
        return Ok(());
    }
    if !header.starts_with(MAGIC) || number(header, 68) != Some(APPLICATION_ID) {
        return Err(StoreError::NotAProject(path.to_owned()));
    }
    check_version(path, number(header, 60).unwrap_or_default())
}

/// Refuses versions of the schema that this program does not know.
pub(super) fn check_version(path: &Path, found: u32) -> Result<(), StoreError> {
    if found > SCHEMA { Err(StoreError::Newer { path: path.to_owned(), found, known: SCHEMA }) } else { Ok(()) }
}

fn number(header: &[u8], at: usize) -> Option<u32> {
    header.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes)
}

/// Whether `path` lies on a file system of another machine, as far as this system tells.
pub(super) fn is_remote(path: &Path) -> bool {
    let Ok(folder) = folder_of(path).canonicalize() else { return false };
    fs::read_to_string("/proc/self/mountinfo").is_ok_and(|mounts| mounted_remotely(&mounts, &folder))
}

/// Looks `folder` up in the text of `/proc/self/mountinfo`; the last mount of the longest mount point counts.
fn mounted_remotely(mounts: &str, folder: &Path) -> bool {
    let mount = |line: &str| {
        let (left, right) = line.split_once(" - ")?;
        let point = left.split(' ').nth(4)?.replace("\\040", " ");
        let kind = right.split(' ').next()?.to_owned();
        folder.starts_with(&point).then_some((point.len(), kind))
    };
    let kind = mounts.lines().filter_map(mount).max_by_key(|&(length, _)| length).map(|(_, kind)| kind);
    kind.is_some_and(|kind| NETWORK.contains(&kind.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_mount_decides_whether_a_folder_is_remote() {
        let mounts = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n\
                      40 22 0:35 / /mnt/ward\\040notes rw shared:9 - nfs4 server:/notes rw\n\
                      41 40 8:2 / /mnt/ward\\040notes/local rw - xfs /dev/sdb1 rw\n\
                      42 22 0:36 / /home/x/remote rw - fuse.sshfs x@y: rw\n";
        for (folder, remote) in [
            ("/home/x", false),
            ("/home/x/remote/a", true),
            ("/home/x/remotely", false),
            ("/mnt/ward notes", true),
            ("/mnt/ward notes/2024", true),
            ("/mnt/ward notes/local/a", false),
        ] {
            assert_eq!(mounted_remotely(mounts, Path::new(folder)), remote, "{folder}");
        }
    }
}
