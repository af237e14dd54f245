//! `chartmark agreement`: how far annotators agree, and where they don't.

mod gathering;
mod report;
mod sources;
mod table;

use anyhow::{Result, bail};

use self::gathering::{Compared, Gathering};
use self::report::Report;
use self::sources::{Kind, sources};
use super::args::{AgreementArguments, Shared};
use super::progress::Bar;
use super::tell::{print, tell};

/// Compares what annotators have decided on the same words.
///
/// # Errors
/// When a project or gold can't be read, or no two annotators have decided anything in common.
pub fn run(arguments: &AgreementArguments, shared: &Shared) -> Result<()> {
    let sources = sources(&arguments.paths, shared)?;
    let mut gathering = Gathering::new(arguments.no_bulk);
    let mut bar = Bar::new();
    for source in &sources {
        match &source.kind {
            Kind::Project(place) => gathering.add_project(place, &source.name, shared, &mut bar)?,
            Kind::Gold(corpus) => gathering.add_gold(corpus, &source.name)?,
        }
    }
    bar.finish();
    let compared = gathering.finish();
    let names: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
    tell_left_out(&compared);
    check(&compared, &names.join(", "))?;
    let report = Report::of(&compared, arguments.limit);
    remark(&report);
    match arguments.json {
        true => print(serde_json::to_string(&report)? + "\n"),
        false => print(table::of(&report)),
    }
}

/// Says what is missing where nothing can be compared.
fn check(compared: &Compared, names: &str) -> Result<()> {
    const HOW: &str = "let a second annotator label the same notes with `chartmark NOTES --annotator NAME --project NAME.db`, \
                       predictions hidden with the key B, and name both projects here; nothing was changed";
    let raters: Vec<&str> = compared.deciding().map(|rater| rater.name.as_str()).collect();
    match &raters[..] {
        [] => bail!("nothing is decided in {names} yet, so there is nothing to compare: {HOW}"),
        [one] => bail!("all that is decided in {names} was decided by {one}, and it takes two to agree: {HOW}"),
        raters if compared.words.is_empty() => {
            bail!(
                "no two of {} have decided the same label on the same word, so there is nothing to compare; notes are the same \
                 where both name and text are, labels where their names are. Nothing was changed",
                raters.join(", ")
            )
        }
        _ => Ok(()),
    }
}

/// Says which notes have other texts elsewhere.
fn tell_left_out(compared: &Compared) {
    if let Some(first) = compared.other_texts.first() {
        let (notes, which) = match compared.other_texts.len() {
            1 => ("1 note has other texts in other projects, and was".to_owned(), ":"),
            count => (format!("{count} notes have other texts in other projects, and were"), ", the first being"),
        };
        tell(format_args!("{notes} left out where these differ{which} {first}"));
    }
}

/// Says on standard error what the figures don't tell.
fn remark(report: &Report<'_>) {
    if report.has_neighbours() {
        tell(
            "some have worked in one project, each seeing what the other had decided; what the second left as it was is no \
             decision of hers, so that agreement looks lower than it is. Give each annotator a project of their own (--project)",
        );
    }
    let alone = report.not_compared();
    if !alone.is_empty() {
        tell(format_args!("no two have decided anything in common of {}", alone.join(", ")));
    }
    if report.sets.words == 0 {
        tell("no two have decided all of these labels on one word, so that whole label sets can't be compared");
    }
}
