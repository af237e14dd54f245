//! `chartmark model`.

use anyhow::{Error, Result, anyhow};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::args::{ModelCommand, Shared};
use super::average;
use super::setup::{encoder_hash, look_at_project, open_project};
use super::tell::{counted, print, tell};
use crate::domain::{LabelScheme, Verdict, visible};
use crate::store::{Changed, ModelVersion, Project, StoreError};

/// Lists, shows, activates, averages or rolls back.
///
/// # Errors
/// When there is no project or no such version, or the version belongs to another encoder.
pub fn run(command: &ModelCommand, shared: &Shared) -> Result<()> {
    match command {
        ModelCommand::List { path, json } => list(&look_at_project(path.as_deref(), shared)?, *json),
        ModelCommand::Show { path, version, json } => show(&look_at_project(path.as_deref(), shared)?, *version, *json),
        ModelCommand::Activate { path, version } => {
            let mut project = open_project(path.as_deref(), shared)?;
            // Version 0 fits every encoder: it is the model itself.
            let encoder = if *version == 0 { None } else { Some(encoder_hash(shared)?) };
            project.activate(*version, encoder.as_deref()).map_err(advise)?;
            tell(format_args!("version {version} is active in {}", project.path().display()));
            Ok(project.close()?)
        }
        ModelCommand::Average { models, out } => average::run(models, out, shared),
        ModelCommand::Rollback { path } => {
            let mut project = open_project(path.as_deref(), shared)?;
            let version = project.rollback(Some(&encoder_hash(shared)?))?;
            tell(format_args!("version {version} is active again in {}", project.path().display()));
            Ok(project.close()?)
        }
    }
}

/// Another encoder than the bundled one has to be named.
fn advise(error: StoreError) -> Error {
    match error {
        StoreError::OtherEncoder(_) => anyhow!("{error}: name it with --model DIR"),
        other => other.into(),
    }
}

fn list(project: &Project, json: bool) -> Result<()> {
    let (versions, active, scheme) = (project.versions()?, project.active()?, scheme(project)?);
    let changed = |version: &ModelVersion| project.changed(version.record.id, version.record.base, &scheme);
    if json {
        let versions = versions.iter().map(|version| Ok(as_json(version, active, changed(version)?.as_ref())));
        let versions = versions.collect::<Result<Vec<Value>>>()?;
        return print(json!({"active": active, "versions": versions}).to_string() + "\n");
    }
    let mark = |id: u64| if id == active { '*' } else { ' ' };
    let mut table =
        format!("  version  after  made                  words changed  verdict\n{}       0         original\n", mark(0));
    for version in &versions {
        let record = &version.record;
        table += &format!(
            "{} {:>7}  {:>5}  {:<20}  {:>13}  {}\n",
            mark(record.id),
            record.id,
            record.base,
            date(version.created),
            changed(version)?.map_or_else(|| "-".to_owned(), |changed| changed.words.to_string()),
            found(record.verdict, &record.reason)
        );
    }
    print(table)
}

fn show(project: &Project, id: u64, json: bool) -> Result<()> {
    let active = project.active()?;
    if id == 0 {
        return print(match json {
            true => json!({"id": 0, "active": active == 0}).to_string() + "\n",
            false => format!("version 0, the original model{}\n", if active == 0 { ", active" } else { "" }),
        });
    }
    let version = project.version(id)?;
    let record = &version.record;
    let changed = project.changed(id, record.base, &scheme(project)?)?;
    if json {
        return print(as_json(&version, active, changed.as_ref()).to_string() + "\n");
    }
    let rows = [
        ("version", format!("{id}{}", if id == active { ", active" } else { "" })),
        // No version is trained from another: each is the model as it came, trained on all that was decided by then.
        ("learned from", format!("all decisions up to event {}, seed {}", record.through, record.seed)),
        ("judged", judged(record.verdict, record.base)),
        ("made", date(version.created)),
        ("verdict", found(record.verdict, &record.reason)),
        ("changed", changed.map_or_else(|| unknown(record.verdict), changes)),
        ("encoder", record.encoder.clone()),
        ("metrics", visible(&serde_json::to_string_pretty(&record.metrics)?).into_owned()),
    ];
    print(rows.map(|(name, value)| format!("{name:<14}{value}\n")).concat())
}

/// The project's labels, by which what a version has changed is told.
fn scheme(project: &Project) -> Result<LabelScheme> {
    let none = || LabelScheme { name: String::new(), labels: Vec::new() };
    Ok(project.scheme()?.unwrap_or_else(none))
}

/// What a version was held against: the one that was in use when it was made.
fn judged(verdict: Verdict, base: u64) -> String {
    match verdict {
        Verdict::Activated | Verdict::KeptAside => format!("against version {base}"),
        Verdict::NotJudged => format!("not yet; version {base} was in use before it"),
    }
}

/// Why it is not known what a version has changed.
fn unknown(verdict: Verdict) -> String {
    match verdict {
        Verdict::KeptAside => "nothing: it was not in use so far".to_owned(),
        Verdict::Activated | Verdict::NotJudged => "not known: no screen has shown its predictions".to_owned(),
    }
}

/// How many words a version has changed, where, and which labels it has set and taken away.
fn changes(changed: Changed) -> String {
    let Changed { before, words, documents, read, labels } = changed;
    let labels = labels.iter().map(|(name, on, off)| format!("\n{:<14}{} +{on} -{off}", "", visible(name)));
    let (words, read) = (counted(words, "word"), counted(read, "document"));
    format!("{words} in {documents} of {read}, against version {before}{}", labels.collect::<String>())
}

fn as_json(version: &ModelVersion, active: u64, changed: Option<&Changed>) -> Value {
    let changed = changed.map(|Changed { before, words, documents, read, labels }| {
        let label = |(name, on, off): &(String, usize, usize)| json!({"label": name, "on": on, "off": off});
        let labels: Vec<Value> = labels.iter().map(label).collect();
        json!({"before": before, "words": words, "documents": documents, "read": read, "labels": labels})
    });
    let record = &version.record;
    json!({
        "id": record.id,
        "active": record.id == active,
        "base": record.base,
        "encoder": record.encoder,
        "through": record.through,
        "seed": record.seed,
        "verdict": record.verdict,
        "reason": record.reason,
        "metrics": record.metrics,
        "changed": changed,
        "created": date(version.created),
    })
}

/// A verdict with its reason, which may begin with the verdict itself.
fn found(of: Verdict, reason: &str) -> String {
    let name = verdict(of);
    let reason = reason.strip_prefix(name).and_then(|rest| rest.strip_prefix(": ")).unwrap_or(reason);
    format!("{name}: {}", visible(reason))
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Activated => "activated",
        Verdict::KeptAside => "kept aside",
        Verdict::NotJudged => "not judged yet",
    }
}

/// Milliseconds since 1970-01-01 as a date and time of day, in UTC.
fn date(milliseconds: i64) -> String {
    let date = OffsetDateTime::from_unix_timestamp(milliseconds.div_euclid(1000)).ok();
    date.and_then(|date| date.format(&Rfc3339).ok()).unwrap_or_else(|| milliseconds.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_is_said_once() {
        for (verdict, reason, expected) in [
            (Verdict::Activated, "F1 0.9", "activated: F1 0.9"),
            (Verdict::KeptAside, "kept aside: F1 0.1", "kept aside: F1 0.1"),
            (Verdict::NotJudged, "not judged yet: too few", "not judged yet: too few"),
            (Verdict::NotJudged, "too few", "not judged yet: too few"),
        ] {
            assert_eq!(found(verdict, reason), expected);
        }
    }

    #[test]
    fn a_version_that_was_not_judged_is_not_said_to_be() {
        for (verdict, expected) in [
            (Verdict::Activated, "against version 3"),
            (Verdict::KeptAside, "against version 3"),
            (Verdict::NotJudged, "not yet; version 3 was in use before it"),
        ] {
            assert_eq!(judged(verdict, 3), expected, "{verdict:?}");
        }
    }
}
