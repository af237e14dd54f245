//! Which events are in force. A jump to a point of the past (or of a past that was left) is an event of its own; what lies
//! between the point and the jump is then no part of the story any more, until another jump leads back to it. Nothing is
//! ever taken out of the log: to know what holds, one walks from its end backwards, over the jumps.
//!
//! Some events are in force whatever is jumped over: the texts of the notes, gold that lies beside them, and that a version
//! was made. A jump does not lead a note back to an earlier text of it either: decisions on that stay where they are.

use rusqlite::{Connection, OptionalExtension, params};

use super::error::StoreError;
use super::lineage::{Stretch, lineage};
use super::payload::{EditRef, Payload};

/// The jumps of a project, oldest first: the number of each, and of the event that it leads to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Chain(Vec<(u64, u64)>);

/// Events in force, as spans of their numbers, both ends included; the latest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct InForce(Vec<(u64, u64)>);

impl Chain {
    /// Reads the jumps.
    pub fn read(connection: &Connection) -> Result<Self, StoreError> {
        const SQL: &str = "SELECT seq, json_extract(payload, '$.to') FROM event WHERE kind = 'jump' ORDER BY seq";
        let mut statement = connection.prepare_cached(SQL)?;
        let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get::<_, i64>(1)?.cast_unsigned()));
        let jumps: Vec<(u64, u64)> = statement.query_map([], row)?.collect::<Result<_, _>>()?;
        // A jump leads backwards in the log, or walking it would not end.
        match jumps.iter().find(|(at, to)| to >= at) {
            Some((at, _)) => Err(StoreError::Damaged(format!("event {at} leads to one that comes after it"))),
            None => Ok(Self(jumps)),
        }
    }

    /// Whether nobody has jumped yet: then everything is in force.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is in force once event `last` is recorded. `texts` are the events of a document's texts, where it is about one.
    pub fn at(&self, last: u64, texts: &[u64]) -> InForce {
        let (mut spans, mut last) = (Vec::new(), last);
        loop {
            let before = self.0.partition_point(|&(at, _)| at <= last);
            let Some(&(at, to)) = before.checked_sub(1).and_then(|index| self.0.get(index)) else { break };
            spans.push((at + 1, last));
            let text = texts.partition_point(|&text| text < at).checked_sub(1).map_or(0, |index| texts[index]);
            last = to.max(text);
        }
        spans.push((1, last));
        InForce(spans)
    }

    /// What of a document is in force now.
    pub fn of(&self, connection: &Connection, document: &str) -> Result<InForce, StoreError> {
        let texts = if self.is_empty() { Vec::new() } else { texts(connection, document)? };
        Ok(self.at(LAST, &texts))
    }
}

/// Behind every event.
pub(super) const LAST: u64 = i64::MAX as u64;

impl InForce {
    /// Whether the event of this number is.
    pub fn contains(&self, event: u64) -> bool {
        self.0.iter().any(|&(first, last)| (first..=last).contains(&event))
    }

    /// Whether an event holds: it is in force, or no jump concerns it.
    pub fn holds(&self, event: u64, payload: &Payload) -> bool {
        payload.stays() || self.contains(event)
    }

    /// The last event up to which two stories are the same.
    pub fn common(&self, other: &Self) -> u64 {
        let mut common = 0;
        for (one, another) in self.0.iter().rev().zip(other.0.iter().rev()) {
            if one.0 != another.0 {
                break;
            }
            common = one.1.min(another.1);
            if one != another {
                break;
            }
        }
        common
    }
}

/// The events that hold the texts of a document, oldest first; not those by which it was only given another name.
pub(super) fn texts(connection: &Connection, document: &str) -> Result<Vec<u64>, StoreError> {
    // Left to itself SQLite looks among all notes that have never had another name.
    const SQL: &str = "SELECT seq FROM event INDEXED BY event_of_text WHERE document = ? AND kind = 'document' \
                       AND seq BETWEEN ? AND ? AND json_extract(payload, '$.was') IS NULL ORDER BY seq";
    let mut statement = connection.prepare_cached(SQL)?;
    let mut texts = Vec::new();
    for Stretch { document, first, last } in lineage(connection, document)? {
        let rows = statement.query_map(params![document, first.cast_signed(), last.cast_signed()], |row| row.get::<_, i64>(0))?;
        for seq in rows {
            texts.push(seq?.cast_unsigned());
        }
    }
    Ok(texts)
}

/// The events that a person would call a step, as a condition on the table. Of what was recorded in one go, one event stands
/// for all. An undo or redo that only leads from one step to the next is none: there, the story stands at that step. The
/// index `event_of_step` has the same condition.
pub(super) const STEP: &str = "(kind IN ('review', 'comment', 'activate', 'scheme') \
     OR (kind = 'edit' AND json_extract(payload, '$.with') IS NULL) \
     OR (kind IN ('undo', 'redo') AND json_extract(payload, '$.last') IS NULL AND json_extract(payload, '$.part') IS NULL) \
     OR (kind = 'import' AND json_extract(payload, '$.asked')) \
     OR (kind = 'version' AND json_extract(payload, '$.verdict') = 'kept_aside'))";

/// The events after which the story may stand at another step, as that of the index `event_of_turn`.
pub(super) const TURN: &str = "(kind IN ('review', 'comment', 'activate', 'scheme', 'jump') \
     OR (kind = 'edit' AND json_extract(payload, '$.with') IS NULL) \
     OR (kind IN ('undo', 'redo') AND json_extract(payload, '$.part') IS NULL) \
     OR (kind = 'import' AND json_extract(payload, '$.asked')) \
     OR (kind = 'version' AND json_extract(payload, '$.verdict') = 'kept_aside'))";

/// The step at which the story stands once event `from` is recorded; 0 for its beginning. All that is decided is then as it
/// was right after that step.
pub(super) fn point(connection: &Connection, from: u64) -> Result<u64, StoreError> {
    let sql = format!(
        "SELECT seq, kind, CASE WHEN kind IN ('undo', 'redo', 'jump') THEN payload END FROM event INDEXED BY event_of_turn \
         WHERE seq <= ? AND {TURN} ORDER BY seq DESC LIMIT 1"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut at = from.min(LAST);
    loop {
        let row = |row: &rusqlite::Row<'_>| {
            Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get::<_, String>(1)?, row.get::<_, Option<String>>(2)?))
        };
        let Some((seq, kind, json)) = statement.query_row(params![at.cast_signed()], row).optional()? else { return Ok(0) };
        let Some(json) = json else { return Ok(seq) };
        at = match Payload::read(&kind, &json)? {
            Payload::Undo(EditRef { last: false, .. }) | Payload::Redo(EditRef { last: false, .. }) => return Ok(seq),
            Payload::Undo(EditRef { to: Some(to), .. }) | Payload::Redo(EditRef { to: Some(to), .. }) if to < seq => {
                return Ok(to);
            }
            Payload::Undo(EditRef { edit, to: None, .. }) if edit < seq => edit.saturating_sub(1),
            Payload::Redo(EditRef { edit, to: None, .. }) if edit < seq => return Ok(edit),
            Payload::Jump { to } if to < seq => return Ok(to),
            _ => return Err(StoreError::Damaged(format!("event {seq} leads to one that comes after it"))),
        };
    }
}

/// Whether the event of this number is a step; the beginning counts as one.
pub(super) fn is_step(connection: &Connection, event: u64) -> Result<bool, StoreError> {
    let mut statement = connection.prepare_cached(&format!("SELECT 1 FROM event WHERE seq = ? AND {STEP}"))?;
    Ok(event == 0 || (event <= LAST && statement.exists([event.cast_signed()])?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jumps_leave_out_what_lies_between() {
        let check = |jumps: &[(u64, u64)], texts: &[u64], last: u64, expected: &[u64]| {
            let in_force = Chain(jumps.to_vec()).at(last, texts);
            let found: Vec<u64> = (1..=last).filter(|&event| in_force.contains(event)).collect();
            assert_eq!(found, expected, "{jumps:?} {texts:?}");
        };
        check(&[], &[], 3, &[1, 2, 3]);
        check(&[(4, 1)], &[], 5, &[1, 5]);
        check(&[(4, 0)], &[], 5, &[5]);
        // Back to 1, on with 5, then to 3, which was left; and from there to 5 again.
        check(&[(4, 1), (6, 3)], &[], 6, &[1, 2, 3]);
        check(&[(4, 1), (6, 3), (7, 5)], &[], 8, &[1, 5, 8]);
        // What was decided on an earlier text stays.
        check(&[(6, 1)], &[3], 6, &[1, 2, 3]);
        check(&[(6, 1)], &[7], 6, &[1]);
        check(&[(3, 1), (6, 2)], &[4], 6, &[1, 4]);
    }

    #[test]
    fn stories_are_the_same_up_to_where_they_part() {
        let chain = Chain(vec![(4, 1), (6, 3)]);
        let check = |one: u64, other: u64, expected: u64| {
            assert_eq!(chain.at(one, &[]).common(&chain.at(other, &[])), expected, "{one} {other}");
            assert_eq!(chain.at(other, &[]).common(&chain.at(one, &[])), expected);
        };
        check(3, 3, 3);
        check(2, 3, 2);
        check(3, 5, 1);
        check(5, 6, 1);
        check(3, 6, 3);
        check(3, 7, 3);
        check(0, 7, 0);
    }
}
