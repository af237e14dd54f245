use super::*;
use crate::domain::{EditId, Scope, Shown};
use crate::tokenization::segment;
use crate::tui::picture::{Form, Paper, Picture, text};
use crate::tui::theme::Theme;

const NOTE: &str = "Severe chest pain <since> 06:30.\nNo fever & no cough.\u{202e}\n";

/// A note of which the model labels "Severe", "chest" and "pain", and in which something was decided.
fn note() -> (Labelled, Arc<LabelScheme>) {
    let scheme = LabelScheme::from_names("s", &["symptom", "severity", "anatomy"]).unwrap();
    let words = segment(NOTE);
    let find = |name: &str| words.iter().position(|word| word.slice(NOTE) == name).unwrap();
    let mut probabilities = vec![0.01; words.len() * 3];
    for (word, label) in [("Severe", 0), ("Severe", 1), ("chest", 0), ("chest", 2), ("pain", 0), ("fever", 0)] {
        probabilities[find(word) * 3 + label] = 0.97;
    }
    let predictions = Predictions::new(0, 3, probabilities);
    let thresholds: Arc<[f32]> = vec![0.5; 3].into();
    let mut annotations = Annotations::default();
    let shown = Shown { predictions: Some(&predictions), thresholds: &thresholds };
    annotations.apply(&annotations.accept(EditId(1), [find("pain")], Scope::Word, &shown));
    annotations.apply(&annotations.toggle(EditId(2), [find("cough")], 0, &shown));
    let document = Document::new("<b>.txt", NOTE);
    (Labelled { document, words, annotations, predictions, thresholds }, Arc::new(scheme))
}

fn drawn(note: Labelled, scheme: &Arc<LabelScheme>, width: u16) -> String {
    let theme = Theme::detect(|_| None);
    sheet(note, scheme, &theme, width).iter().map(text).collect()
}

#[test]
fn a_note_stands_between_its_name_and_a_legend() {
    let (note, scheme) = note();
    assert_eq!(
        "\n".to_owned() + &drawn(note, &scheme, 46),
        "
 <b>.txt ─────────────────────────── 10 words

 Severe chest pain <since> 06:30.
 se┄┄┄┄┄sa┄┄┄┄s━━━
 No fever & no cough.‹U+202E›
    s┄┄┄┄      s═══≠

 ────────────────────────────────────────────
 s symptom   e severity   a anatomy
 ┄ predicted   ━ accepted   ═ corrected
 ≠ the model predicts otherwise
"
    );
}

#[test]
fn a_blank_note_has_its_shape_and_labels_and_nothing_else() {
    let (note, scheme) = note();
    assert_eq!(
        "\n".to_owned() + &drawn(note.blanked(), &scheme, 46),
        "
 ─────────────────────────────────── 10 words

 xxxxxx xxxxx xxxx <xxxxx> xx:xx.
 se┄┄┄┄┄sa┄┄┄┄s━━━
 xx xxxxx & xx xxxxx.xxxxxxxx
    s┄┄┄┄      s═══≠

 ────────────────────────────────────────────
 s symptom   e severity   a anatomy
 ┄ predicted   ━ accepted   ═ corrected
 ≠ the model predicts otherwise
"
    );
}

#[test]
fn no_width_is_too_narrow() {
    for width in [1, 2, 3, 10, 500] {
        let (note, scheme) = note();
        assert!(!drawn(note, &scheme, width).is_empty(), "{width}");
    }
}

#[test]
fn pictures_hold_the_note_as_text_alone() {
    let (note, scheme) = note();
    let theme = Theme::detect(|name| (name == "COLORTERM").then(|| "truecolor".to_owned()));
    let frames = sheet(note, &scheme, &theme, 60);
    for (form, paper) in [(Form::Svg, Paper::LIGHT), (Form::Html, Paper::DARK)] {
        let mut picture = Picture::new(form, paper);
        frames.iter().for_each(|frame| picture.add(frame));
        let picture = picture.finish("<b>.txt");
        assert!(picture.contains("&lt;since&gt;") && !picture.contains("<since") && !picture.contains("<b>"), "{picture}");
        assert!(picture.contains("<title>&lt;b&gt;.txt</title>") && !picture.contains('\u{202e}'), "{picture}");
        assert!(picture.contains("severity") && picture.contains("‹U+202E›"));
    }
}
