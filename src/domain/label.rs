//! Labels, the ordered scheme they belong to, and sets of them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::relabel::Threshold;
use super::seed::{SeedError, seed_parts};

/// How many labels a scheme may have: a set of them is four machine words.
pub const MAX_LABELS: usize = 256;

/// A colour of the terminal's palette, chosen so that neighbours in a scheme differ for colour-blind eyes too.
/// `Rgb` serves terminals with true colour; the theme maps it to the nearest of 16 elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct LabelColor {
    /// Red, 0–255.
    pub red: u8,
    /// Green, 0–255.
    pub green: u8,
    /// Blue, 0–255.
    pub blue: u8,
}

impl From<LabelColor> for String {
    fn from(color: LabelColor) -> Self {
        format!("#{:02x}{:02x}{:02x}", color.red, color.green, color.blue)
    }
}

impl TryFrom<String> for LabelColor {
    type Error = SchemeError;

    fn try_from(text: String) -> Result<Self, SchemeError> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii());
        let number = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let [_, red, green, blue] = number.ok_or_else(|| SchemeError::Color(text.clone()))?.to_be_bytes();
        Ok(Self { red, green, blue })
    }
}

/// A named class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// Its name in files and on the screen.
    pub name: String,
    /// Mnemonic: `Space` then this letter toggles it.
    pub key: char,
    /// Its colour.
    pub color: LabelColor,
    /// What to mark with it, in a sentence.
    #[serde(default)]
    pub description: String,
    /// Terms that suggest it as long as no model has learned it: words or phrases, `*` at the end of a word for any
    /// ending, as [`crate::tokenization::Terms`] reads them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seeds: Vec<String>,
    /// What it was called before: decisions and rows of a head that are of these names are its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub was: Vec<String>,
    /// What labels were called that were merged into it: where gold uses these names, it speaks of this label.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub merged: Vec<String>,
    /// From which probability on it is predicted; `None` for what the model says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<Threshold>,
}

/// A label of which key and colour may still be chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// Its name.
    pub name: String,
    /// Its key; `None` for a free letter of its name.
    pub key: Option<char>,
    /// Its colour; `None` for a free one of the palette.
    pub color: Option<LabelColor>,
    /// What to mark with it.
    pub description: String,
    /// Terms that suggest it.
    pub seeds: Vec<String>,
    /// What it was called before.
    pub was: Vec<String>,
    /// What labels were called that were merged into it.
    pub merged: Vec<String>,
    /// From which probability on it is predicted; `None` for what the model says.
    pub threshold: Option<Threshold>,
}

impl From<Label> for Draft {
    fn from(Label { name, key, color, description, seeds, was, merged, threshold }: Label) -> Self {
        Self { name, key: Some(key), color: Some(color), description, seeds, was, merged, threshold }
    }
}

/// What is wrong with a label scheme.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SchemeError {
    /// No label at all.
    #[error("the label scheme has no labels; give it at least one")]
    Empty,
    /// More than [`MAX_LABELS`].
    #[error("the label scheme has {0} labels; {MAX_LABELS} is the most")]
    TooMany(usize),
    /// A name twice, or none.
    #[error("the label name '{0}' stands twice or is empty; names must differ")]
    Name(String),
    /// A key twice.
    #[error("the key '{0}' belongs to two labels; keys must differ")]
    Key(char),
    /// A seed term that is none.
    #[error("the seed term '{0}' can't be used: {1}")]
    Seed(String, SeedError),
    /// An earlier name of a label that another has, or has had too.
    #[error("'{name}' is what '{owner}' was called, and its decisions would be mixed up; choose another name")]
    Was {
        /// The name.
        name: String,
        /// The label that was called so.
        owner: String,
    },
    /// A label that the scheme does not have.
    #[error("there is no label called '{0}'")]
    Unknown(String),
    /// A label merged into itself.
    #[error("'{0}' can't be merged into itself; move to another label")]
    Itself(String),
    /// Not a name.
    #[error("'{0}' can't be a name; it needs a letter or digit, and no blanks around it")]
    NoName(String),
    /// Not a key.
    #[error("'{0}' can't be a key; a letter or digit can")]
    NoKey(char),
    /// Not a threshold.
    #[error("{0} can't be a threshold; write a number between 0 and 1, such as 0.35")]
    Threshold(String),
    /// Not `#rrggbb`.
    #[error("'{0}' is not a colour; write it as #rrggbb")]
    Color(String),
}

/// An ordered list of labels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelScheme {
    /// Its name.
    pub name: String,
    /// The labels; a label's index is its bit in a [`LabelSet`] and its row in a head.
    pub labels: Vec<Label>,
}

/// Twelve hues after Okabe & Ito (2008) and Paul Tol's "bright"/"muted" schemes, which stay apart under the common
/// kinds of colour blindness on a dark ground; lighter variants follow when a scheme has more labels.
const PALETTE: [(u8, u8, u8); 16] = [
    (0xe6, 0x9f, 0x00),
    (0x56, 0xb4, 0xe9),
    (0x00, 0x9e, 0x73),
    (0xf0, 0xe4, 0x42),
    (0x44, 0x77, 0xaa),
    (0xd5, 0x5e, 0x00),
    (0xcc, 0x79, 0xa7),
    (0x88, 0xcc, 0xee),
    (0x99, 0x99, 0x33),
    (0xee, 0x66, 0x77),
    (0xaa, 0x44, 0x99),
    (0x44, 0xaa, 0x99),
    (0xdd, 0xcc, 0x77),
    (0xbb, 0xbb, 0xbb),
    (0xcc, 0x66, 0x77),
    (0x66, 0xcc, 0xee),
];

impl LabelColor {
    /// The palette's next colour; its first for one that is not of it.
    pub fn next(self) -> Self {
        let palette = PALETTE.map(|(red, green, blue)| Self { red, green, blue });
        let next = palette.iter().position(|color| *color == self).map_or(0, |at| (at + 1) % palette.len());
        palette[next]
    }
}

impl LabelScheme {
    /// A scheme of these names, in this order, with colours of the palette and a free letter of each name as its key.
    ///
    /// # Errors
    /// As [`LabelScheme::check`].
    pub fn from_names<N: AsRef<str>>(name: &str, names: &[N]) -> Result<Self, SchemeError> {
        Self { name: name.to_owned(), labels: Vec::new() }.extended(names)
    }

    /// The same scheme with those of `names` behind it that it does not have, each with a free key and, while there is
    /// one, a colour of the palette that no other label has.
    ///
    /// # Errors
    /// As [`LabelScheme::check`].
    pub fn extended<N: AsRef<str>>(&self, names: &[N]) -> Result<Self, SchemeError> {
        let new: Vec<&str> = names.iter().map(AsRef::as_ref).filter(|name| self.meant(name).is_none()).collect();
        match self.len() + new.len() {
            count if count > MAX_LABELS => return Err(SchemeError::TooMany(count)),
            _ => {}
        }
        let old = self.labels.iter().cloned().map(Draft::from);
        let new = new.into_iter().map(|name| Draft { name: name.to_owned(), ..Draft::default() });
        Self::from_drafts(&self.name, old.chain(new).collect())
    }

    /// The scheme of these labels, those without a key or colour given a free one: what is given is given to nobody else.
    ///
    /// # Errors
    /// As [`LabelScheme::check`].
    pub fn from_drafts(name: &str, drafts: Vec<Draft>) -> Result<Self, SchemeError> {
        let mut keys: Vec<char> = drafts.iter().filter_map(|draft| draft.key).collect();
        let mut colors: Vec<LabelColor> = drafts.iter().filter_map(|draft| draft.color).collect();
        let mut labels = Vec::with_capacity(drafts.len());
        for (turn, draft) in drafts.into_iter().enumerate() {
            let Draft { name, key, color, description, seeds, was, merged, threshold } = draft;
            let key = key.unwrap_or_else(|| free_key(&name, &keys));
            let color = color.unwrap_or_else(|| free_color(&colors, turn));
            keys.push(key);
            colors.push(color);
            labels.push(Label { name, key, color, description, seeds, was, merged, threshold });
        }
        let scheme = Self { name: name.to_owned(), labels };
        scheme.check()?;
        Ok(scheme)
    }

    /// Checks that names and keys differ, that the number of labels is in bounds and that seed terms can find something.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), SchemeError> {
        match self.labels.len() {
            0 => return Err(SchemeError::Empty),
            count if count > MAX_LABELS => return Err(SchemeError::TooMany(count)),
            _ => {}
        }
        for (index, label) in self.labels.iter().enumerate() {
            let earlier = &self.labels[..index];
            if label.name.is_empty() || earlier.iter().any(|other| other.name == label.name) {
                return Err(SchemeError::Name(label.name.clone()));
            }
            if earlier.iter().any(|other| other.key == label.key) {
                return Err(SchemeError::Key(label.key));
            }
            if let Some(name) = label.was.iter().find(|was| {
                let others = self.labels.iter().enumerate().filter(|(other, _)| *other != index);
                label.name == **was || others.clone().any(|(_, other)| other.name == **was || other.was.contains(*was))
            }) {
                return Err(SchemeError::Was { name: name.clone(), owner: label.name.clone() });
            }
            if let Some((seed, error)) = label.seeds.iter().find_map(|seed| Some((seed, seed_parts(seed).err()?))) {
                return Err(SchemeError::Seed(seed.clone(), error));
            }
        }
        Ok(())
    }

    /// Number of labels.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is no label.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Index of the label called `name`, or else of the one that was called so before.
    pub fn index(&self, name: &str) -> Option<usize> {
        let called = |label: &Label| label.name == name;
        let was = |label: &Label| label.was.iter().any(|was| was == name);
        self.labels.iter().position(called).or_else(|| self.labels.iter().position(was))
    }

    /// Index of the label that gold means by `name`: as [`LabelScheme::index`], or else the one that a label of the name was
    /// merged into.
    pub fn meant(&self, name: &str) -> Option<usize> {
        let merged = |label: &Label| label.merged.iter().any(|merged| merged == name);
        self.index(name).or_else(|| self.labels.iter().position(merged))
    }

    /// Index of the label that `other`, of another scheme, is here: by its name, or by one that either of them had before.
    pub fn counterpart(&self, other: &Label) -> Option<usize> {
        self.index(&other.name).or_else(|| other.was.iter().find_map(|was| self.index(was)))
    }

    /// The labels' names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.labels.iter().map(|label| label.name.as_str())
    }
}

/// The first colour that is not taken of the palette, then of its lighter and its darker variants; else the one of the palette
/// whose turn it is.
fn free_color(taken: &[LabelColor], turn: usize) -> LabelColor {
    let palette = PALETTE.map(|(red, green, blue)| LabelColor { red, green, blue });
    let towards = |end: u8| {
        let part = move |own: u8| ((u16::from(own) * 11 + u16::from(end) * 9) / 20) as u8;
        palette.map(|LabelColor { red, green, blue }| LabelColor { red: part(red), green: part(green), blue: part(blue) })
    };
    let mut colors = palette.into_iter().chain(towards(0xff)).chain(towards(0x20));
    colors.find(|color| !taken.contains(color)).unwrap_or(palette[turn % PALETTE.len()])
}

/// The first letter of `name` that is not taken as a key, else the first free letter, else a private-use character. Digits are
/// the keys of the first ten labels, whatever these are called.
fn free_key(name: &str, taken: &[char]) -> char {
    let own = name.chars().flat_map(char::to_lowercase).filter(|c| c.is_alphabetic());
    own.chain('a'..='z').chain('A'..='Z').chain('\u{e000}'..='\u{e0ff}').find(|key| !taken.contains(key)).unwrap_or('?')
}

/// Bits of a word of a [`LabelSet`].
const BITS: usize = u64::BITS as usize;

/// A set of labels of one scheme, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LabelSet([u64; MAX_LABELS / BITS]);

impl LabelSet {
    /// The empty set.
    pub const EMPTY: Self = Self([0; MAX_LABELS / BITS]);

    /// Adds the label at `index` (below [`MAX_LABELS`]).
    pub fn insert(&mut self, index: usize) {
        self.0[index / BITS] |= 1 << (index % BITS);
    }

    /// Removes the label at `index`.
    pub fn remove(&mut self, index: usize) {
        self.0[index / BITS] &= !(1 << (index % BITS));
    }

    /// Whether the label at `index` is in the set.
    pub fn contains(self, index: usize) -> bool {
        self.0[index / BITS] >> (index % BITS) & 1 == 1
    }

    /// Whether the set is empty.
    pub fn is_empty(self) -> bool {
        self == Self::EMPTY
    }

    /// Number of labels in the set.
    pub fn len(self) -> usize {
        self.0.iter().map(|bits| bits.count_ones() as usize).sum()
    }

    /// The indices, ascending.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        self.0.into_iter().enumerate().flat_map(|(at, mut bits)| {
            std::iter::from_fn(move || {
                let index = (bits != 0).then(|| at * BITS + bits.trailing_zeros() as usize)?;
                bits &= bits - 1;
                Some(index)
            })
        })
    }

    /// Labels in both sets.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        self.with(other, |own, other| own & other)
    }

    /// Labels in any of the sets.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        self.with(other, |own, other| own | other)
    }

    /// Labels in exactly one of the sets.
    #[must_use]
    pub fn difference(self, other: Self) -> Self {
        self.with(other, |own, other| own ^ other)
    }

    fn with(mut self, other: Self, combine: impl Fn(u64, u64) -> u64) -> Self {
        self.0.iter_mut().zip(other.0).for_each(|(own, other)| *own = combine(*own, other));
        self
    }
}

impl FromIterator<usize> for LabelSet {
    fn from_iter<I: IntoIterator<Item = usize>>(indices: I) -> Self {
        let mut set = Self::EMPTY;
        indices.into_iter().for_each(|index| set.insert(index));
        set
    }
}

impl fmt::Display for LabelColor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from(*self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_distinct_letters_of_the_names() {
        let scheme = LabelScheme::from_names("s", &["symptom", "severity", "system", "y"]).unwrap();
        let keys: String = scheme.labels.iter().map(|label| label.key).collect();
        assert_eq!(keys, "seya");
        let many: Vec<String> = (0..200).map(|n| format!("label-number-{n:03}")).collect();
        let scheme = LabelScheme::from_names("s", &many).unwrap();
        assert!(scheme.labels.iter().all(|label| !label.key.is_ascii_digit()), "a digit is the key of a place in the scheme");
        let colors: std::collections::HashSet<String> = scheme.labels[..48].iter().map(|label| label.color.to_string()).collect();
        assert_eq!(colors.len(), 48, "lighter and darker variants follow");
    }

    #[test]
    fn what_is_wrong_with_a_scheme_is_named() {
        assert_eq!(LabelScheme::from_names::<&str>("s", &[]), Err(SchemeError::Empty));
        assert_eq!(LabelScheme::from_names("s", &["a", "a"]), Err(SchemeError::Name("a".into())));
        let many: Vec<String> = (0..257).map(|n| format!("label {n}")).collect();
        assert_eq!(LabelScheme::from_names("s", &many), Err(SchemeError::TooMany(257)));
        assert!(LabelScheme::from_names("s", &many[..256]).is_ok());
        assert!(LabelColor::try_from("red".to_owned()).is_err());
    }

    #[test]
    fn an_extended_scheme_keeps_its_labels_and_adds_what_it_lacks() {
        let mut base = LabelScheme::from_names("s", &["symptom", "severity"]).unwrap();
        base.labels.swap(0, 1);
        base.labels[1].description = "What the patient feels.".into();
        let more = base.extended(&["anatomy", "severity", "test"]).unwrap();
        assert_eq!(more.names().collect::<Vec<_>>(), ["severity", "symptom", "anatomy", "test"]);
        assert_eq!((&more.labels[..2], more.name.as_str()), (&base.labels[..], "s"));
        let colors: std::collections::HashSet<String> = more.labels.iter().map(|label| label.color.to_string()).collect();
        assert_eq!(colors.len(), 4, "no colour twice: {colors:?}");
        assert_eq!(more.extended(&["test", "symptom"]).unwrap(), more);
        let many: Vec<String> = (0..255).map(|n| format!("label {n}")).collect();
        assert_eq!(base.extended(&many), Err(SchemeError::TooMany(257)));
    }

    #[test]
    fn what_a_draft_leaves_open_is_chosen_and_what_it_says_is_kept() {
        let draft = |name: &str, key: Option<char>| Draft { name: name.into(), key, ..Draft::default() };
        let orange = LabelColor { red: 0xe6, green: 0x9f, blue: 0 };
        let drafts = vec![draft("drug", None), draft("dose", Some('d')), Draft { color: Some(orange), ..draft("route", None) }];
        let scheme = LabelScheme::from_drafts("s", drafts).unwrap();
        assert_eq!(scheme.labels.iter().map(|label| label.key).collect::<String>(), "rdo");
        let colors: std::collections::HashSet<String> = scheme.labels.iter().map(|label| label.color.to_string()).collect();
        assert_eq!((scheme.labels[2].color, colors.len()), (orange, 3));
        let twice = vec![draft("a", Some('k')), draft("b", Some('k'))];
        assert_eq!(LabelScheme::from_drafts("s", twice), Err(SchemeError::Key('k')));
    }

    #[test]
    fn sets_hold_the_last_label_too() {
        let mut set: LabelSet = [0, 5, 63, 64, 128, 255].into_iter().collect();
        assert_eq!(set.iter().collect::<Vec<_>>(), [0, 5, 63, 64, 128, 255]);
        assert_eq!((set.len(), set.contains(255), set.contains(192)), (6, true, false));
        let other: LabelSet = [64, 200].into_iter().collect();
        assert_eq!(set.intersection(other).iter().collect::<Vec<_>>(), [64]);
        assert_eq!(set.union(other).iter().collect::<Vec<_>>(), [0, 5, 63, 64, 128, 200, 255]);
        assert_eq!(set.difference(other).iter().collect::<Vec<_>>(), [0, 5, 63, 128, 200, 255]);
        set.iter().for_each(|label| set.remove(label));
        assert!(set.is_empty());
    }
}
