//! `chartmark simulate --study keys`: how many keys bring a model's predictions to gold, beside labelling from nothing.

use anyhow::{Context as _, Result, bail};
use serde_json::json;

use super::args::{Shared, SimulateArguments};
use super::gold::read_gold;
use super::progress::Bar;
use super::setup::load_model;
use super::tell::print;
use crate::domain::{LabelScheme, visible};
use crate::formats::gold::label_names;
use crate::formats::word_sets;
use crate::tokenization::segment;
use crate::tui::keymap::{Key, Keymap};
use crate::tui::keystrokes::{Keystrokes, SCREEN, Task, count};

/// Counts the keys of each note and of all.
///
/// # Errors
/// When the gold or the model can't be used, or the keys of a note would not lead to gold.
pub fn run(arguments: &SimulateArguments, shared: &Shared) -> Result<()> {
    let gold = read_gold(&arguments.test)?;
    let model = load_model(shared)?;
    let names = label_names(&gold);
    let scheme = match model.head() {
        Some(head) => head.meta.scheme.extended(&names),
        None => LabelScheme::from_names("gold", &names),
    }
    .context("the labels of the gold don't fit the model's")?;
    let head = model.head_for(&scheme)?;
    let scheme = std::sync::Arc::new(scheme);
    let keymap = std::sync::Arc::new(Keymap::bundled()?);
    let mut bar = Bar::new();
    let mut counts = Vec::with_capacity(gold.len());
    for document in &gold {
        let (text, id) = (&document.document.text, &document.document.id);
        let words = segment(text);
        let task = Task {
            document: std::sync::Arc::new(document.document.clone()),
            gold: word_sets(&words, document.spans.as_deref().unwrap_or(&[]), &scheme).into(),
            predictions: model.predict(&head, text, &words)?,
            words: std::sync::Arc::new(words),
            scheme: scheme.clone(),
            keymap: keymap.clone(),
            thresholds: head.meta.thresholds.clone().into(),
        };
        let Some(count) = count(&task) else {
            bail!("no keys were found that bring {} to gold; nothing was counted", visible(&id.to_string()));
        };
        counts.push((id.to_string(), count));
        bar.set(counts.len(), gold.len(), "documents");
    }
    bar.finish();
    if counts.iter().all(|(_, count)| count.words == 0) {
        bail!("{} has no words; nothing was counted", arguments.test.display());
    }
    let total = Total::of(counts.iter().map(|(_, count)| count));
    match arguments.json {
        true => print(total.json(&model.name, &counts).to_string() + "\n"),
        false => print(total.table()),
    }
}

/// Sums over notes.
#[derive(Default)]
struct Total {
    notes: usize,
    words: usize,
    wrong: usize,
    ours: usize,
    /// Of these keys, the last of each note, which opens the next; a note without words needs none.
    closing: usize,
    moving: usize,
    slate: usize,
}

impl Total {
    fn of<'a>(counts: impl Iterator<Item = &'a Keystrokes>) -> Self {
        counts.fold(Self::default(), |sum, count| Self {
            notes: sum.notes + 1,
            words: sum.words + count.words,
            wrong: sum.wrong + count.wrong,
            ours: sum.ours + count.ours.len(),
            closing: sum.closing + usize::from(!count.ours.is_empty()),
            moving: sum.moving + count.moving,
            slate: sum.slate + count.slate,
        })
    }

    fn per_100(&self, keys: usize) -> f64 {
        100.0 * keys as f64 / self.words as f64
    }

    fn ratio(&self) -> f64 {
        self.ours as f64 / self.slate as f64
    }

    /// `None` where nothing is wrong.
    fn per_correction(&self) -> Option<f64> {
        (self.wrong > 0).then(|| (self.ours - self.closing) as f64 / self.wrong as f64)
    }

    fn table(&self) -> String {
        let Self { notes, words, wrong, ours, moving, slate, .. } = self;
        let (columns, rows) = SCREEN;
        let each = self.per_correction().map(|keys| format!(", {keys:.2} for each of these")).unwrap_or_default();
        format!(
            "{notes} notes, {words} words, {wrong} of them predicted otherwise than gold says; a screen of {columns}x{rows}\n\n\
             {:52} {:>7} {:>14}\n{:52} {ours:>7} {:>14.1}\n{:52} {slate:>7} {:>14.1}\n\n\
             Ours is {:.2} of SLATE's{each}; {:.0}% of ours move and select.\n\
             Each note's keys were typed into the screen's own keymap: what was decided is gold, cell by cell.\n",
            "",
            "keys",
            "per 100 words",
            "from predictions to gold, here",
            self.per_100(*ours),
            "from nothing to gold, in SLATE",
            self.per_100(*slate),
            self.ratio(),
            100.0 * *moving as f64 / *ours as f64,
        )
    }

    fn json(&self, model: &str, counts: &[(String, Keystrokes)]) -> serde_json::Value {
        let note = |(id, count): &(String, Keystrokes)| {
            let keys: Vec<String> = count.ours.iter().map(Key::to_string).collect();
            json!({
                "id": id, "words": count.words, "wrong": count.wrong, "keys": count.ours.len(), "slate": count.slate,
                "typed": keys.join(" "),
            })
        };
        json!({
            "model": model,
            "words": self.words,
            "wrong": self.wrong,
            "keys": self.ours,
            "slate": self.slate,
            "keys_per_100_words": self.per_100(self.ours),
            "slate_per_100_words": self.per_100(self.slate),
            "ratio": self.ratio(),
            "keys_per_wrong_word": self.per_correction(),
            "moving": self.moving,
            "notes": counts.iter().map(note).collect::<Vec<_>>(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_without_words_take_no_keys_from_the_others() {
        let key: Key = "D".parse().unwrap();
        let check = |notes: &[(usize, usize, usize)], expected: Option<f64>| {
            let count = |&(words, wrong, keys): &(usize, usize, usize)| Keystrokes {
                words,
                wrong,
                ours: vec![key; keys],
                moving: 0,
                slate: 1,
            };
            let counts: Vec<Keystrokes> = notes.iter().map(count).collect();
            assert_eq!(Total::of(counts.iter()).per_correction(), expected, "{notes:?}");
        };
        check(&[(3, 0, 1)], None);
        check(&[(3, 2, 5)], Some(2.0));
        check(&[(3, 2, 5), (4, 0, 1)], Some(2.0));
        check(&[(3, 2, 3), (0, 0, 0), (0, 0, 0), (0, 0, 0), (0, 0, 0)], Some(1.0));
    }
}
