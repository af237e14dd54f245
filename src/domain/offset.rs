//! Conversion between byte offsets (which Rust slices by) and character offsets (which gold JSONL counts in).

/// Every how many characters a byte offset is remembered: conversions scan at most this many characters.
const STRIDE: usize = 64;

/// Converts offsets within one text. Built in one pass; a conversion costs at most 64 characters of scanning.
#[derive(Clone, Debug)]
pub struct CharOffsets<'a> {
    text: &'a str,
    /// Byte offset of each `STRIDE`-th character.
    marks: Vec<usize>,
    chars: usize,
}

impl<'a> CharOffsets<'a> {
    /// Reads through `text` once.
    pub fn new(text: &'a str) -> Self {
        let mut marks = Vec::with_capacity(text.len() / STRIDE + 1);
        let mut chars = 0;
        for (byte, _) in text.char_indices() {
            if chars % STRIDE == 0 {
                marks.push(byte);
            }
            chars += 1;
        }
        Self { text, marks, chars }
    }

    /// Number of Unicode characters in the text.
    pub fn chars(&self) -> usize {
        self.chars
    }

    /// Byte offset of the character `index`; the text's length for the index one past the last; `None` beyond.
    pub fn byte(&self, index: usize) -> Option<usize> {
        if index >= self.chars {
            return (index == self.chars).then_some(self.text.len());
        }
        let mark = self.marks[index / STRIDE];
        self.text[mark..].char_indices().nth(index % STRIDE).map(|(byte, _)| mark + byte)
    }

    /// Character offset of byte `byte`, which must lie on a character boundary of the text.
    pub fn char(&self, byte: usize) -> usize {
        let block = self.marks.partition_point(|&mark| mark <= byte).saturating_sub(1);
        let mark = self.marks.get(block).copied().unwrap_or(0);
        block * STRIDE + self.text[mark..byte].chars().count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_directions_agree_on_mixed_scripts() {
        let text = "naïve 患者 👩‍⚕️ e\u{301} – fin. ".repeat(40);
        let offsets = CharOffsets::new(&text);
        assert_eq!(offsets.chars(), text.chars().count());
        for (index, (byte, _)) in text.char_indices().enumerate() {
            assert_eq!(offsets.byte(index), Some(byte));
            assert_eq!(offsets.char(byte), index);
        }
        assert_eq!(offsets.byte(offsets.chars()), Some(text.len()));
        assert_eq!(offsets.char(text.len()), offsets.chars());
        assert_eq!(offsets.byte(offsets.chars() + 1), None);
        assert_eq!(CharOffsets::new("").byte(0), Some(0));
    }
}
