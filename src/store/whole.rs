//! A file that is written whole or not at all: what stood in its place stays there until all is on the disk.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::disk::create_private;

/// A file that is being written under another name. Dropped before its end, it leaves what was there before as it is.
#[derive(Debug)]
pub struct WholeFile {
    out: BufWriter<File>,
    /// Where it is written until it is whole.
    part: PathBuf,
    place: PathBuf,
}

impl WholeFile {
    /// Begins a file for everyone who may read what stands at `path`, or whom the system's settings let read a new file. A link
    /// stays one: what it leads to is replaced.
    ///
    /// # Errors
    /// When nothing can be written beside it.
    pub fn shared(path: &Path) -> io::Result<Self> {
        let place = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let name = place.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let part = place.with_file_name(format!(".{name}.part-{}", std::process::id()));
        let out = File::create(&part)?;
        let file = Self { out: BufWriter::new(out), part, place };
        if let Ok(there) = file.place.metadata() {
            fs::set_permissions(&file.part, there.permissions())?;
        }
        Ok(file)
    }

    /// Begins a file for its owner alone, in place of a part of one that was left there when the program was cut off.
    ///
    /// # Errors
    /// When nothing can be written beside it.
    pub fn private(place: PathBuf) -> io::Result<Self> {
        let part = place.with_extension("part");
        match fs::remove_file(&part) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        Ok(Self { out: BufWriter::new(create_private(&part)?), part, place })
    }

    /// Where all that was written so far stands until it is in its place.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn written(&mut self) -> io::Result<&Path> {
        self.out.flush()?;
        Ok(&self.part)
    }

    /// Puts it in its place, once it is on the disk.
    ///
    /// # Errors
    /// When it can't be written to its end; what was there before stays.
    pub fn finish(&mut self) -> io::Result<&Path> {
        self.out.flush()?;
        self.out.get_ref().sync_all()?;
        fs::rename(&self.part, &self.place)?;
        Ok(&self.place)
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl Drop for WholeFile {
    fn drop(&mut self) {
        // Where it is whole, it has its name already; what is there of another one is of no use.
        let _ = fs::remove_file(&self.part);
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn what_was_there_stays_until_all_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let (place, link) = (folder.path().join("gold.jsonl"), folder.path().join("link"));
        fs::write(&place, "before").unwrap();
        fs::set_permissions(&place, fs::Permissions::from_mode(0o640)).unwrap();
        symlink(&place, &link).unwrap();
        let names = || fs::read_dir(folder.path()).unwrap().count();
        for (path, finished) in [(&place, false), (&link, false), (&link, true)] {
            let mut file = WholeFile::shared(path).unwrap();
            file.write_all(b"after").unwrap();
            assert_eq!(fs::read_to_string(&place).unwrap(), "before");
            if finished {
                file.finish().unwrap();
            }
        }
        assert_eq!((fs::read_to_string(&place).unwrap().as_str(), names()), ("after", 2));
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(place.metadata().unwrap().permissions().mode() & 0o777, 0o640);
    }
}
