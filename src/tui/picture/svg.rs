//! Frames as SVG: a text element for each word, every letter of it in its column whatever the font is, and figures for lines and
//! blocks, which fonts draw with gaps or not at all.

use std::fmt::Write;

use ratatui::buffer::Buffer;
use ratatui::style::Modifier;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{FONTS, Look, Paper, escaped, hex, look, runs};

/// Size of a cell and of the margin, in SVG units.
const CELL: (f32, f32) = (8.4, 18.0);
const MARGIN: f32 = 12.0;

/// Draws the rows of a frame that begins at row `from` of the picture.
pub(super) fn rows(out: &mut String, frame: &Buffer, from: usize, paper: Paper) {
    for row in 0..frame.area.height {
        for (column, cells, text, look) in runs(frame, row, |cell| look(cell, paper)) {
            run(out, from + usize::from(row), column, cells, &text, look, paper);
        }
    }
}

/// The document around rows of so many columns.
pub(super) fn document(body: &str, (columns, rows): (u16, usize), paper: Paper, title: &str) -> String {
    let width = f32::from(columns) * CELL.0 + 2.0 * MARGIN;
    let height = rows as f32 * CELL.1 + 2.0 * MARGIN;
    let title = if title.is_empty() { String::new() } else { format!("<title>{}</title>\n", escaped(title)) };
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
         height=\"{height:.0}\">\n{title}<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{}\"/>\n<g \
         font-family=\"{FONTS}\" font-size=\"14\" fill=\"{}\" shape-rendering=\"crispEdges\">\n{body}</g>\n</svg>\n",
        hex(paper.ground),
        hex(paper.ink)
    )
}

fn run(out: &mut String, row: usize, column: u16, cells: u16, text: &str, look: Look, paper: Paper) {
    let place = Place { x: MARGIN + f32::from(column) * CELL.0, y: MARGIN + row as f32 * CELL.1 };
    if let Some(ground) = look.ground {
        rectangle(out, place, (f32::from(cells) * CELL.0, CELL.1), &format!(" fill=\"{}\"", hex(ground)));
    }
    let ink = if look.ink == paper.ink { String::new() } else { hex(look.ink) };
    let dim = if look.modifiers.contains(Modifier::DIM) { " opacity=\"0.6\"" } else { "" };
    let mut at = 0;
    for piece in pieces(text) {
        let columns = piece.width() as u16;
        let place = Place { x: place.x + f32::from(at) * CELL.0, ..place };
        at += columns;
        match shape(piece) {
            _ if piece.starts_with(' ') => {}
            Some(shape) => drawn(out, place, columns, &shape, &format!("{}{dim}", color_of(&shape, &ink, paper))),
            None => word(out, place, columns, piece, look, &ink, dim),
        }
    }
}

/// The upper left corner of a cell.
#[derive(Clone, Copy)]
struct Place {
    x: f32,
    y: f32,
}

/// What is drawn as a figure: a font need not have it, and hardly any joins it without gaps.
enum Shape {
    /// Lines through the whole stretch where one sign stands many times.
    Lines {
        /// From where to where, in hundredths of the stretch.
        lines: &'static [[u8; 4]],
        thick: f32,
        dashes: Option<(f32, f32)>,
    },
    /// A block: left, top, right and bottom in hundredths of a cell.
    Block([u8; 4]),
}

/// The figure of a sign, or of the same sign many times over.
fn shape(piece: &str) -> Option<Shape> {
    let sign = piece.chars().next()?;
    let lines = |lines, thick| Shape::Lines { lines, thick, dashes: None };
    Some(match sign {
        '─' => lines(&[[0, 50, 100, 50]], 1.0),
        '━' => lines(&[[0, 50, 100, 50]], 2.2),
        '═' => lines(&[[0, 44, 100, 44], [0, 57, 100, 57]], 1.0),
        '┄' => Shape::Lines { lines: &[[0, 50, 100, 50]], thick: 1.0, dashes: Some((1.7, 1.1)) },
        '│' => lines(&[[50, 0, 50, 100]], 1.0),
        '┿' => lines(&[[50, 0, 50, 100], [0, 50, 100, 50]], 1.6),
        '┌' | '╭' => lines(&[[50, 50, 100, 50], [50, 50, 50, 100]], 1.0),
        '┐' | '╮' => lines(&[[0, 50, 50, 50], [50, 50, 50, 100]], 1.0),
        '╰' => lines(&[[50, 0, 50, 50], [50, 50, 100, 50]], 1.0),
        '╯' => lines(&[[50, 0, 50, 50], [0, 50, 50, 50]], 1.0),
        '├' => lines(&[[50, 0, 50, 100], [50, 50, 100, 50]], 1.0),
        '▁'..='█' => {
            let eighths = sign as u32 - '▁' as u32 + 1;
            Shape::Block([0, 100 - (eighths * 25 / 2) as u8, 100, 100])
        }
        '▎' => Shape::Block([0, 0, 25, 100]),
        '▐' => Shape::Block([50, 0, 100, 100]),
        _ => return None,
    })
}

/// How a figure takes its colour: lines are stroked, blocks are filled.
fn color_of(shape: &Shape, ink: &str, paper: Paper) -> String {
    match shape {
        Shape::Lines { .. } => format!(" stroke=\"{}\"", if ink.is_empty() { hex(paper.ink) } else { ink.to_owned() }),
        Shape::Block(_) if ink.is_empty() => String::new(),
        Shape::Block(_) => format!(" fill=\"{ink}\""),
    }
}

fn drawn(out: &mut String, place: Place, columns: u16, shape: &Shape, style: &str) {
    let part = |share: u8| f32::from(share) / 100.0;
    let width = f32::from(columns) * CELL.0;
    match *shape {
        Shape::Lines { lines, thick, dashes } => {
            let mut path = String::new();
            for &[x1, y1, x2, y2] in lines {
                let (x1, x2) = (place.x + part(x1) * width, place.x + part(x2) * width);
                let (y1, y2) = (place.y + part(y1) * CELL.1, place.y + part(y2) * CELL.1);
                let _ = write!(path, "M{} {}L{} {}", number(x1), number(y1), number(x2), number(y2));
            }
            let dashes = dashes.map(|(on, off)| format!(" stroke-dasharray=\"{on} {off}\"")).unwrap_or_default();
            let thick = if thick == 1.0 { String::new() } else { format!(" stroke-width=\"{thick}\"") };
            let _ = writeln!(out, "<path d=\"{path}\" fill=\"none\"{style}{thick}{dashes}/>");
        }
        Shape::Block([left, top, right, bottom]) => {
            let corner = Place { x: place.x + part(left) * width, y: place.y + part(top) * CELL.1 };
            rectangle(out, corner, (part(right - left) * width, part(bottom - top) * CELL.1), style);
        }
    }
}

fn rectangle(out: &mut String, Place { x, y }: Place, (width, height): (f32, f32), style: &str) {
    let [x, y, width, height] = [x, y, width, height].map(number);
    let _ = writeln!(out, "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"{style}/>");
}

/// A word, held to its columns: whatever the font, nothing is pushed aside.
fn word(out: &mut String, Place { x, y }: Place, columns: u16, text: &str, look: Look, ink: &str, dim: &str) {
    let mut style = if ink.is_empty() { String::new() } else { format!(" fill=\"{ink}\"") };
    for (modifier, attribute) in [
        (Modifier::BOLD, " font-weight=\"bold\""),
        (Modifier::ITALIC, " font-style=\"italic\""),
        (Modifier::UNDERLINED, " text-decoration=\"underline\""),
    ] {
        style.push_str(if look.modifiers.contains(modifier) { attribute } else { "" });
    }
    let y = number(y + CELL.1 * 0.74);
    // A place for each letter is what every reader of SVG keeps to; it counts characters, so that only where each has a
    // column of its own it says what is meant.
    let single = text.chars().count() == usize::from(columns) && text.chars().all(|c| c.width() == Some(1));
    let places = if single {
        let letters = (0..columns).map(|column| number(x + f32::from(column) * CELL.0));
        format!("x=\"{}\" y=\"{y}\"", letters.collect::<Vec<_>>().join(" "))
    } else {
        let length = number(f32::from(columns) * CELL.0);
        format!("x=\"{}\" y=\"{y}\" textLength=\"{length}\" lengthAdjust=\"spacingAndGlyphs\"", number(x))
    };
    let _ = writeln!(out, "<text {places}{style}{dim}>{}</text>", escaped(text));
}

/// A length as short as it can be told to a tenth.
fn number(length: f32) -> String {
    let told = format!("{length:.1}");
    told.strip_suffix(".0").map_or(told.clone(), str::to_owned)
}

/// Words, blanks, and stretches of one sign that is drawn as a figure.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    /// What stands together: all blanks, a sign with its like, all else.
    fn kind(cluster: &str) -> &str {
        let spread = matches!(cluster, "─" | "━" | "═" | "┄");
        if cluster == " " || spread || shape(cluster).is_some() { cluster } else { "" }
    }
    let mut rest = text;
    std::iter::from_fn(move || {
        let mut clusters = rest.grapheme_indices(true);
        let (_, first) = clusters.next()?;
        let joins = kind(first).is_empty() || matches!(first, " " | "─" | "━" | "═" | "┄");
        let end = clusters.find(|(_, other)| !joins || kind(other) != kind(first)).map_or(rest.len(), |(at, _)| at);
        let (piece, after) = rest.split_at(end);
        rest = after;
        Some(piece)
    })
}
