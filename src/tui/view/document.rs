//! The note: its lines, each with the lanes of its labels beneath, the cursor, the selection and search hits.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::comments;
use super::lane::{self, LaneCell, Mark, Sign, cells, height, marks, rows};
use super::look::strongest;
use super::paint::Pen;
use super::tag::{self, Part};
use crate::domain::{Anchor, WordState};
use crate::store::protocol::ReviewState;
use crate::tui::layout::{Glyph, Ground};
use crate::tui::panes::Panes;
use crate::tui::state::{OpenDocument, Reading, State};
use crate::tui::theme::Theme;

/// What stands left of a line on which every word is decided.
pub(super) const SETTLED: &str = "▎";

/// Draws the document pane.
pub(super) fn draw(state: &State, theme: &Theme, panes: &Panes, buffer: &mut Buffer) {
    match &state.open {
        Some(open) => {
            title(state, open, theme, panes.document, buffer);
            let names = if open.reading == Reading::Tags { tag::short_names(&state.scheme) } else { Vec::new() };
            let painter = Painter { state, open, theme, labels: theme.labels(&state.scheme), names };
            painter.page(panes.text, buffer);
        }
        None => empty(state, theme, panes.document, buffer),
    }
}

fn title(state: &State, open: &OpenDocument, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let entry = state.queue.rows.get(open.index).map(|row| row.entry).unwrap_or_default();
    let words = open.words.alphanumeric();
    let review = match ReviewState::new(open.annotations.disposition, entry.decided) {
        ReviewState::New if open.annotations.imported.is_some() => "new, with gold",
        ReviewState::New => "new",
        ReviewState::Started => "started",
        ReviewState::Done => "✓ done",
        ReviewState::Skipped => "» skipped",
        ReviewState::Discuss => "! to be discussed",
    };
    let alone = open
        .reading
        .focus()
        .and_then(|label| state.scheme.labels.get(label).zip(theme.labels(&state.scheme).get(label).copied()));
    let alone = alone.map(|(label, style)| (format!(" only {} {}", super::key_sign(label.key), label.name), style));
    let noted = if open.annotations.comments.contains_key(&Anchor::Document) {
        format!(" · {} ", comments::COMMENT)
    } else {
        " ".to_owned()
    };
    // In a narrow pane the note's name needs the room.
    let order = match open.right_to_left {
        true if area.width >= 90 => " · right-to-left words in logical order",
        true => " · logical order",
        false => "",
    };
    let facts = format!(" {words} words{order} · {review}{noted}");
    let keep = super::paint::columns(&facts) + alone.as_ref().map_or(0, |(alone, _)| super::paint::columns(alone) + 2);
    let mut pen = Pen::new(buffer, area, 0);
    let name = pen.room().saturating_sub(keep + 3);
    pen.skip(1).put_in(open.document.id.as_str(), name, theme.strong()).skip(1);
    pen.rule("─", keep, theme.quiet());
    if let Some((alone, style)) = alone {
        pen.put(&alone, style.add_modifier(Modifier::BOLD)).put(" ·", theme.quiet());
    }
    pen.put(&facts, theme.quiet());
}

fn empty(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let opening = state.opening.and_then(|opening| state.queue.rows.get(opening.document));
    let sentence = match opening {
        Some(row) => format!("Opening {} …", row.name),
        None if state.queue.rows.is_empty() => "There is no note here.".to_owned(),
        None => "Opening …".to_owned(),
    };
    Pen::new(buffer, area, 0).skip(1).rule("─", 1, theme.quiet());
    Pen::new(buffer, area, 2).skip(2).put(&sentence, theme.quiet());
}

/// Every line of the open document with its lanes, each on a frame of its own, `width` columns wide with one free at either
/// side. The document's layout must be two columns narrower.
pub(super) fn strips(state: &State, theme: &Theme, width: u16) -> Vec<Buffer> {
    let Some(open) = &state.open else { return Vec::new() };
    let painter = Painter { state, open, theme, labels: theme.labels(&state.scheme), names: Vec::new() };
    let strip = |line: usize| {
        let marks = marks(open, line);
        let mut strip = Buffer::empty(Rect::new(0, 0, width, rows(open, line) as u16));
        painter.line(line, &marks, Rect { x: 1, width: width.saturating_sub(2), ..strip.area }, &mut strip);
        strip
    };
    (0..open.layout.lines().len()).map(strip).collect()
}

/// The rows of the screen that the word under the cursor stands on, with its lanes.
pub(super) fn cursor_rows(open: &OpenDocument, panes: &Panes) -> Option<Range<u16>> {
    let word = open.word()?;
    let first = open.layout.line_of(word);
    let end = open.words.get(word)?.end;
    let more = open.layout.lines()[first + 1..].iter().take_while(|line| line.bytes.start < end).count();
    let high = |lines: Range<usize>| lines.map(|line| rows(open, line)).sum::<usize>() as u16;
    let top = panes.text.y.saturating_add(high(open.page(panes.text.height).start..first));
    Some(top..top.saturating_add(high(first..first + 1 + more)).min(panes.text.bottom()))
}

/// The tag that is being drawn.
#[derive(Default)]
struct Tagged {
    word: Option<usize>,
    columns: Vec<tag::Column>,
}

/// Draws the lines of one document.
struct Painter<'a> {
    state: &'a State,
    open: &'a OpenDocument,
    theme: &'a Theme,
    labels: Vec<Style>,
    /// Short names of the labels, where the note is read with tags.
    names: Vec<String>,
}

impl Painter<'_> {
    fn page(&self, text: Rect, buffer: &mut Buffer) {
        let text = text.intersection(buffer.area);
        let open = self.open;
        let lines = open.layout.lines().len();
        // What is to be said of a line tells how high it is: that is looked up once.
        let known = RefCell::new(BTreeMap::new());
        let rows = |line: usize| height(open, known.borrow_mut().entry(line).or_insert_with(|| marks(open, line)));
        let page = open.page_by(text.height, rows);
        let mut known = known.into_inner();
        let mut y = text.y;
        for line in page.clone() {
            let marks = known.remove(&line).unwrap_or_else(|| marks(open, line));
            let rows = (height(open, &marks) as u16).min(text.bottom().saturating_sub(y));
            self.line(line, &marks, Rect { y, height: rows, ..text }, buffer);
            y += rows;
        }
        self.thumb(page, lines, text, buffer);
    }

    /// One line of text at the top of `area`, and its lanes below.
    fn line(&self, line: usize, marks: &[Mark], area: Rect, buffer: &mut Buffer) {
        if area.height == 0 {
            return;
        }
        if area.x > 0 && !marks.is_empty() && marks.iter().all(|mark| self.open.is_settled(mark.word)) {
            let edge = Rect { x: area.x - 1, width: 1, ..area };
            for row in 0..area.height {
                Pen::new(buffer, edge, row).put(SETTLED, self.theme.good());
            }
        }
        let mut next = 0;
        let mut tag = Tagged::default();
        // The word that is being drawn, and its style.
        let mut own = (None, Style::new());
        for glyph in self.open.layout.glyphs(&self.open.document.text, &self.open.words, line) {
            while marks.get(next).is_some_and(|mark| mark.columns.end <= glyph.column) {
                next += 1;
            }
            let mark = marks.get(next).filter(|mark| Some(mark.word) == glyph.word);
            if own.0 != glyph.word {
                own = (glyph.word, self.word_style(glyph.word, mark));
            }
            let style = self.style(&glyph, own.1);
            let left = area.width.saturating_sub(glyph.column);
            let (x, width) = (area.x + glyph.column.min(area.width), glyph.width.min(left));
            match glyph.ground {
                Ground::End => {}
                Ground::Blank => buffer.set_style(Rect::new(x, area.y, width, 1), style),
                Ground::Plain | Ground::Visible => {
                    buffer.set_stringn(x, area.y, &glyph.shown, width.into(), style);
                }
                Ground::Tag(column) => {
                    let (sign, style) = self.tag(&mut tag, mark, column, style);
                    buffer.set_stringn(x, area.y, sign.encode_utf8(&mut [0; 4]), width.into(), style);
                }
                Ground::Join => {
                    let left = marks.iter().rfind(|mark| mark.columns.end <= glyph.column);
                    buffer.set_stringn(x, area.y, &glyph.shown, width.into(), self.ink(left).patch(style));
                }
            }
        }
        for cell in cells(marks, |mark| strongest(self.open, mark.word, mark.look.labels)) {
            if cell.column < area.width && cell.row + 1 < area.height {
                let (sign, style) = self.sign(&cell);
                buffer.set_stringn(area.x + cell.column, area.y + 1 + cell.row, sign, 1, style);
            }
        }
    }

    /// One column of the tag of a word, over the style that its place has.
    fn tag(&self, tag: &mut Tagged, mark: Option<&Mark>, column: u16, style: Style) -> (char, Style) {
        let Some(mark) = mark else { return (' ', style) };
        if tag.word != Some(mark.word) {
            *tag = Tagged { word: Some(mark.word), columns: tag::columns(&mark.look, &self.names) };
        }
        let Some(found) = tag.columns.get(usize::from(column)) else { return (' ', style) };
        let own = match found.part {
            Part::Form => self.theme.quiet(),
            Part::Label(label) => self.labels.get(label).copied().unwrap_or_default().add_modifier(Modifier::BOLD),
            Part::Doubt => self.theme.warning(),
        };
        let own = if mark.look.pending { own.add_modifier(Modifier::DIM) } else { own };
        // The cursor is on the word alone; what is selected keeps its ground.
        (found.sign, Style { bg: style.bg, ..own })
    }

    /// The style of a word by what there is to say of it.
    fn ink(&self, mark: Option<&Mark>) -> Style {
        let Some(mark) = mark else { return Style::new() };
        let style = match strongest(self.open, mark.word, mark.look.labels) {
            Some(label) => self.labels.get(label).copied().unwrap_or_default(),
            // What was accepted as having no label recedes; what is still to be read does not.
            None if matches!(mark.look.state, WordState::Accepted | WordState::Corrected) => self.theme.quiet(),
            None => Style::new(),
        };
        let corrected = mark.look.state == WordState::Corrected && !mark.look.labels.is_empty();
        if corrected { style.add_modifier(Modifier::BOLD) } else { style }
    }

    /// The same with what is written beside it.
    fn word_style(&self, word: Option<usize>, mark: Option<&Mark>) -> Style {
        let commented = word.is_some_and(|word| self.open.annotations.comments_on(word).next().is_some());
        let style = self.ink(mark);
        if commented { style.add_modifier(Modifier::UNDERLINED) } else { style }
    }

    /// The style of a glyph of a word with this style.
    fn style(&self, glyph: &Glyph<'_>, mut style: Style) -> Style {
        let open = self.open;
        if glyph.ground == Ground::Visible {
            style = self.theme.visible();
        }
        if open.anchor.is_some() && self.is_selected(glyph) {
            style = style.patch(self.theme.selection());
        }
        if self.is_hit(glyph) {
            style = style.patch(self.theme.hit());
        }
        match (glyph.word, open.word()) {
            (Some(word), Some(cursor)) if word == cursor => style.patch(self.theme.cursor()),
            _ => style,
        }
    }

    /// Whether the glyph lies between the first and the last selected word.
    fn is_selected(&self, glyph: &Glyph<'_>) -> bool {
        let Some(selection) = self.open.selection() else { return false };
        let bytes = self.open.words.get(*selection.start()).zip(self.open.words.get(*selection.end()));
        bytes.is_some_and(|(first, last)| first.start <= glyph.bytes.start && glyph.bytes.end <= last.end)
    }

    fn is_hit(&self, glyph: &Glyph<'_>) -> bool {
        let Some(search) = &self.state.search else { return false };
        let hit = search.hits.partition_point(|hit| hit.end <= glyph.bytes.start);
        search.hits.get(hit).is_some_and(|hit| hit.start < glyph.bytes.end)
    }

    fn sign(&self, cell: &LaneCell) -> (String, Style) {
        let style = |label: usize| self.labels.get(label).copied().unwrap_or_default();
        let (sign, style) = match cell.sign {
            Sign::Letter(label) => {
                let key = self.state.scheme.labels.get(label).map_or('?', |label| label.key);
                (super::key_sign(key), style(label).add_modifier(Modifier::BOLD))
            }
            Sign::Bar(label, state) => (lane::bar(state).to_owned(), style(label)),
            Sign::Unsure => ("?".to_owned(), self.theme.warning()),
            Sign::Disagrees => ("≠".to_owned(), self.theme.warning()),
            Sign::Rejected => ("×".to_owned(), self.theme.quiet()),
            Sign::More => ("+".to_owned(), self.theme.strong()),
            Sign::Comment => (comments::COMMENT.to_owned(), self.theme.accent()),
            Sign::Place => (comments::MARK.to_owned(), self.theme.accent()),
        };
        (sign, if cell.pending { style.add_modifier(Modifier::DIM) } else { style })
    }

    /// How far down the note the page is, in the free column at the right.
    fn thumb(&self, page: Range<usize>, lines: usize, text: Rect, buffer: &mut Buffer) {
        let height = usize::from(text.height);
        if page.len() >= lines || height == 0 || text.right() >= buffer.area.right() {
            return;
        }
        let size = (height * page.len() / lines).clamp(1, height);
        let hidden = lines - page.len();
        let top = ((height - size) * page.start + hidden / 2) / hidden;
        for row in top..(top + size).min(height) {
            buffer.set_stringn(text.right(), text.y + row as u16, "▐", 1, self.theme.quiet());
        }
    }
}
