//! A text file as one note.
//!
//! The text is taken byte for byte: no line ends are changed, and a byte order mark stays and is shown like any other
//! hidden character.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::MAX_BYTES;
use crate::domain::visible;

/// Why a note could not be read. Nothing was changed; the other notes are as they were.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file is gone, may not be read, or the disk failed.
    #[error("{file} could not be read ({source}); nothing was changed; check that it is there and that you may read it")]
    Io {
        /// The file.
        file: String,
        /// The system's reason.
        source: io::Error,
    },
    /// The bytes are no UTF-8.
    #[error("{file} is not UTF-8: byte {offset} cannot be read as text; nothing was changed; convert a copy with `{advice}`")]
    NotUtf8 {
        /// The file.
        file: String,
        /// How many bytes stand before the one that is wrong.
        offset: usize,
        /// The command that converts it.
        advice: String,
    },
    /// Larger than [`MAX_BYTES`].
    #[error("{file} is larger than {} MiB, too large for one note; nothing was changed; split it into smaller files", MAX_BYTES >> 20)]
    TooLarge {
        /// The file.
        file: String,
    },
    /// The corpus has no such document.
    #[error("there is no document number {number} in this corpus; nothing was changed; open the corpus again")]
    NoSuchDocument {
        /// The number, counted from 1.
        number: usize,
    },
}

/// Reads the file at `path` as one note. An empty file is an empty note.
///
/// # Errors
/// When the file cannot be read, is no UTF-8 or is too large.
pub fn read(path: &Path) -> Result<String, ReadError> {
    let file = path_name(path);
    let input = File::open(path).map_err(|source| ReadError::Io { file: file.clone(), source })?;
    read_from(input, &file, MAX_BYTES)
}

/// Reads a note of at most `limit` bytes to the end of `input`; `file` is its name in errors.
///
/// # Errors
/// As [`read`].
pub fn read_from(input: impl Read, file: &str, limit: u64) -> Result<String, ReadError> {
    let mut bytes = Vec::new();
    input
        .take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|source| ReadError::Io { file: file.to_owned(), source })?;
    if bytes.len() as u64 > limit {
        return Err(ReadError::TooLarge { file: file.to_owned() });
    }
    decode(bytes, file)
}

/// Takes bytes as text; `file` is their name in errors.
///
/// # Errors
/// When they are no UTF-8.
pub fn decode(bytes: Vec<u8>, file: &str) -> Result<String, ReadError> {
    let encoding = if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) { "utf-16" } else { "latin1" };
    String::from_utf8(bytes).map_err(|error| ReadError::NotUtf8 {
        file: file.to_owned(),
        offset: error.utf8_error().valid_up_to(),
        advice: format!("iconv -f {encoding} -t utf-8 {0} > {0}.utf8", shell_word(file)),
    })
}

/// A path as messages name it: with hidden characters made visible.
pub(super) fn path_name(path: &Path) -> String {
    visible(&path.to_string_lossy()).into_owned()
}

/// `text` as one word of a shell command.
fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-+,:@%".contains(c);
    if text.chars().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], expected: Result<&str, &str>) {
        match (read_from(bytes, "ward 3/note.txt", 40), expected) {
            (Ok(text), Ok(expected)) => assert_eq!(text, expected),
            (Err(error), Err(words)) => assert!(error.to_string().contains(words), "{error}"),
            (found, expected) => panic!("{found:?} is not {expected:?}"),
        }
    }

    #[test]
    fn text_is_taken_as_it_is_and_other_bytes_get_a_sentence() {
        check(b"", Ok(""));
        check("\u{feff}a\r\nb\0".as_bytes(), Ok("\u{feff}a\r\nb\0"));
        check(b"na\xefve", Err("byte 2 cannot be read"));
        check(b"na\xefve", Err("`iconv -f latin1 -t utf-8 'ward 3/note.txt' > 'ward 3/note.txt'.utf8`"));
        check(b"\xff\xfea\0", Err("iconv -f utf-16"));
        check(&[b'a'; 41], Err("too large for one note"));
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = read(Path::new("/nowhere/at all\u{1b}")).unwrap_err().to_string();
        assert!(error.starts_with("/nowhere/at all␛ could not be read"), "{error}");
    }
}
