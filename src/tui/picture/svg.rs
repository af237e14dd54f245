//! Frames as SVG: a text element for each run of cells that look the same, held to its columns whatever the font is.

use std::fmt::Write;

use ratatui::buffer::Buffer;
use ratatui::style::Modifier;
use unicode_width::UnicodeWidthStr;

use super::{FONTS, Look, Paper, escaped, hex, look, runs};

/// Size of a cell and of the margin, in SVG units.
const CELL: (f32, f32) = (8.43, 18.0);
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
         font-family=\"{FONTS}\" font-size=\"14\" fill=\"{}\" xml:space=\"preserve\">\n{body}</g>\n</svg>\n",
        hex(paper.ground),
        hex(paper.ink)
    )
}

fn run(out: &mut String, row: usize, column: u16, cells: u16, text: &str, look: Look, paper: Paper) {
    let (x, y) = (MARGIN + f32::from(column) * CELL.0, MARGIN + row as f32 * CELL.1);
    let width = f32::from(cells) * CELL.0;
    if let Some(ground) = look.ground {
        let _ = writeln!(
            out,
            "<rect x=\"{x:.2}\" y=\"{y:.2}\" width=\"{width:.2}\" height=\"{}\" fill=\"{}\"/>",
            CELL.1,
            hex(ground)
        );
    }
    // Blanks at the ends would be stretched with the text.
    let lead = text.len() - text.trim_start_matches(' ').len();
    let inked = text.trim_matches(' ');
    if inked.is_empty() {
        return;
    }
    let x = x + lead as f32 * CELL.0;
    let length = f32::from(inked.width() as u16) * CELL.0;
    let mut style = String::new();
    if look.ink != paper.ink {
        let _ = write!(style, " fill=\"{}\"", hex(look.ink));
    }
    let has = |modifier| look.modifiers.contains(modifier);
    for (modifier, attribute) in [
        (Modifier::BOLD, " font-weight=\"bold\""),
        (Modifier::ITALIC, " font-style=\"italic\""),
        (Modifier::UNDERLINED, " text-decoration=\"underline\""),
        (Modifier::DIM, " opacity=\"0.6\""),
    ] {
        style.push_str(if has(modifier) { attribute } else { "" });
    }
    let _ = writeln!(
        out,
        "<text x=\"{x:.2}\" y=\"{:.2}\" textLength=\"{length:.2}\" lengthAdjust=\"spacingAndGlyphs\"{style}>{}</text>",
        y + CELL.1 * 0.74,
        escaped(inked)
    );
}
