//! `chartmark render`: notes with their labels as a picture.

mod screen;

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};

use super::args::{RenderArguments, Shared, Size};
use super::own::Own;
use super::predict::{check_output, missing, output};
use super::progress::Bar;
use super::setup::load_model;
use super::source::{Source, head_of, open_sources};
use super::tell::{Usage, tell};
use crate::domain::visible;
use crate::head::Head;
use crate::inference::Model;
use crate::tokenization::segment;
use crate::tui::picture::{Form, Paper, Picture};
use crate::tui::theme::Theme;
use crate::tui::view::{Labelled, sheet};

/// Draws the documents of the path, as the screen shows them.
///
/// # Errors
/// When the model, the path or its project can't be used, there is no document of the name, or the output can't be
/// written. Documents that can't be read are told on standard error, the others are drawn, and the command fails at the
/// end.
pub fn run(arguments: &RenderArguments, shared: &Shared, own: &Own) -> Result<()> {
    check_output(arguments.out.as_deref(), &arguments.path.iter().map(|path| &**path).collect::<Vec<_>>())?;
    if let Some(Size(columns, rows)) = arguments.screen {
        let mut picture = Picture::new(form(arguments), paper(arguments));
        screen::draw(&mut picture, arguments, (columns, rows), &theme(arguments, own), shared)?;
        return write(&picture.finish("The screen of Chartmark"), arguments);
    }
    let Some(path) = &arguments.path else { bail!(Usage("name the notes to draw".into())) };
    let sources = open_sources(std::slice::from_ref(path), shared)?;
    let wanted = wanted(&sources, path, arguments)?;
    let model = load_model(shared)?;
    let (head, notice) = head_of(&sources, &model, shared)?;
    notice.iter().for_each(tell);
    let (theme, scheme) = (theme(arguments, own), Arc::new(head.meta.scheme.clone()));
    let mut picture = Picture::new(form(arguments), paper(arguments));
    let (mut bar, mut failed) = (Bar::new(), 0);
    for (at, &(source, index)) in wanted.iter().enumerate() {
        match labelled(source, index, &model, &head) {
            Ok(note) => {
                let note = if arguments.blank { note.blanked() } else { note };
                if !picture.is_empty() {
                    picture.space();
                }
                sheet(note, &scheme, &theme, arguments.width).iter().for_each(|frame| picture.add(frame));
            }
            Err(error) => {
                bar.line(&format!("chartmark: {}", visible(&format!("{error:#}"))));
                failed += 1;
            }
        }
        bar.set(at + 1, wanted.len(), "documents");
    }
    bar.finish();
    write(&picture.finish(&title(&wanted, arguments)), arguments)?;
    missing(failed)
}

fn write(picture: &str, arguments: &RenderArguments) -> Result<()> {
    let mut out = output(arguments.out.as_deref())?;
    out.write_all(picture.as_bytes()).and_then(|()| out.flush()).context("the output could not be written")
}

fn paper(arguments: &RenderArguments) -> Paper {
    if arguments.dark { Paper::DARK } else { Paper::LIGHT }
}

/// A document with what is decided and predicted.
fn labelled(source: &Source, index: usize, model: &Model, head: &Head) -> Result<Labelled> {
    let document = source.corpus.load(index)?.document;
    let words = segment(&document.text);
    let annotations = source.annotations(&document, &words, &head.meta.scheme)?;
    let predictions =
        model.predict(head, &document.text, &words).with_context(|| format!("{} can't be labelled", document.id))?;
    Ok(Labelled { document, words, annotations, predictions, thresholds: head.meta.thresholds.as_slice().into() })
}

fn form(arguments: &RenderArguments) -> Form {
    match arguments {
        RenderArguments { svg: true, .. } => Form::Svg,
        RenderArguments { html: true, .. } => Form::Html,
        _ => Form::Ansi,
    }
}

/// What the picture is called: by its document's name, unless nothing may be told of it.
fn title(wanted: &[(&Source, usize)], arguments: &RenderArguments) -> String {
    let name = match wanted {
        _ if arguments.blank => None,
        [(source, index)] => source.corpus.id(*index).map(ToString::to_string),
        [(source, _), ..] => Some(source.corpus.name().to_owned()),
        [] => None,
    };
    name.map_or_else(|| "Labelled note".to_owned(), |name| visible(&name).replace(['\n', '\t'], " "))
}

/// The documents to draw.
fn wanted<'a>(sources: &'a [Source], path: &Path, arguments: &RenderArguments) -> Result<Vec<(&'a Source, usize)>> {
    let all = sources.iter().flat_map(|source| (0..source.corpus.len()).map(move |index| (source, index)));
    let id = |(source, index): &(&'a Source, usize)| source.corpus.id(*index);
    let Some(name) = &arguments.document else { return Ok(all.collect()) };
    let found: Vec<_> = all.clone().filter(|place| id(place).is_some_and(|id| id.as_str() == name)).collect();
    if found.is_empty() {
        let first = all.clone().next().and_then(|place| id(&place)).map_or_else(String::new, |id| format!(", such as '{id}'"));
        bail!("there is no document '{name}' in {}; the queue on the screen shows their names{first}", path.display());
    }
    Ok(found)
}

/// The colours: for a picture those of its paper, else those of this terminal.
fn theme(arguments: &RenderArguments, own: &Own) -> Theme {
    if arguments.ansi {
        let (theme, problems) = own.theme();
        problems.iter().for_each(tell);
        return theme;
    }
    let backdrop = if arguments.dark { "15;0" } else { "0;15" };
    Theme::detect(|name| match name {
        "COLORTERM" => Some("truecolor".to_owned()),
        "COLORFGBG" => Some(backdrop.to_owned()),
        _ => None,
    })
}
