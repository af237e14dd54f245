//! Which labels a project speaks of, whatever model is loaded.

use std::collections::HashSet;
use std::fmt;

use crate::domain::{Draft, Label, LabelScheme, MAX_LABELS};
use crate::tokenization::segment::segment;

use super::chain::{Chain, LAST};
use super::error::StoreError;
use super::event::{self, Select};
use super::payload::{Payload, SchemePayload};
use super::project::Project;

/// Decisions that are not shown because the labels in use lack theirs: each label with its number of decisions. They
/// stay in the project and come back with a label of the name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hidden(pub Vec<(String, usize)>);

impl fmt::Display for Hidden {
    /// In a sentence without an end, about "it": the scheme that lacks them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let each: Vec<String> = self.0.iter().map(|(name, count)| format!("{name} {count}")).collect();
        let decisions = match self.0.iter().map(|(_, count)| count).sum() {
            1_usize => "1 decision is".to_owned(),
            total => format!("{total} decisions are"),
        };
        write!(f, "{decisions} in labels that it lacks ({}) and hidden; they stay in the project", each.join(", "))
    }
}

impl Project {
    /// The names of all labels that the project's scheme has or its decisions and imports name: the scheme's first, then
    /// the others in order of appearance, document by document.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub fn label_names(&self) -> Result<Vec<String>, StoreError> {
        let mut names: Vec<String> = self.scheme()?.iter().flat_map(|scheme| scheme.names()).map(str::to_owned).collect();
        let mut seen: HashSet<String> = names.iter().cloned().collect();
        event::for_each(self.connection(), Select::Documents, |event| {
            let labels = match event.payload()? {
                Payload::Edit(edit) => edit.labels,
                Payload::Import(import) => import.labels,
                _ => return Ok(()),
            };
            names.extend(labels.into_iter().filter(|label| seen.insert(label.clone())));
            Ok(())
        })?;
        Ok(names)
    }

    /// The labels that something is decided on, as they are called now: those in use, behind them those of schemes that were put
    /// aside for others, and those that no scheme has had. What was decided by earlier names is theirs. Labels that were deleted
    /// are not among them, nor those that were merged into others. `None` where there are none.
    ///
    /// # Errors
    /// When the project cannot be read, or there are more than a scheme can have.
    pub fn labels(&self) -> Result<Option<LabelScheme>, StoreError> {
        let names = self.label_names()?;
        let Some(mut all) = self.scheme()? else {
            return if names.is_empty() { Ok(None) } else { Ok(Some(LabelScheme::from_names("project", &names)?)) };
        };
        let deleted = self.deleted()?;
        for label in self.schemes()?.into_iter().rev().flat_map(|scheme| scheme.labels) {
            if all.counterpart(&label).is_some() || all.meant(&label.name).is_some() || deleted.contains(&label.name) {
                continue;
            }
            let free = |name: &String| all.meant(name).is_none();
            let (was, merged) = (label.was.iter().filter(|name| free(name)), label.merged.iter().filter(|name| free(name)));
            let (was, merged) = (was.cloned().collect(), merged.cloned().collect());
            // Its key and colour may be another's by now.
            let more = Draft { key: None, color: None, was, merged, ..label.into() };
            let drafts = all.labels.into_iter().map(Draft::from).chain([more]).collect();
            all = LabelScheme::from_drafts(&all.name, drafts)?;
        }
        let rest: Vec<String> = names.into_iter().filter(|name| !deleted.contains(name)).collect();
        Ok(Some(all.extended(&rest)?))
    }

    /// The names of labels that were taken out of the scheme one by one, and not put in again since.
    fn deleted(&self) -> Result<HashSet<String>, StoreError> {
        let in_force = Chain::read(self.connection())?.at(LAST, &[]);
        let (mut deleted, mut before): (HashSet<String>, Option<LabelScheme>) = Default::default();
        event::for_each(self.connection(), Select::Global, |event| {
            let (seq, payload) = (event.seq, event.payload()?);
            if let Payload::Scheme(set) = payload
                && in_force.contains(seq)
            {
                // One whole scheme taken for another deletes nothing.
                let changed = set.change.is_some() || set.undoes.is_some();
                let gone = |label: &&Label| set.scheme.counterpart(label).is_none();
                for label in before.iter().filter(|_| changed).flat_map(|before| &before.labels).filter(gone) {
                    deleted.extend([&label.name].into_iter().chain(&label.was).chain(&label.merged).cloned());
                }
                // Merged into another, it is that one.
                deleted.retain(|name| set.scheme.meant(name).is_none());
                before = Some(set.scheme);
            }
            Ok(())
        })?;
        Ok(deleted)
    }

    /// The label schemes that the project has had, each name as it was set last, in the order in which they were set.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub fn schemes(&self) -> Result<Vec<LabelScheme>, StoreError> {
        let mut schemes: Vec<LabelScheme> = Vec::new();
        event::for_each(self.connection(), Select::Global, |event| {
            if let Payload::Scheme(SchemePayload { scheme, .. }) = event.payload()? {
                schemes.retain(|earlier| earlier.name != scheme.name);
                schemes.push(scheme);
            }
            Ok(())
        })?;
        Ok(schemes)
    }

    /// The labels of the notes' own gold that were taken in before the project last had exactly the labels of `scheme`.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub fn gold_taken(&self, scheme: &LabelScheme) -> Result<Vec<String>, StoreError> {
        let in_force = Chain::read(self.connection())?.at(LAST, &[]);
        let (mut taken, mut found) = (Vec::new(), Vec::new());
        event::for_each(self.connection(), Select::Global, |event| {
            let (seq, payload) = (event.seq, event.payload()?);
            if let Payload::Scheme(set) = payload
                && in_force.contains(seq)
            {
                // One whole scheme taken for another begins anew.
                if set.change.is_none() && set.undoes.is_none() {
                    taken.clear();
                }
                taken.extend(set.gold);
                if set.scheme == *scheme {
                    found.clone_from(&taken);
                }
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// Gives the project labels of its own, those of the notes' gold among them that `gold` names.
    ///
    /// # Errors
    /// Those of every write.
    pub fn set_scheme_with_gold(&mut self, scheme: &LabelScheme, gold: Vec<String>) -> Result<(), StoreError> {
        self.write(|writer| writer.record_global(&Payload::Scheme(SchemePayload { gold, ..SchemePayload::of(scheme) }), None))
    }

    /// What `scheme` would hide: decisions of people, and words that an import gave a label.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub fn hidden_by(&self, scheme: &LabelScheme) -> Result<Hidden, StoreError> {
        let mut names = self.label_names()?;
        names.retain(|name| scheme.index(name).is_none());
        let mut counts = vec![0; names.len()];
        for (names, counts) in names.chunks(MAX_LABELS).zip(counts.chunks_mut(MAX_LABELS)) {
            let lacking = LabelScheme::from_names("lacking", names).map_err(|error| StoreError::Damaged(error.to_string()))?;
            for (id, _) in self.documents()? {
                let document = self.document(&id)?;
                let annotations = self.annotations(&document, &segment(&document.text), &lacking)?.annotations;
                annotations.all_decided().for_each(|(cell, _)| counts[usize::from(cell.label)] += 1);
                let imported = annotations.imported.iter().flat_map(|imported| imported.present.values());
                // Gold of a label that was merged is shown as that of the other.
                let lacking = |label: &usize| scheme.meant(&names[*label]).is_none();
                imported.flat_map(|set| set.iter()).filter(lacking).for_each(|label| counts[label] += 1);
            }
        }
        Ok(Hidden(names.into_iter().zip(counts).filter(|(_, count)| *count > 0).collect()))
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::{Annotations, Document, EditId, LabelScheme, Shown, Span};
    use crate::store::Project;
    use crate::tokenization::segment::segment;

    #[test]
    fn labels_of_scheme_decisions_and_imports_are_named_once() {
        let folder = tempfile::tempdir().unwrap();
        let mut project = Project::open(&folder.path().join("p.db"), "a").unwrap();
        assert!(project.label_names().unwrap().is_empty());
        let (note, words) = (Document::new("a", "chest pain"), segment("chest pain"));
        let scheme = LabelScheme::from_names("s", &["symptom", "severity"]).unwrap();
        let edit = Annotations::default().toggle(EditId(1), [0], 1, &Shown { predictions: None, thresholds: &[0.5; 2] });
        project.edit(&note, &words, &scheme, &edit).unwrap();
        project.import_gold(&note, &[Span { start: 0, end: 5, label: "anatomy".into() }], Some(&["symptom".into()])).unwrap();
        assert_eq!(project.label_names().unwrap(), ["severity", "symptom", "anatomy"]);
        project.set_scheme(&LabelScheme::from_names("own", &["drug", "symptom"]).unwrap()).unwrap();
        assert_eq!(project.label_names().unwrap(), ["drug", "symptom", "severity", "anatomy"]);
    }

    #[test]
    fn labels_are_those_in_use_and_those_put_aside_but_none_that_was_deleted() {
        use crate::domain::Relabel;
        let folder = tempfile::tempdir().unwrap();
        let mut project = Project::open(&folder.path().join("p.db"), "a").unwrap();
        assert_eq!(project.labels().unwrap(), None);
        let (note, words, own) =
            (Document::new("a", "pain"), segment("pain"), LabelScheme::from_names("s", &["sym", "sev", "drug", "dose"]).unwrap());
        for label in 0..4 {
            let edit = Annotations::default().toggle(EditId(1), [0], label, &Shown { predictions: None, thresholds: &[0.5; 4] });
            project.edit(&note, &words, &own, &edit).unwrap();
        }
        let check = |project: &Project, expected: &str| {
            let all = project.labels().unwrap().unwrap();
            let label = |label: &crate::domain::Label| match &label.was[..] {
                [] => label.name.clone(),
                was => format!("{}<{}", label.name, was.join("<")),
            };
            assert_eq!(all.labels.iter().map(label).collect::<Vec<_>>().join(" "), expected);
        };
        let change = |project: &mut Project, change: Relabel| project.relabel(&own, &change, &[]).unwrap().scheme;
        check(&project, "sym sev drug dose");
        change(&mut project, Relabel::Rename { label: "sym".into(), name: "sign".into() });
        check(&project, "sign<sym sev drug dose");
        change(&mut project, Relabel::Delete { label: "sev".into() });
        change(&mut project, Relabel::Merge { from: "dose".into(), into: "drug".into() });
        check(&project, "sign<sym drug");
        project.set_scheme(&LabelScheme::from_names("other", &["body"]).unwrap()).unwrap();
        check(&project, "body sign<sym drug");
        change(&mut project, Relabel::Add { name: "sev".into() });
        check(&project, "body sev sign<sym drug");
        project.undo_relabel().unwrap();
        check(&project, "body sign<sym drug");
    }

    #[test]
    fn decisions_of_labels_that_a_scheme_lacks_are_counted() {
        let folder = tempfile::tempdir().unwrap();
        let mut project = Project::open(&folder.path().join("p.db"), "a").unwrap();
        let scheme = |names: &[&str]| LabelScheme::from_names("s", names).unwrap();
        let (note, words) = (Document::new("a", "chest pain today"), segment("chest pain today"));
        let (own, shown) = (scheme(&["symptom", "severity"]), Shown { predictions: None, thresholds: &[0.5; 2] });
        for (id, words_of, label) in [(1, vec![0, 1], 0), (2, vec![1], 1)] {
            let edit = Annotations::default().toggle(EditId(id), words_of, label, &shown);
            project.edit(&note, &words, &own, &edit).unwrap();
        }
        project.import_gold(&note, &[Span { start: 0, end: 10, label: "anatomy".into() }], Some(&["anatomy".into()])).unwrap();
        let hidden = |names: &[&str]| project.hidden_by(&scheme(names)).unwrap().0;
        assert_eq!(hidden(&["anatomy", "symptom"]), [("severity".to_owned(), 1)]);
        assert_eq!(hidden(&["severity", "new"]), [("symptom".to_owned(), 2), ("anatomy".into(), 2)]);
        assert_eq!(hidden(&["severity", "symptom", "anatomy"]), []);
        assert_eq!(
            project.hidden_by(&scheme(&["severity", "new"])).unwrap().to_string(),
            "4 decisions are in labels that it lacks (symptom 2, anatomy 2) and hidden; they stay in the project"
        );
    }

    #[test]
    fn schemes_of_the_past_are_remembered_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let mut project = Project::open(&folder.path().join("p.db"), "a").unwrap();
        let scheme = |name: &str, labels: &[&str]| LabelScheme::from_names(name, labels).unwrap();
        let all = [scheme("a", &["x"]), scheme("b", &["y"]), scheme("a", &["x", "z"])];
        all.iter().for_each(|scheme| project.set_scheme(scheme).unwrap());
        assert_eq!(project.schemes().unwrap(), all[1..]);
        assert_eq!(project.scheme().unwrap().as_ref(), all.last());
    }
}
