//! Which flags of `train` go with which scope, and with a project.

use anyhow::{Result, bail};

use crate::cli::args::ScopeArgument::{self, Encoder, Head, Thresholds};
use crate::cli::args::TrainArguments;
use crate::cli::tell::Usage;

/// Refuses a flag that was typed and would change nothing under the scope: who typed it expects that it does.
///
/// # Errors
/// When there is one.
pub fn fit(arguments: &TrainArguments) -> Result<()> {
    // Another scope without gold is told to give some.
    if arguments.gold.is_empty() && arguments.scope == Head {
        return fit_project(arguments);
    }
    let strange = typed(arguments).into_iter().find(|(_, given, scopes)| *given && !scopes.contains(&arguments.scope));
    let Some((flag, _, scopes)) = strange else { return Ok(()) };
    let scopes: Vec<String> = scopes.iter().map(|&scope| format!("--scope {}", name(scope))).collect();
    let (own, theirs) = (name(arguments.scope), scopes.join(" and "));
    bail!(Usage(format!(
        "{flag} belongs to {theirs} and would change nothing under --scope {own}; leave it out. Nothing was trained"
    )))
}

/// A project is trained as the screen trains it.
fn fit_project(arguments: &TrainArguments) -> Result<()> {
    let gold = [("--base", arguments.base.is_some()), ("--out", arguments.out.is_some())];
    let mut flags = typed(arguments).into_iter().map(|(flag, given, _)| (flag, given)).chain(gold);
    let Some((flag, _)) = flags.find(|(_, given)| *given) else { return Ok(()) };
    bail!(Usage(format!(
        "{flag} would change nothing: a project's own training takes no such settings. Leave it out, or give --gold FILE, which \
         does. Nothing was trained"
    )))
}

/// The flags that not every scope has: whether each was typed, and where it belongs. None of them has a default.
fn typed(arguments: &TrainArguments) -> [(&'static str, bool, &'static [ScopeArgument]); 12] {
    // What shapes a fit: calibration and thresholds have one answer, and need none of it.
    let fits: &[ScopeArgument] = &[Head, Encoder];
    [
        ("--dev", !arguments.dev.is_empty(), fits),
        ("--epochs", arguments.epochs.is_some(), fits),
        ("--lr", arguments.lr.is_some(), fits),
        ("--batch", arguments.batch.is_some(), fits),
        ("--pooling", arguments.pooling.is_some(), fits),
        ("--seed", arguments.seed.is_some(), fits),
        ("--dropout", arguments.dropout.is_some(), &[Encoder]),
        ("--mask", arguments.mask.is_some(), &[Encoder]),
        ("--layer-decay", arguments.layer_decay.is_some(), &[Encoder]),
        ("--fresh-heads", arguments.fresh_heads, &[Encoder]),
        ("--head", arguments.head.is_some(), &[Head]),
        ("--tune", arguments.tune, &[Head]),
    ]
}

/// The scope as it is typed.
fn name(scope: ScopeArgument) -> &'static str {
    match scope {
        Head => "head",
        Encoder => "encoder",
        Thresholds => "thresholds",
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::args::{Arguments, Command};

    fn parsed(call: &str) -> TrainArguments {
        let arguments = Arguments::try_parse_from(format!("chartmark train {call}").split_whitespace()).unwrap();
        match arguments.command {
            Some(Command::Train(train)) => train,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_flag_of_another_scope_is_refused_by_name() {
        let fits = ["--dev d", "--epochs 3", "--lr 1e-3", "--batch 8", "--pooling first", "--seed 1"];
        let encoder = ["--dropout 0.1", "--mask 0.1", "--layer-decay 0.9", "--fresh-heads"];
        let head = ["--head linear", "--tune"];
        for (scope, own, strange) in [
            ("head", [&fits[..], &head].concat(), encoder.to_vec()),
            ("encoder", [&fits[..], &encoder].concat(), head.to_vec()),
            ("thresholds", Vec::new(), [&fits[..], &encoder, &head].concat()),
        ] {
            for flag in own {
                assert!(fit(&parsed(&format!("--gold g --scope {scope} {flag}"))).is_ok(), "{scope} {flag}");
            }
            for flag in strange {
                let error = fit(&parsed(&format!("--gold g --scope {scope} {flag}"))).unwrap_err();
                let (said, name) = (error.to_string(), flag.split(' ').next().unwrap());
                assert!(
                    error.is::<Usage>() && said.starts_with(name) && said.contains(&format!("under --scope {scope};")),
                    "{said}"
                );
            }
        }
    }

    #[test]
    fn a_projects_training_takes_no_settings() {
        let flags =
            ["--dev d", "--epochs 3", "--lr 1e-3", "--batch 8", "--pooling first", "--seed 1", "--dropout 0.1", "--mask 0.1"];
        let more = ["--layer-decay 0.9", "--fresh-heads", "--head linear", "--tune", "--base b", "--out o"];
        for flag in flags.into_iter().chain(more) {
            let said = fit(&parsed(&format!("notes {flag}"))).unwrap_err();
            let name = flag.split(' ').next().unwrap();
            assert!(
                said.is::<Usage>() && said.to_string().starts_with(name) && said.to_string().contains("--gold FILE"),
                "{said}"
            );
        }
        assert!(fit(&parsed("notes --scope head")).is_ok() && fit(&parsed("")).is_ok());
    }

    #[test]
    fn the_commands_that_are_written_down_pass() {
        let told =
            [include_str!("../../../README.md"), include_str!("../../../assets/model/README.md"), crate::cli::examples::TRAIN];
        let lines = told.iter().flat_map(|text| text.lines()).filter_map(|line| line.trim().strip_prefix("chartmark train "));
        // What a line says behind two spaces, or behind a #, is no part of the command; BOTH stands for two pairs of files.
        let calls = lines.map(|line| line.split("  ").next().unwrap_or(line).split('#').next().unwrap_or(line));
        let calls: Vec<String> = calls.map(|call| call.replace("BOTH", "--gold a --dev b --gold c --dev d")).collect();
        assert!(calls.len() > 10, "{calls:?}");
        for call in calls {
            assert!(fit(&parsed(&call)).is_ok(), "{call}");
        }
    }
}
