//! Frames as a picture: as SVG or HTML for documents, as ANSI text for terminals. Made from the very buffers that are drawn.

use std::fmt::Write;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

use crate::tui::theme::color::of_256;

mod html;
mod svg;

/// What the 16 colours look like in the picture.
const COLORS_16: [(u8, u8, u8); 16] = [
    (0x1c, 0x1f, 0x26),
    (0xd9, 0x5b, 0x5b),
    (0x4f, 0xae, 0x72),
    (0xc9, 0xa2, 0x3a),
    (0x3f, 0x6f, 0xc4),
    (0xb5, 0x6a, 0xc0),
    (0x3a, 0xa8, 0xb8),
    (0xc8, 0xcc, 0xd4),
    (0x80, 0x86, 0x92),
    (0xf0, 0x80, 0x68),
    (0x6f, 0xd0, 0x90),
    (0xe8, 0xd0, 0x60),
    (0x62, 0xa0, 0xf0),
    (0xd8, 0x94, 0xd8),
    (0x60, 0xd0, 0xe0),
    (0xff, 0xff, 0xff),
];

/// What the picture stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paper {
    /// The ground.
    pub ground: (u8, u8, u8),
    /// Text without a colour of its own.
    pub ink: (u8, u8, u8),
}

impl Paper {
    /// Light on dark.
    pub const DARK: Self = Self { ground: (0x14, 0x17, 0x1c), ink: (0xd6, 0xda, 0xe2) };
    /// Dark on light.
    pub const LIGHT: Self = Self { ground: (0xfb, 0xfb, 0xf9), ink: (0x26, 0x29, 0x2e) };
}

/// Fonts whose letters are all of one width, as CSS lists them; to be put between double quotes.
const FONTS: &str = "'DejaVu Sans Mono', Menlo, Consolas, 'Liberation Mono', monospace";

/// What a picture is made as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// An SVG document that needs nothing but a monospaced font.
    Svg,
    /// An HTML document.
    Html,
    /// Text with the terminal's own colour codes.
    Ansi,
}

/// Frames, one beneath the other, as a picture. Their texts must be fit for a terminal: what a terminal would obey, no
/// reader of pictures may be given.
#[derive(Debug)]
pub struct Picture {
    form: Form,
    paper: Paper,
    /// The frames that it has, as far as each is drawn by itself.
    body: String,
    columns: u16,
    rows: usize,
}

impl Picture {
    /// A picture without frames.
    pub fn new(form: Form, paper: Paper) -> Self {
        Self { form, paper, body: String::new(), columns: 0, rows: 0 }
    }

    /// Adds a frame at the bottom.
    pub fn add(&mut self, frame: &Buffer) {
        match self.form {
            Form::Svg => svg::rows(&mut self.body, frame, self.rows, self.paper),
            Form::Html => html::rows(&mut self.body, frame, self.paper),
            Form::Ansi => self.body.push_str(&ansi(frame)),
        }
        self.columns = self.columns.max(frame.area.width);
        self.rows += usize::from(frame.area.height);
    }

    /// Adds a row without anything.
    pub fn space(&mut self) {
        if self.form != Form::Svg {
            self.body.push('\n');
        }
        self.rows += 1;
    }

    /// Whether it has no row yet.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The whole picture, with a title for readers that show one.
    pub fn finish(self, title: &str) -> String {
        match self.form {
            Form::Svg => svg::document(&self.body, (self.columns, self.rows), self.paper, title),
            Form::Html => html::document(&self.body, self.paper, title),
            Form::Ansi => self.body,
        }
    }
}

/// What a run of cells has in common.
#[derive(Clone, Copy, PartialEq)]
struct Look {
    ink: (u8, u8, u8),
    ground: Option<(u8, u8, u8)>,
    modifiers: Modifier,
}

/// The frame as an SVG document that needs nothing but a monospaced font.
pub fn svg(frame: &Buffer, paper: Paper) -> String {
    let mut picture = Picture::new(Form::Svg, paper);
    picture.add(frame);
    picture.finish("")
}

/// The frame as text with the terminal's own colour codes, a line a row.
pub fn ansi(frame: &Buffer) -> String {
    let mut out = String::new();
    for row in 0..frame.area.height {
        let mut line = String::new();
        for (_, _, text, (ink, ground, modifiers)) in runs(frame, row, |cell| (cell.fg, cell.bg, cell.modifier)) {
            let mut codes = vec!["0".to_owned()];
            codes
                .extend(MODIFIERS.iter().filter(|(modifier, _)| modifiers.contains(*modifier)).map(|(_, code)| code.to_string()));
            codes.extend(code(ink, 30));
            codes.extend(code(ground, 40));
            let plain = codes.len() == 1;
            let _ = if plain { write!(line, "{text}") } else { write!(line, "\x1b[{}m{text}\x1b[0m", codes.join(";")) };
        }
        out.push_str(line.trim_end_matches(' '));
        out.push('\n');
    }
    out
}

/// The frame as plain text, a line a row, without blanks at the ends.
pub fn text(frame: &Buffer) -> String {
    let line = |row| runs(frame, row, |_| ()).map(|(_, _, text, ())| text).collect::<String>();
    (0..frame.area.height).map(|row| line(row).trim_end().to_owned() + "\n").collect()
}

const MODIFIERS: [(Modifier, u8); 6] = [
    (Modifier::BOLD, 1),
    (Modifier::DIM, 2),
    (Modifier::ITALIC, 3),
    (Modifier::UNDERLINED, 4),
    (Modifier::REVERSED, 7),
    (Modifier::CROSSED_OUT, 9),
];

/// The runs of a row whose cells look the same: first column, columns, text, look. A wide character ends its run, so
/// that fonts that draw it in another width don't push what follows aside.
fn runs<'a, L: PartialEq>(
    frame: &'a Buffer,
    row: u16,
    look: impl Fn(&Cell) -> L + 'a,
) -> impl Iterator<Item = (u16, u16, String, L)> + 'a {
    let (left, y, width) = (frame.area.x, frame.area.y + row, frame.area.width);
    let cell = move |column: u16| frame.cell((left + column, y));
    let mut column = 0;
    std::iter::from_fn(move || {
        let first = column;
        let begun = look(cell(first).filter(|_| first < width)?);
        let mut text = String::new();
        while let Some(next) = cell(column).filter(|next| column < width && look(next) == begun) {
            let wide = next.symbol().width() as u16 > 1;
            if wide && column > first {
                break;
            }
            text.push_str(next.symbol());
            column += (next.symbol().width() as u16).max(1);
            if wide {
                break;
            }
        }
        Some((first, column - first, text, begun))
    })
}

fn look(cell: &Cell, paper: Paper) -> Look {
    let (mut ink, mut ground) = (rgb(cell.fg).unwrap_or(paper.ink), rgb(cell.bg));
    if cell.modifier.contains(Modifier::REVERSED) {
        (ink, ground) = (ground.unwrap_or(paper.ground), Some(ink));
    }
    Look { ink, ground, modifiers: cell.modifier - Modifier::REVERSED }
}

/// `text` as it stands in SVG and HTML, between tags or quotes.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

fn rgb(color: Color) -> Option<(u8, u8, u8)> {
    match color {
        Color::Rgb(red, green, blue) => Some((red, green, blue)),
        Color::Indexed(index) if index >= 16 => Some(of_256(index)),
        other => number(other).map(|number| COLORS_16[usize::from(number) % 16]),
    }
}

/// The number of one of the 16 colours.
fn number(color: Color) -> Option<u8> {
    let order = [
        Color::Black,
        Color::Red,
        Color::Green,
        Color::Yellow,
        Color::Blue,
        Color::Magenta,
        Color::Cyan,
        Color::Gray,
        Color::DarkGray,
        Color::LightRed,
        Color::LightGreen,
        Color::LightYellow,
        Color::LightBlue,
        Color::LightMagenta,
        Color::LightCyan,
        Color::White,
    ];
    match color {
        Color::Indexed(index @ 0..16) => Some(index),
        _ => order.iter().position(|&other| other == color).map(|number| number as u8),
    }
}

/// The code that sets a colour; `base` is 30 for text, 40 for the ground.
fn code(color: Color, base: u8) -> Option<String> {
    match color {
        Color::Rgb(red, green, blue) => Some(format!("{};2;{red};{green};{blue}", base + 8)),
        Color::Indexed(index) => Some(format!("{};5;{index}", base + 8)),
        other => number(other).map(|number| if number < 8 { base + number } else { base + 52 + number }.to_string()),
    }
}

fn hex((red, green, blue): (u8, u8, u8)) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    fn frame() -> Buffer {
        let mut frame = Buffer::empty(Rect::new(0, 0, 12, 2));
        frame.set_string(0, 0, "a<b", Style::new().fg(Color::Rgb(1, 2, 3)).add_modifier(Modifier::BOLD));
        frame.set_string(4, 0, "血x", Style::new());
        frame.set_string(0, 1, "on", Style::new().fg(Color::LightRed).add_modifier(Modifier::REVERSED));
        frame
    }

    #[test]
    fn text_is_what_stands_there() {
        assert_eq!(text(&frame()), "a<b 血x\non\n");
    }

    #[test]
    fn ansi_colours_each_run_and_leaves_nothing_switched_on() {
        assert_eq!(ansi(&frame()), "\u{1b}[0;1;38;2;1;2;3ma<b\u{1b}[0m 血x\n\u{1b}[0;7;91mon\u{1b}[0m\n");
    }

    #[test]
    fn svg_is_well_formed_and_keeps_every_run_in_its_columns() {
        let picture = svg(&frame(), Paper::DARK);
        assert!(picture.contains("font-weight=\"bold\">a&lt;b</text>") && picture.contains("fill=\"#010203\""), "{picture}");
        // The wide character has two columns, and what follows begins at the seventh whatever the font makes of it.
        assert!(picture.contains("<text x=\"62.4\""), "{picture}");
        // Reversed: the ground takes the colour of the text.
        assert!(picture.contains(&format!("fill=\"{}\"/>\n<text", hex(COLORS_16[9]))), "{picture}");
        assert_eq!(picture.matches("<text").count(), picture.matches("</text>").count());
        // Words begin where their cells do, whatever a font makes of the blanks; lines and blocks need no font.
        let mut frame = Buffer::empty(Rect::new(0, 0, 12, 1));
        frame.set_string(0, 0, "ab  cd━━━▎e", Style::new());
        let picture = svg(&frame, Paper::DARK);
        for element in ["<text x=\"12 20.4\"", "<text x=\"45.6 54\"", "M62.4 21L87.6 21", "<rect x=\"87.6\"", ">e</text>"] {
            assert!(picture.contains(element), "{element} in {picture}");
        }
    }
}
