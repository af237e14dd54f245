//! Changes of a label scheme, one label at a time: each gives another scheme, and says in which way decisions and the rows
//! of a head belong to it.

use serde::{Deserialize, Serialize};

use super::label::{Label, LabelColor, LabelScheme, SchemeError};

/// A threshold that somebody has set for a label, in thousandths: above 0 and below 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "f64", try_from = "f64")]
pub struct Threshold(u16);

impl Threshold {
    /// The threshold nearest to a probability; `None` where that is none to compare with.
    pub fn new(probability: f64) -> Option<Self> {
        let thousandths = (probability * 1000.0).round();
        (1.0..=999.0).contains(&thousandths).then_some(Self(thousandths as u16))
    }

    /// As a probability.
    pub fn get(self) -> f32 {
        f32::from(self.0) / 1000.0
    }
}

impl From<Threshold> for f64 {
    fn from(threshold: Threshold) -> Self {
        Self::from(threshold.0) / 1000.0
    }
}

impl TryFrom<f64> for Threshold {
    type Error = SchemeError;

    fn try_from(probability: f64) -> Result<Self, SchemeError> {
        Self::new(probability).ok_or_else(|| SchemeError::Threshold(probability.to_string()))
    }
}

/// A change of one label, which is named as it is called before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Relabel {
    /// A label behind the others: a new one, or, if one of that name has been deleted, that one with all the names that
    /// it had and with what was decided by them.
    Add {
        /// Its name.
        name: String,
    },
    /// Another name for a label. Its decisions and its row of a head stay with it.
    Rename {
        /// Its name until now.
        label: String,
        /// Its new name.
        name: String,
    },
    /// One label is given up for another: words that have the first have the second, and gold that names the first means
    /// the second.
    Merge {
        /// The label that goes.
        from: String,
        /// The one that stays.
        into: String,
    },
    /// A label goes. Its decisions stay in the project and come back when it is added again.
    Delete {
        /// The label.
        label: String,
    },
    /// Another colour.
    Color {
        /// The label.
        label: String,
        /// The colour.
        color: LabelColor,
    },
    /// Another key.
    Key {
        /// The label.
        label: String,
        /// The key.
        key: char,
    },
    /// Another description.
    Describe {
        /// The label.
        label: String,
        /// The description.
        text: String,
    },
    /// A threshold of one's own, or the model's again.
    Threshold {
        /// The label.
        label: String,
        /// The threshold; `None` for the model's.
        threshold: Option<Threshold>,
    },
}

impl Relabel {
    /// The scheme as it is after the change.
    ///
    /// # Errors
    /// What is wrong with the change; the scheme stays as it is.
    pub fn apply(&self, scheme: &LabelScheme) -> Result<LabelScheme, SchemeError> {
        let at = |name: &String| scheme.names().position(|known| known == name).ok_or_else(|| SchemeError::Unknown(name.clone()));
        let mut changed = scheme.clone();
        match self {
            Self::Add { name } => {
                named(name)?;
                if let Some(owner) = scheme.index(name) {
                    return Err(taken(name, &scheme.labels[owner]));
                }
                // From now on gold means the new label by it.
                changed.labels.iter_mut().for_each(|label| label.merged.retain(|merged| merged != name));
                changed = changed.extended(&[name])?;
            }
            Self::Rename { label, name } => {
                named(name)?;
                let own = at(label)?;
                if let Some(owner) = scheme.index(name).filter(|&owner| owner != own || name == label) {
                    return Err(taken(name, &scheme.labels[owner]));
                }
                if let Some(owner) = scheme.meant(name).filter(|&owner| scheme.labels[owner].merged.contains(name)) {
                    return Err(taken(name, &scheme.labels[owner]));
                }
                let renamed = &mut changed.labels[own];
                renamed.was.retain(|was| was != name);
                renamed.was.push(std::mem::replace(&mut renamed.name, name.clone()));
            }
            Self::Merge { from, into } => {
                let (from, into) = (at(from)?, at(into)?);
                if from == into {
                    return Err(SchemeError::Itself(scheme.labels[from].name.clone()));
                }
                let Label { name, was, merged, .. } = scheme.labels[from].clone();
                changed.labels[into].merged.extend(std::iter::once(name).chain(was).chain(merged));
                changed.labels.remove(from);
            }
            Self::Delete { label } => drop(changed.labels.remove(at(label)?)),
            Self::Color { label, color } => changed.labels[at(label)?].color = *color,
            Self::Key { label, key } => {
                if !key.is_alphanumeric() {
                    return Err(SchemeError::NoKey(*key));
                }
                changed.labels[at(label)?].key = *key;
            }
            Self::Describe { label, text } => changed.labels[at(label)?].description.clone_from(text),
            Self::Threshold { label, threshold } => changed.labels[at(label)?].threshold = *threshold,
        }
        changed.check()?;
        Ok(changed)
    }
}

impl std::fmt::Display for Relabel {
    /// What was done, as a sentence without its end.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Add { name } => write!(f, "'{name}' is added"),
            Self::Rename { label, name } => write!(f, "'{label}' is called '{name}' now"),
            Self::Merge { from, into } => write!(f, "'{from}' is merged into '{into}'"),
            Self::Delete { label } => write!(f, "'{label}' is deleted"),
            Self::Color { label, color } => write!(f, "'{label}' has the colour {color}"),
            Self::Key { label, key } => write!(f, "'{label}' has the key {key}"),
            Self::Describe { label, .. } => write!(f, "'{label}' is described anew"),
            Self::Threshold { label, threshold: Some(threshold) } => {
                write!(f, "'{label}' is shown from {:.3} on", threshold.get())
            }
            Self::Threshold { label, threshold: None } => write!(f, "'{label}' has the model's own threshold again"),
        }
    }
}

/// An earlier scheme as it is to be restored after `now`: a label keeps all names that it has had since, and with them what
/// was decided by those.
pub fn restored(earlier: &LabelScheme, now: &LabelScheme) -> LabelScheme {
    let mut scheme = earlier.clone();
    for label in &mut scheme.labels {
        let since = now.labels.iter().find(|other| other.name == label.name || other.was.contains(&label.name));
        for name in since.iter().flat_map(|since| std::iter::once(&since.name).chain(&since.was)) {
            if *name != label.name && !label.was.contains(name) {
                label.was.push(name.clone());
            }
        }
    }
    // A name that another label has again belongs to that.
    let names: Vec<String> = scheme.names().map(str::to_owned).collect();
    scheme.labels.iter_mut().for_each(|label| label.was.retain(|was| !names.contains(was)));
    scheme
}

/// Whether a name can be shown on one line and typed again.
pub fn is_name(name: &str) -> bool {
    name.chars().any(char::is_alphanumeric) && name.trim() == name && !name.chars().any(char::is_control)
}

fn named(name: &str) -> Result<(), SchemeError> {
    if is_name(name) { Ok(()) } else { Err(SchemeError::NoName(name.to_owned())) }
}

fn taken(name: &str, owner: &Label) -> SchemeError {
    if owner.name == name {
        SchemeError::Name(name.to_owned())
    } else {
        SchemeError::Was { name: name.to_owned(), owner: owner.name.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scheme(names: &[&str]) -> LabelScheme {
        LabelScheme::from_names("s", names).unwrap()
    }

    fn rename(label: &str, name: &str) -> Relabel {
        Relabel::Rename { label: label.into(), name: name.into() }
    }

    #[test]
    fn a_renamed_label_is_found_by_its_earlier_names() {
        let before = scheme(&["symptom", "drug"]);
        let once = rename("symptom", "finding").apply(&before).unwrap();
        assert_eq!((once.index("finding"), once.index("symptom"), once.labels[0].key), (Some(0), Some(0), 's'));
        let twice = rename("finding", "sign").apply(&once).unwrap();
        assert_eq!((twice.index("symptom"), twice.index("finding")), (Some(0), Some(0)));
        let back = rename("sign", "symptom").apply(&twice).unwrap();
        assert_eq!(
            (back.labels[0].name.as_str(), &back.labels[0].was[..]),
            ("symptom", &["finding".to_owned(), "sign".into()][..])
        );
        assert_eq!(before.counterpart(&twice.labels[0]), Some(0), "an older head's row is found too");
        assert_eq!(twice.counterpart(&before.labels[0]), Some(0), "and a newer one's");
        let undone = restored(&before, &once);
        assert_eq!((undone.labels[0].name.as_str(), undone.index("finding")), ("symptom", Some(0)));
        // Two steps back, it has all the names of both.
        for undone in [restored(&before, &restored(&once, &twice)), restored(&before, &restored(&before, &once))] {
            assert_eq!((undone.labels[0].name.as_str(), undone.index("finding")), ("symptom", Some(0)), "{undone:?}");
        }
        assert_eq!(restored(&before, &restored(&once, &twice)).index("sign"), Some(0));
    }

    #[test]
    fn what_cannot_be_changed_is_said() {
        let before = rename("symptom", "finding").apply(&scheme(&["symptom", "drug"])).unwrap();
        let check = |change: Relabel, part: &str| {
            let error = change.apply(&before).unwrap_err().to_string();
            assert!(error.contains(part), "{change:?}: {error}");
        };
        check(Relabel::Add { name: "symptom".into() }, "what 'finding' was called");
        check(Relabel::Add { name: "drug".into() }, "stands twice");
        check(Relabel::Add { name: " ".into() }, "can't be a name");
        check(rename("drug", "symptom"), "what 'finding' was called");
        check(rename("dose", "x"), "no label called 'dose'");
        check(rename("drug", "drug"), "stands twice");
        check(Relabel::Merge { from: "drug".into(), into: "drug".into() }, "itself");
        check(Relabel::Key { label: "drug".into(), key: '-' }, "can't be a key");
        check(Relabel::Key { label: "drug".into(), key: 's' }, "belongs to two labels");
        let many: Vec<String> = (0..crate::domain::MAX_LABELS).map(|number| format!("l{number}")).collect();
        let full = LabelScheme::from_names("s", &many).unwrap();
        assert_eq!(Relabel::Add { name: "one more".into() }.apply(&full), Err(SchemeError::TooMany(many.len() + 1)));
        let one = scheme(&["only"]);
        assert_eq!(Relabel::Delete { label: "only".into() }.apply(&one), Err(SchemeError::Empty));
    }

    #[test]
    fn thresholds_are_read_as_they_are_written() {
        let check = |probability: f64, expected: Option<f32>| {
            assert_eq!(Threshold::new(probability).map(Threshold::get), expected, "{probability}");
        };
        check(0.35, Some(0.35));
        check(0.0001, None);
        check(1.0, None);
        check(f64::NAN, None);
        let changed = Relabel::Threshold { label: "drug".into(), threshold: Threshold::new(0.4) };
        let changed = changed.apply(&scheme(&["drug"])).unwrap();
        let json = serde_json::to_string(&changed).unwrap();
        assert!(json.contains("\"threshold\":0.4"), "{json}");
        assert_eq!(serde_json::from_str::<LabelScheme>(&json).unwrap(), changed);
        assert!(serde_json::from_str::<LabelScheme>(&json.replace("0.4", "1.5")).is_err());
    }
}
