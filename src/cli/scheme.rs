//! `chartmark scheme`.

use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde_json::json;

use super::args::{ChangeArguments, SchemeCommand, Shared};
use super::look::look;
use super::screen;
use super::setup::{base_scheme, known_schemes, named_scheme, project_place, read_scheme_file, source};
use super::tell::{Usage, counted, print, tell};
use crate::domain::{LabelScheme, Relabel, visible};
use crate::formats::write_scheme;
use crate::store::{Hidden, Project};

/// Lists, shows, begins, checks, changes or uses label schemes.
///
/// # Errors
/// When there is no such scheme, a file can't be used, or the project can't be opened.
pub fn run(command: &SchemeCommand, shared: &Shared) -> Result<()> {
    match command {
        SchemeCommand::List { path, json } => list(path.as_deref(), shared, *json),
        SchemeCommand::Show { name, path } => show(name.as_deref(), path.as_deref(), shared),
        SchemeCommand::Init { from, out } => init(from, out, shared),
        SchemeCommand::Check { file } => {
            let scheme = read_scheme_file(file)?;
            let seeds: usize = scheme.labels.iter().map(|label| label.seeds.len()).sum();
            let (labels, seeds) = (counted(scheme.len(), "label"), counted(seeds, "seed term"));
            tell(format_args!("{} is sound: '{}' has {labels} and {seeds}", file.display(), scheme.name));
            Ok(())
        }
        SchemeCommand::Change(arguments) => change(arguments, shared),
        SchemeCommand::Use { name, path } => use_scheme(name, path.as_deref(), shared),
    }
}

/// The schemes to choose from for a project that has `current`: that one, those that the project had before, and those
/// of the models. Of two with one name the earlier is listed.
///
/// # Errors
/// When the project or a model's description can't be read.
pub fn choice(current: LabelScheme, project: Option<&Project>, shared: &Shared) -> Result<Vec<LabelScheme>> {
    let before = project.map(Project::schemes).transpose()?.unwrap_or_default().into_iter().rev();
    let mut schemes = vec![current];
    for scheme in before.chain(known_schemes(&source(shared))?) {
        if schemes.iter().all(|known| known.name != scheme.name) {
            schemes.push(scheme);
        }
    }
    Ok(schemes)
}

/// The project of the notes at `path`, to be read alone, if there is one yet.
fn project_at(path: Option<&Path>, shared: &Shared) -> Result<Option<Project>> {
    let place = project_place(path, shared)?;
    Ok(if place.exists() { Some(look(&place, shared)?) } else { None })
}

/// The schemes to choose from for the notes at `path`, the one in use first.
fn choice_at(path: Option<&Path>, shared: &Shared) -> Result<Vec<LabelScheme>> {
    let project = project_at(path, shared)?;
    let own = project.as_ref().map(Project::scheme).transpose()?.flatten();
    choice(own.map_or_else(|| base_scheme(shared), Ok)?, project.as_ref(), shared)
}

fn list(path: Option<&Path>, shared: &Shared, json: bool) -> Result<()> {
    let schemes = choice_at(path, shared)?;
    if json {
        let row = |(index, scheme): (usize, &LabelScheme)| {
            json!({
                "name": scheme.name,
                "in_use": index == 0,
                "labels": scheme.names().collect::<Vec<_>>(),
                "seed_terms": scheme.labels.iter().map(|label| label.seeds.len()).sum::<usize>(),
            })
        };
        let rows: Vec<_> = schemes.iter().enumerate().map(row).collect();
        return print(json!({ "schemes": rows }).to_string() + "\n");
    }
    let row = |(index, scheme): (usize, &LabelScheme)| {
        let names = scheme.names().collect::<Vec<_>>().join(", ");
        let mark = if index == 0 { '*' } else { ' ' };
        format!("{mark} {:<20}  {:>10}  {}\n", visible(&scheme.name), counted(scheme.len(), "label"), visible(&names))
    };
    print(schemes.iter().enumerate().map(row).collect::<String>())
}

fn show(name: Option<&str>, path: Option<&Path>, shared: &Shared) -> Result<()> {
    // One argument alone may be the notes, as everywhere else.
    let models = known_schemes(&source(shared))?;
    let scheme = |name: &str| models.iter().any(|scheme| scheme.name == name) || name.ends_with(".toml");
    let notes = |name: &str| Path::new(name).exists() && !scheme(name);
    let (name, path) = match (name, path) {
        (Some(name), None) if notes(name) => (None, Some(Path::new(name))),
        both => both,
    };
    let schemes = choice_at(path, shared)?;
    let scheme = match name {
        Some(name) => named_scheme(name, schemes.iter())?,
        None => schemes.into_iter().next().context("there is no label scheme")?,
    };
    print(write_scheme(&scheme))
}

/// What a new scheme file begins with.
const HEADING: &str = "\
# A label scheme for Chartmark. When it is as you want it:
#   chartmark scheme check FILE          tells what is wrong with it
#   chartmark scheme use FILE NOTES      gives these labels to the project of the notes
#
# A label needs a name; decisions belong to it. The others can be left out:
#   key          the letter that toggles it behind Space
#   color        #rrggbb
#   description  what to mark with it
#   seeds        terms that suggest it until it has been trained: words or phrases, in any case;
#                * at the end of a word stands for any ending
";

/// What an empty one goes on with.
const EXAMPLE: &str = "
# [[label]]
# name = \"drug\"
# key = \"d\"
# color = \"#e69f00\"
# description = \"Medicines by any name.\"
# seeds = [\"metformin\", \"aspirin*\", \"calcium channel blocker*\"]
";

fn init(from: &str, out: &Path, shared: &Shared) -> Result<()> {
    let name = out.file_stem().map_or_else(|| "labels".into(), |name| name.to_string_lossy().into_owned());
    let empty = LabelScheme { name: name.clone(), labels: Vec::new() };
    let text = match from {
        "empty" => write_scheme(&empty) + EXAMPLE,
        from => write_scheme(&LabelScheme { name, ..named_scheme(from, known_schemes(&source(shared))?.iter())? }),
    };
    let refused = || format!("{} can't be made; an existing file is never overwritten, name another with --out", out.display());
    let mut file = std::fs::File::create_new(out).with_context(refused)?;
    file.write_all(HEADING.as_bytes()).and_then(|()| write!(file, "\n{text}")).with_context(refused)?;
    tell(format_args!("{} is written; edit it, then `chartmark scheme use {0} NOTES`", out.display()));
    Ok(())
}

/// Changes a label, as the list of labels on the screen does.
fn change(arguments: &ChangeArguments, shared: &Shared) -> Result<()> {
    let screen::Opening { corpus, mut project, scheme } = screen::open_and_tell(arguments.path.as_deref(), shared)?;
    let own = |name: &String| name.clone();
    let asked = &arguments.change;
    let wanted = match (&asked.add, asked.rename.as_deref(), asked.merge.as_deref(), &asked.delete) {
        (Some(name), ..) => Some(Relabel::Add { name: own(name) }),
        (_, Some([label, name]), ..) => Some(Relabel::Rename { label: own(label), name: own(name) }),
        (_, _, Some([from, into]), _) => Some(Relabel::Merge { from: own(from), into: own(into) }),
        (.., Some(label)) => Some(Relabel::Delete { label: own(label) }),
        _ => None,
    };
    let done = match wanted {
        Some(wanted) => project.relabel(&scheme, &wanted, corpus.gold_labels())?,
        None => project.undo_relabel()?,
    };
    tell(visible(&done.said));
    Ok(project.close()?)
}

fn use_scheme(name: &str, path: Option<&Path>, shared: &Shared) -> Result<()> {
    if shared.scheme.is_some() {
        bail!(Usage("`scheme use` names the scheme itself; leave --scheme out".into()));
    }
    let screen::Opening { corpus, mut project, scheme: before } = screen::open_and_tell(path, shared)?;
    let asked = named_scheme(name, choice(before.clone(), Some(&project), shared)?.iter())?;
    let (scheme, gold) = screen::with_gold(&project, &asked, &corpus)?;
    let hidden = project.hidden_by(&scheme)?;
    if project.scheme()?.as_ref() != Some(&scheme) {
        project.set_scheme_with_gold(&scheme, gold)?;
    }
    let new: Vec<&str> = scheme.names().filter(|name| before.index(name).is_none()).collect();
    let gone: Vec<&str> = before.names().filter(|name| scheme.index(name).is_none()).collect();
    let place = project.path().display().to_string();
    tell(format_args!(
        "{place} has the labels of '{}' now: {}{}{}",
        scheme.name,
        scheme.len(),
        listed(", new: ", &new),
        listed(", gone: ", &gone)
    ));
    if scheme.len() > asked.len() {
        tell("labels that only the notes' own gold uses stay, behind the others");
    }
    if hidden != Hidden::default() {
        tell(format_args!("{hidden} and come back with labels of these names"));
    }
    Ok(project.close()?)
}

fn listed(lead: &str, names: &[&str]) -> String {
    if names.is_empty() { String::new() } else { format!("{lead}{}", names.join(", ")) }
}
