//! Changes of the project's labels: each is an event, taken back by another. Merging also decides the words of the label
//! that goes, in one transaction with it.

use std::collections::HashSet;

use crate::domain::relabel::restored;
use crate::domain::{Annotations, Cell, Change, Decided, Decision, Document, Edit, EditId, LabelScheme, Relabel, Scope, Words};
use crate::tokenization::segment::segment;

use super::chain::{Chain, LAST};
use super::error::StoreError;
use super::event::{self, Select};
use super::payload::{Payload, SchemePayload, With};
use super::project::Project;
use super::together::document_of;

/// What has become of the labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relabelled {
    /// The scheme now.
    pub scheme: LabelScheme,
    /// What was done, as a sentence.
    pub said: String,
}

/// A change of the labels that can be taken back.
struct Done {
    event: u64,
    before: LabelScheme,
    payload: SchemePayload,
}

impl Project {
    /// Changes a label of the project's scheme, or of `base` where it has none of its own. `gold` are the labels that the
    /// notes' own gold uses, which `base` has taken in: what becomes of them here holds from now on.
    ///
    /// # Errors
    /// [`StoreError::Labels`], [`StoreError::NameInUse`], and those of every write; nothing has changed then.
    pub fn relabel(&mut self, base: &LabelScheme, change: &Relabel, gold: &[String]) -> Result<Relabelled, StoreError> {
        let own = self.scheme()?;
        let before = own.clone().unwrap_or_else(|| base.clone());
        let mut scheme = change.apply(&before)?;
        if let Relabel::Add { name } = change
            && let Some(label) = scheme.labels.last_mut()
        {
            (label.was, label.merged) = self.earlier_names(name, &before)?;
        }
        if let Relabel::Rename { name, .. } = change {
            // Decisions that were put aside with a label of that name would be taken for this one's.
            if let Some((name, count)) = self.hidden_by(&before)?.0.into_iter().find(|(hidden, _)| hidden == name) {
                return Err(StoreError::NameInUse { name, count });
            }
        }
        let merged = match change {
            Relabel::Merge { from, into } => self.merging(&before, from, into)?,
            _ => Vec::new(),
        };
        let taken = self.gold_taken(&before)?;
        let gold: Vec<String> = gold.iter().filter(|name| !taken.contains(name)).cloned().collect();
        let words: usize = merged.iter().map(|(_, _, edit)| edit.changes.len()).sum();
        self.write(|writer| {
            if own.is_none() {
                writer.record_global(&Payload::Scheme(SchemePayload::of(&before)), None)?;
            }
            let mut edits = Vec::with_capacity(merged.len());
            for (document, segments, edit) in &merged {
                edits.push(writer.edit_with(document, segments, &before, edit, With::Labels)?.0.event);
            }
            let payload = SchemePayload { scheme: scheme.clone(), change: Some(change.to_string()), edits, undoes: None, gold };
            writer.record_global(&Payload::Scheme(payload), None)
        })?;
        let moved = match (change, words) {
            (Relabel::Merge { .. }, 1) => ": 1 word has that label now".to_owned(),
            (Relabel::Merge { .. }, words) => format!(": {words} words have that label now"),
            _ => String::new(),
        };
        Ok(Relabelled { scheme, said: format!("{change}{moved}.") })
    }

    /// Takes the last change of a label back that was not taken back yet.
    ///
    /// # Errors
    /// [`StoreError::NoRelabel`] where there is none, and those of every write.
    pub fn undo_relabel(&mut self) -> Result<Relabelled, StoreError> {
        let Some(done) = self.relabels()?.pop() else { return Err(StoreError::NoRelabel) };
        let now = self.scheme()?.unwrap_or_else(|| done.before.clone());
        let scheme = restored(&done.before, &now);
        let mut backs = Vec::new();
        for &edit in done.payload.edits.iter().rev() {
            if let Some(id) = document_of(self.connection(), edit)? {
                backs.extend(self.taking_back(&id, edit, &now)?);
            }
        }
        self.write(|writer| {
            let (_, edits) = writer.take_back(&backs, &now, With::Labels)?;
            let payload = SchemePayload { edits, undoes: Some(done.event), ..SchemePayload::of(&scheme) };
            writer.record_global(&Payload::Scheme(payload), None)
        })?;
        let what = done.payload.change.unwrap_or_default();
        Ok(Relabelled { scheme, said: format!("Taken back: that {what}.") })
    }

    /// The other names of the label that was last called `name` before it went, and those of labels that were merged into
    /// it; but for those that other labels have now.
    fn earlier_names(&self, name: &str, now: &LabelScheme) -> Result<(Vec<String>, Vec<String>), StoreError> {
        let in_force = Chain::read(self.connection())?.at(LAST, &[]);
        let (mut names, mut merged) = (Vec::new(), Vec::new());
        event::for_each(self.connection(), Select::Global, |event| {
            let (seq, payload) = (event.seq, event.payload()?);
            if let Payload::Scheme(payload) = payload
                && in_force.contains(seq)
                && let Some(label) = payload.scheme.index(name)
            {
                let label = &payload.scheme.labels[label];
                names = label.was.iter().chain([&label.name]).filter(|known| *known != name).cloned().collect();
                merged.clone_from(&label.merged);
            }
            Ok(())
        })?;
        names.retain(|name| now.index(name).is_none());
        merged.retain(|name| now.meant(name).is_none());
        Ok((names, merged))
    }

    /// The changes that can be taken back, the last one last. One whole scheme taken for another begins anew.
    fn relabels(&self) -> Result<Vec<Done>, StoreError> {
        let (mut done, mut before): (Vec<Done>, Option<LabelScheme>) = (Vec::new(), None);
        let in_force = Chain::read(self.connection())?.at(LAST, &[]);
        event::for_each(self.connection(), Select::Global, |event| {
            let (seq, payload) = (event.seq, event.payload()?);
            // A jump may have led back to before it.
            if !in_force.holds(seq, &payload) {
                return Ok(());
            }
            let Payload::Scheme(payload) = payload else { return Ok(()) };
            let earlier = before.replace(payload.scheme.clone());
            match (&payload.change, payload.undoes, earlier) {
                (Some(_), _, Some(before)) => done.push(Done { event: seq, before, payload }),
                (_, Some(undone), _) => done.retain(|done| done.event != undone),
                _ => done.clear(),
            }
            Ok(())
        })?;
        Ok(done)
    }

    /// The edits that give the words of one label another: where it is present, and the other not so by anybody's word.
    fn merging(&self, scheme: &LabelScheme, from: &str, into: &str) -> Result<Vec<(Document, Words, Edit)>, StoreError> {
        let (Some(from), Some(into)) = (scheme.index(from), scheme.index(into)) else { return Ok(Vec::new()) };
        let mut edits = Vec::new();
        for (id, _) in self.documents()? {
            let document = self.document(&id)?;
            let words = segment(&document.text);
            let annotations = self.annotations(&document, &words, scheme)?.annotations;
            let changes: Vec<Change> =
                carrying(&annotations, from).into_iter().filter_map(|word| moved(&annotations, word, from, into)).collect();
            if !changes.is_empty() {
                edits.push((document, words, Edit::cells(EditId(EditId::SESSION), changes)));
            }
        }
        Ok(edits)
    }
}

/// The words that have a label by somebody's decision, or an import's.
fn carrying(annotations: &Annotations, label: usize) -> Vec<usize> {
    let decided = annotations.all_decided().map(|(cell, _)| cell).filter(|cell| usize::from(cell.label) == label);
    let imported = annotations.imported.iter().flat_map(|imported| imported.present.keys());
    let words: HashSet<u32> = decided.map(|cell| cell.word).chain(imported.copied()).collect();
    let present = |&word: &usize| annotations.decision(Cell::new(word, label)) == Decision::Present;
    let mut words: Vec<usize> = words.into_iter().map(|word| word as usize).filter(present).collect();
    words.sort_unstable();
    words
}

/// That a word has `into`, on the same evidence as that it has `from`; `None` where it is decided so already.
fn moved(annotations: &Annotations, word: usize, from: usize, into: usize) -> Option<Change> {
    let cell = Cell::new(word, into);
    if annotations.decision(cell) == Decision::Present {
        return None;
    }
    let gold =
        Decided { present: true, predicted: true, probability: None, scope: Scope::Matches, edit: EditId(EditId::SESSION) };
    let evidence = annotations.decided(Cell::new(word, from)).copied().unwrap_or(gold);
    let after = Some(Decided { edit: EditId(EditId::SESSION), ..evidence });
    Some(Change { cell, before: annotations.decided(cell).copied(), after })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Shown;

    struct Desk {
        folder: tempfile::TempDir,
        base: LabelScheme,
        note: Document,
        words: Words,
    }

    impl Desk {
        fn new() -> Self {
            let (text, folder) = ("bad chest pain today", tempfile::tempdir().unwrap());
            let base = LabelScheme::from_names("s", &["symptom", "finding", "drug"]).unwrap();
            Self { folder, base, note: Document::new("a", text), words: segment(text) }
        }

        fn open(&self) -> Project {
            Project::open(&self.folder.path().join("p.db"), "ann").unwrap()
        }

        /// Sets (or, where it is shown, takes) labels on words, by hand.
        fn toggle(&self, project: &mut Project, scheme: &LabelScheme, words: &[usize], label: usize) {
            let known = project.annotations(&self.note, &self.words, scheme).unwrap().annotations;
            let shown = Shown { predictions: None, thresholds: &vec![0.5; scheme.len()] };
            let edit = known.toggle(EditId(1), words.iter().copied(), label, &shown);
            project.edit(&self.note, &self.words, scheme, &edit).unwrap();
        }

        /// The words with each label, and the number of decided cells.
        fn labelled(&self, project: &Project, scheme: &LabelScheme) -> (Vec<Vec<usize>>, usize) {
            let known = project.annotations(&self.note, &self.words, scheme).unwrap().annotations;
            ((0..scheme.len()).map(|label| carrying(&known, label)).collect(), known.count())
        }
    }

    fn change(kind: &str, label: &str, other: &str) -> Relabel {
        let (label, other) = (label.to_owned(), other.to_owned());
        match kind {
            "rename" => Relabel::Rename { label, name: other },
            "merge" => Relabel::Merge { from: label, into: other },
            "delete" => Relabel::Delete { label },
            _ => Relabel::Add { name: label },
        }
    }

    #[test]
    fn a_renamed_label_keeps_its_decisions_also_when_that_is_taken_back() {
        let desk = Desk::new();
        let mut project = desk.open();
        desk.toggle(&mut project, &desk.base, &[1, 2], 0);
        let renamed = project.relabel(&desk.base, &change("rename", "symptom", "sign"), &[]).unwrap();
        assert_eq!(renamed.said, "'symptom' is called 'sign' now.");
        assert_eq!(desk.labelled(&project, &renamed.scheme), (vec![vec![1, 2], vec![], vec![]], 2));
        desk.toggle(&mut project, &renamed.scheme, &[3], 0);
        drop(project);
        let mut project = desk.open();
        let back = project.undo_relabel().unwrap();
        assert_eq!(
            (back.said.as_str(), back.scheme.labels[0].name.as_str()),
            ("Taken back: that 'symptom' is called 'sign' now.", "symptom")
        );
        assert_eq!(project.scheme().unwrap().as_ref(), Some(&back.scheme));
        assert_eq!(
            desk.labelled(&project, &back.scheme),
            (vec![vec![1, 2, 3], vec![], vec![]], 3),
            "those by the other name too"
        );
        assert!(matches!(project.undo_relabel(), Err(StoreError::NoRelabel)));
        assert_eq!(project.verify().unwrap(), Vec::<String>::new());
    }

    #[test]
    fn a_deleted_label_comes_back_with_what_was_decided_by_all_its_names() {
        for (added, names) in [("sign", ["symptom"]), ("symptom", ["sign"])] {
            let desk = Desk::new();
            let mut project = desk.open();
            desk.toggle(&mut project, &desk.base, &[1], 0);
            let renamed = project.relabel(&desk.base, &change("rename", "symptom", "sign"), &[]).unwrap().scheme;
            desk.toggle(&mut project, &renamed, &[2], 0);
            let deleted = project.relabel(&desk.base, &change("delete", "sign", ""), &[]).unwrap().scheme;
            assert_eq!(desk.labelled(&project, &deleted).1, 0);
            let back = project.relabel(&desk.base, &change("add", added, ""), &[]).unwrap().scheme;
            assert_eq!(desk.labelled(&project, &back), (vec![vec![], vec![], vec![1, 2]], 2), "{added}");
            assert_eq!((back.labels[2].name.as_str(), &back.labels[2].was[..]), (added, &names.map(str::to_owned)[..]));
            // A label that was never there has no other names; nor does a name go to two labels.
            let new = project.relabel(&desk.base, &change("add", "dose", ""), &[]).unwrap().scheme;
            assert_eq!(new.labels[3].was, [""; 0]);
        }
    }

    #[test]
    fn merging_moves_what_is_present_and_is_taken_back_in_one_step() {
        let desk = Desk::new();
        let mut project = desk.open();
        desk.toggle(&mut project, &desk.base, &[1, 2], 0);
        desk.toggle(&mut project, &desk.base, &[2], 1);
        desk.toggle(&mut project, &desk.base, &[3], 0);
        desk.toggle(&mut project, &desk.base, &[3], 0);
        project.import_gold(&desk.note, &[crate::domain::Span { start: 0, end: 3, label: "symptom".into() }], None).unwrap();
        let before = desk.labelled(&project, &desk.base);
        assert_eq!(before.0, [vec![0, 1, 2], vec![2], vec![]]);
        let merged = project.relabel(&desk.base, &change("merge", "symptom", "finding"), &[]).unwrap();
        assert_eq!(merged.said, "'symptom' is merged into 'finding': 2 words have that label now.");
        assert_eq!(merged.scheme.names().collect::<Vec<_>>(), ["finding", "drug"]);
        assert_eq!(desk.labelled(&project, &merged.scheme).0, [vec![0, 1, 2], vec![]]);
        let back = project.undo_relabel().unwrap();
        assert_eq!((back.scheme, desk.labelled(&project, &desk.base)), (desk.base.clone(), before));
        assert_eq!(project.verify().unwrap(), Vec::<String>::new());
    }

    #[test]
    fn what_was_decided_after_a_merge_outlives_its_undoing() {
        let desk = Desk::new();
        let mut project = desk.open();
        desk.toggle(&mut project, &desk.base, &[1, 2, 3], 0);
        let merged = project.relabel(&desk.base, &change("merge", "symptom", "finding"), &[]).unwrap().scheme;
        // One word is found not to have it after all, another gets a label more.
        desk.toggle(&mut project, &merged, &[2], 0);
        desk.toggle(&mut project, &merged, &[0], 1);
        let back = project.undo_relabel().unwrap();
        let known = || project.annotations(&desk.note, &desk.words, &back.scheme).unwrap();
        assert_eq!(desk.labelled(&project, &back.scheme).0, [vec![1, 2, 3], vec![], vec![0]]);
        assert_eq!(known().annotations.decision(Cell::new(2, 1)), Decision::Absent, "by her own word");
        assert_eq!(known().annotations.decision(Cell::new(1, 1)), Decision::Unknown);
        assert_eq!(project.verify().unwrap(), Vec::<String>::new());
    }

    #[test]
    fn a_merge_is_taken_back_in_notes_that_have_another_text_since() {
        for text in ["bad chest pain today", "bad chest pain today, worse", "bad ache today"] {
            let mut desk = Desk::new();
            let mut project = desk.open();
            desk.toggle(&mut project, &desk.base, &[0, 2], 0);
            // One of the words was found not to have the other label.
            desk.toggle(&mut project, &desk.base, &[0], 1);
            desk.toggle(&mut project, &desk.base, &[0], 1);
            let merged = project.relabel(&desk.base, &change("merge", "symptom", "finding"), &[]).unwrap().scheme;
            assert_eq!(desk.labelled(&project, &merged).0[0], [0, 2]);
            (desk.note, desk.words) = (Document::new("a", text), segment(text));
            desk.toggle(&mut project, &merged, &[1], 1);
            let back = project.undo_relabel().unwrap().scheme;
            let known = project.annotations(&desk.note, &desk.words, &back).unwrap();
            let kept: &[usize] = if text.contains("pain") { &[0, 2] } else { &[0] };
            assert_eq!(desk.labelled(&project, &back).0, [kept, &[], &[1]], "{text}");
            assert_eq!(known.annotations.decision(Cell::new(0, 1)), Decision::Absent, "{text}: by her own word");
            assert_eq!(project.verify().unwrap(), Vec::<String>::new());
        }
    }

    #[test]
    fn labels_follow_a_jump_and_only_what_holds_is_taken_back() {
        let desk = Desk::new();
        let mut project = desk.open();
        desk.toggle(&mut project, &desk.base, &[1], 0);
        let start = project.last_event().unwrap();
        project.relabel(&desk.base, &change("rename", "symptom", "sign"), &[]).unwrap();
        let renamed = project.last_event().unwrap();
        project.jump(start).unwrap();
        assert!(matches!(project.undo_relabel(), Err(StoreError::NoRelabel)), "it was taken back by the jump");
        project.jump(renamed).unwrap();
        assert_eq!(project.scheme().unwrap().unwrap().labels[0].name, "sign");
        assert_eq!(project.undo_relabel().unwrap().scheme.labels[0].name, "symptom");
        assert_eq!(desk.labelled(&project, &desk.base).0[0], [1]);
        assert_eq!(project.verify().unwrap(), Vec::<String>::new());
    }

    #[test]
    fn changes_are_taken_back_one_by_one_and_refused_where_decisions_would_mix() {
        let desk = Desk::new();
        let mut project = desk.open();
        desk.toggle(&mut project, &desk.base, &[1], 2);
        project.relabel(&desk.base, &change("add", "dose", ""), &[]).unwrap();
        project.relabel(&desk.base, &change("delete", "drug", ""), &[]).unwrap();
        let events = project.last_event().unwrap();
        let refused = project.relabel(&desk.base, &change("rename", "dose", "drug"), &[]).unwrap_err();
        assert!(refused.to_string().contains("1 decision") && refused.is_refusal(), "{refused}");
        assert!(project.relabel(&desk.base, &change("delete", "none", ""), &[]).is_err());
        assert_eq!(project.last_event().unwrap(), events, "nothing has changed");
        let names = |scheme: LabelScheme| scheme.names().collect::<Vec<_>>().join(" ");
        assert_eq!(names(project.undo_relabel().unwrap().scheme), "symptom finding drug dose");
        project.relabel(&desk.base, &change("delete", "finding", ""), &[]).unwrap();
        assert_eq!(names(project.undo_relabel().unwrap().scheme), "symptom finding drug dose");
        assert_eq!(names(project.undo_relabel().unwrap().scheme), "symptom finding drug");
        // Another scheme as a whole: what was changed in the one before is no longer there to be taken back.
        project.relabel(&desk.base, &change("add", "dose", ""), &[]).unwrap();
        project.set_scheme(&LabelScheme::from_names("other", &["x"]).unwrap()).unwrap();
        assert!(matches!(project.undo_relabel(), Err(StoreError::NoRelabel)));
    }
}
