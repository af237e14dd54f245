//! Subwords, and which word each of them belongs to.

use std::ops::Range;

use ahash::AHashMap;
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::{InputSequence, Tokenizer};

use crate::domain::Words;

/// How many words are handed to the tokenizer at a time, so that its own bookkeeping stays small on long notes.
const CHUNK: usize = 2048;

/// Why a tokenizer can't be used.
#[derive(Debug, thiserror::Error)]
pub enum TokenizerError {
    /// Not a tokenizer file.
    #[error("the tokenizer file can't be read: {0}; the model's tokenizer.json or vocab.txt must be the one it was trained with")]
    Unreadable(String),
    /// No `[CLS]` or the like.
    #[error("the tokenizer has no '{0}' token, which a BERT needs; use the tokenizer that belongs to the model")]
    NoSpecial(&'static str),
    /// It failed on a text.
    #[error("the tokenizer failed on this text: {0}")]
    Encoding(String),
}

/// A WordPiece tokenizer that encodes words which are already cut.
#[derive(Debug)]
pub struct SubwordTokenizer {
    tokenizer: Tokenizer,
    /// Id of `[CLS]`, which opens each window.
    pub cls: u32,
    /// Id of `[SEP]`, which closes each window.
    pub sep: u32,
    /// Id of `[MASK]`, which hides a subword; `[UNK]` where the vocabulary has none.
    pub mask: u32,
    unk: u32,
}

impl SubwordTokenizer {
    /// Reads a `tokenizer.json`. The truncation and padding that it asks for are switched off: windows do that work,
    /// and a silently shortened note would be labelled wrongly.
    ///
    /// # Errors
    /// When it isn't one, or lacks a token that BERT needs.
    pub fn from_json(json: &[u8]) -> Result<Self, TokenizerError> {
        let tokenizer = Tokenizer::from_bytes(json).map_err(|error| TokenizerError::Unreadable(error.to_string()))?;
        Self::new(tokenizer)
    }

    /// Builds BERT's tokenizer from a `vocab.txt` (one subword a line). `lowercase` as the model's
    /// `tokenizer_config.json` says (`do_lower_case`); without it, a vocabulary that has subwords with capitals is
    /// taken for a cased one.
    ///
    /// # Errors
    /// When the vocabulary lacks a token that BERT needs.
    pub fn from_vocab(vocab: &str, lowercase: Option<bool>) -> Result<Self, TokenizerError> {
        let lines = || vocab.lines().map(str::trim_end);
        let is_special = |line: &str| line.starts_with('[') && line.ends_with(']');
        let cased = || lines().any(|line| !is_special(line) && line.chars().any(char::is_uppercase));
        let lowercase = lowercase.unwrap_or_else(|| !cased());
        let ids: AHashMap<String, u32> = lines().enumerate().map(|(id, line)| (line.to_owned(), id as u32)).collect();
        let model = WordPiece::builder()
            .vocab(ids)
            .unk_token("[UNK]".to_owned())
            .build()
            .map_err(|error| TokenizerError::Unreadable(error.to_string()))?;
        let mut tokenizer = Tokenizer::new(model);
        tokenizer.with_normalizer(Some(BertNormalizer::new(true, true, None, lowercase))).map_err(unreadable)?;
        tokenizer.with_pre_tokenizer(Some(BertPreTokenizer));
        Self::new(tokenizer)
    }

    fn new(mut tokenizer: Tokenizer) -> Result<Self, TokenizerError> {
        tokenizer.with_truncation(None).map_err(unreadable)?;
        tokenizer.with_padding(None);
        let id = |token: &'static str| tokenizer.token_to_id(token).ok_or(TokenizerError::NoSpecial(token));
        let (cls, sep, unk) = (id("[CLS]")?, id("[SEP]")?, id("[UNK]")?);
        let mask = tokenizer.token_to_id("[MASK]").unwrap_or(unk);
        Ok(Self { tokenizer, cls, sep, mask, unk })
    }

    /// One more than the highest subword id: an encoder with fewer embeddings doesn't belong to this tokenizer.
    pub fn vocabulary(&self) -> usize {
        self.tokenizer.get_vocab(true).into_values().max().map_or(0, |id| id as usize + 1)
    }

    /// The tokenizer as a `tokenizer.json`.
    ///
    /// # Errors
    /// When it can't be written out.
    pub fn to_json(&self) -> Result<String, TokenizerError> {
        self.tokenizer.to_string(false).map_err(unreadable)
    }

    /// Encodes the words of `text` (with `encode`: `encode_fast` forgets which word a subword belongs to). A word that the tokenizer erases (say, a lone control character) becomes `[UNK]`,
    /// so that every word has a subword and therefore a vector of its own.
    ///
    /// # Errors
    /// When the tokenizer's own rules fail on the text.
    pub fn align(&self, text: &str, words: &Words) -> Result<Alignment, TokenizerError> {
        let mut alignment = Alignment { ids: Vec::with_capacity(words.len() * 3 / 2), ends: Vec::with_capacity(words.len()) };
        for chunk in words.chunks(CHUNK) {
            let slices: Vec<&str> = chunk.iter().map(|word| word.slice(text)).collect();
            let input = InputSequence::from(slices.as_slice());
            let encoding = self.tokenizer.encode(input, false).map_err(|error| TokenizerError::Encoding(error.to_string()))?;
            let (ids, owners) = (encoding.get_ids(), encoding.get_word_ids());
            let mut at = 0;
            for word in 0..chunk.len() as u32 {
                let begin = at;
                while at < ids.len() && owners[at].is_none_or(|owner| owner <= word) {
                    at += 1;
                }
                let own = (begin..at).filter(|&index| owners[index] == Some(word)).map(|index| ids[index]);
                let before = alignment.ids.len();
                alignment.ids.extend(own);
                if alignment.ids.len() == before {
                    alignment.ids.push(self.unk);
                }
                alignment.ends.push(alignment.ids.len());
            }
        }
        Ok(alignment)
    }
}

fn unreadable(error: impl std::fmt::Display) -> TokenizerError {
    TokenizerError::Unreadable(error.to_string())
}

/// The subwords of one document, word by word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alignment {
    /// Subword ids of all words, in order, without special tokens.
    pub ids: Vec<u32>,
    /// For each word, one past its last subword.
    ends: Vec<usize>,
}

impl Alignment {
    /// Number of words.
    pub fn words(&self) -> usize {
        self.ends.len()
    }

    /// The subwords of a word, as a range of [`Alignment::ids`]; never empty.
    pub fn subwords(&self, word: usize) -> Range<usize> {
        let start = word.checked_sub(1).map_or(0, |previous| self.ends[previous]);
        start..self.ends[word]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenization::segment;

    const VOCAB: &str = "[PAD]\n[UNK]\n[CLS]\n[SEP]\nche\n##st\npain\n.\nl\n##l\n##q";

    fn subwords(text: &str) -> Vec<String> {
        let tokenizer = SubwordTokenizer::from_vocab(VOCAB, None).unwrap();
        let words = segment(text);
        let alignment = tokenizer.align(text, &words).unwrap();
        let names: Vec<&str> = VOCAB.lines().collect();
        let of_word =
            |word: usize| alignment.ids[alignment.subwords(word)].iter().map(|&id| names[id as usize]).collect::<Vec<_>>();
        words.iter().enumerate().map(|(index, word)| format!("{}={}", word.slice(text), of_word(index).join(" "))).collect()
    }

    #[test]
    fn words_get_their_own_subwords() {
        assert_eq!(
            subwords("Chest pain. LLQ\u{7f} xyz"),
            ["Chest=che ##st", "pain=pain", ".=.", "LLQ=l ##l ##q", "\u{7f}=[UNK]", "xyz=[UNK]",]
        );
    }
}
