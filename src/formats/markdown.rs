//! A project's guidelines, written in Markdown, as blocks of text to be read on the screen.
//!
//! Nothing of it is drawn here, followed or loaded. Its text is as hostile as a note's: what a terminal would obey is
//! made visible at once, so that whoever measures a line measures what is drawn.

use std::path::Path;

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::plain::{self, ReadError};
use crate::domain::visible;

/// The file that is looked for beside the notes.
pub const GUIDELINES: &str = "guidelines.md";

/// Guidelines are at most so long, in bytes: they are to be read beside a note.
pub const LONGEST: u64 = 256 << 10;

/// What a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A heading of this level, from 1.
    Heading(u8),
    /// A paragraph, an item of a list or a row of a table.
    Text,
    /// Lines that stand as they are.
    Code,
    /// A line across.
    Rule,
}

/// Text of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// The text; `\n` is a line break.
    pub text: String,
    /// Whether it stands out.
    pub strong: bool,
    /// Whether it is emphasised.
    pub emphasis: bool,
    /// Whether it is to be taken literally.
    pub code: bool,
}

/// A block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// What it is.
    pub kind: Kind,
    /// By how many levels of lists and quotations it is indented.
    pub depth: usize,
    /// What stands before its first line: the sign or number of an item.
    pub marker: String,
    /// Whether it belongs to what stands above, so that no blank line comes between.
    pub joined: bool,
    /// Its text.
    pub parts: Vec<Part>,
}

/// Reads guidelines.
///
/// # Errors
/// A sentence: why they can't be read, and what to do.
pub fn read(path: &Path) -> Result<String, String> {
    let file = plain::path_name(path);
    match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(format!(
                "there are no guidelines yet: write them into {file}, in Markdown, or name a file with --guidelines"
            ));
        }
        // What is no file might never end.
        Ok(found) if !found.is_file() => {
            return Err(format!("{file} is no file, so there are no guidelines to show; name another one with --guidelines"));
        }
        _ => {}
    }
    let read = std::fs::File::open(path).map_err(|source| ReadError::Io { file: file.clone(), source });
    match read.and_then(|input| plain::read_from(input, &file, LONGEST)) {
        Err(ReadError::TooLarge { file }) => Err(format!(
            "{file} is larger than {} KiB, too long to be read beside a note; nothing was changed; shorten it, or name another \
             file with --guidelines",
            LONGEST >> 10
        )),
        other => other.map_err(|error| error.to_string()),
    }
}

/// The blocks of a text in Markdown, from the top.
pub fn blocks(text: &str) -> Vec<Block> {
    let mut reader = Reader::default();
    Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS)
        .for_each(|event| reader.take_in(event));
    reader.flush();
    reader.blocks
}

#[derive(Default)]
struct Reader {
    blocks: Vec<Block>,
    /// The block under way.
    open: Option<Block>,
    /// The lists that one is in, each with the number of its next item.
    lists: Vec<Option<u64>>,
    /// What is to stand before the next block, once.
    marker: String,
    /// Whether the next block belongs to the one above.
    joined: bool,
    quotes: usize,
    strong: usize,
    emphasis: usize,
    /// Where links lead to.
    links: Vec<String>,
}

impl Reader {
    fn take_in(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.put(&text, false),
            Event::Code(text) | Event::InlineHtml(text) | Event::Html(text) => self.put(&text, true),
            Event::SoftBreak => self.put(" ", false),
            Event::HardBreak => self.put("\n", false),
            Event::Rule => {
                self.begin(Kind::Rule);
                self.flush();
            }
            Event::TaskListMarker(done) => self.put(if done { "[x] " } else { "[ ] " }, false),
            Event::FootnoteReference(name) => self.put(&name, false),
            Event::InlineMath(text) | Event::DisplayMath(text) => self.put(&text, true),
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { level, .. } => self.begin(Kind::Heading(number(level))),
            Tag::Paragraph if self.open.as_ref().is_none_or(|open| !open.parts.is_empty()) => self.begin(Kind::Text),
            Tag::TableHead => {
                self.begin(Kind::Text);
                self.strong += 1;
            }
            Tag::TableRow => {
                self.joined = true;
                self.begin(Kind::Text);
            }
            Tag::CodeBlock(_) | Tag::HtmlBlock => self.begin(Kind::Code),
            Tag::List(first) => {
                self.flush();
                self.lists.push(first);
            }
            Tag::Item => {
                self.flush();
                self.joined |= !self.marker.is_empty() || self.lists.len() > 1;
                self.marker = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    }
                    _ => "• ".to_owned(),
                };
                self.begin(Kind::Text);
            }
            Tag::BlockQuote(_) => {
                self.flush();
                self.quotes += 1;
            }
            Tag::Strong => self.strong += 1,
            Tag::Emphasis | Tag::Strikethrough => self.emphasis += 1,
            Tag::Link { dest_url, .. } => self.links.push(dest_url.into_string()),
            Tag::Image { dest_url, .. } => {
                self.put("[picture: ", false);
                self.links.push(dest_url.into_string());
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) | TagEnd::Paragraph | TagEnd::CodeBlock | TagEnd::HtmlBlock => self.flush(),
            TagEnd::Item => {
                self.flush();
                self.marker.clear();
                // Items of one list stand close together.
                self.joined = true;
            }
            TagEnd::List(_) => {
                self.flush();
                self.lists.pop();
                self.joined = !self.lists.is_empty();
            }
            TagEnd::TableCell => self.put(" │ ", false),
            TagEnd::TableHead => {
                self.end_row();
                self.strong = self.strong.saturating_sub(1);
            }
            TagEnd::TableRow => self.end_row(),
            TagEnd::BlockQuote(_) => {
                self.flush();
                self.quotes = self.quotes.saturating_sub(1);
            }
            TagEnd::Strong => self.strong = self.strong.saturating_sub(1),
            TagEnd::Emphasis | TagEnd::Strikethrough => self.emphasis = self.emphasis.saturating_sub(1),
            TagEnd::Link => {
                let to = self.links.pop().unwrap_or_default();
                let shown = |part: &Part| part.text.contains(&*visible(&to));
                // Nothing can be followed here: where a link leads to is told.
                if !to.is_empty() && !self.open.iter().flat_map(|open| &open.parts).any(shown) {
                    self.put(&format!(" ({to})"), false);
                }
            }
            TagEnd::Image => {
                let to = self.links.pop().unwrap_or_default();
                self.put(&format!(" {to}]"), false);
            }
            _ => {}
        }
    }

    /// The last separator of a row stands before nothing.
    fn end_row(&mut self) {
        if let Some(last) = self.open.as_mut().and_then(|open| open.parts.last_mut()) {
            let kept = last.text.trim_end_matches(" │ ").len();
            last.text.truncate(kept);
        }
        self.flush();
    }

    fn begin(&mut self, kind: Kind) {
        self.flush();
        let depth = self.lists.len() + self.quotes;
        let (marker, joined) = (std::mem::take(&mut self.marker), std::mem::take(&mut self.joined));
        self.open = Some(Block { kind, depth, marker, joined, parts: Vec::new() });
    }

    fn flush(&mut self) {
        let Some(open) = self.open.take() else { return };
        if open.kind == Kind::Rule || !open.parts.is_empty() {
            self.blocks.push(open);
        } else {
            // An item that begins with a list, or is empty: what it has stands before whatever comes.
            (self.marker, self.joined) = (open.marker, open.joined);
        }
    }

    fn put(&mut self, text: &str, code: bool) {
        let open = self.open.get_or_insert_with(|| Block {
            kind: Kind::Text,
            depth: self.lists.len() + self.quotes,
            marker: String::new(),
            joined: false,
            parts: Vec::new(),
        });
        let text = visible(text).replace('\t', "    ").replace("\r\n", "\n");
        let (strong, emphasis) = (self.strong > 0, self.emphasis > 0);
        let part = Part { text, strong, emphasis, code: code || open.kind == Kind::Code };
        match open.parts.last_mut() {
            Some(last) if (last.strong, last.emphasis, last.code) == (part.strong, part.emphasis, part.code) => {
                last.text.push_str(&part.text);
            }
            _ => open.parts.push(part),
        }
    }
}

fn number(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Each block in one line: depth, marker and text, with signs for what the parts are.
    fn told(text: &str) -> Vec<String> {
        let part = |part: &Part| {
            let sign = match part {
                Part { code: true, .. } => "`",
                Part { strong: true, .. } => "*",
                Part { emphasis: true, .. } => "_",
                _ => "",
            };
            format!("{sign}{}{sign}", part.text)
        };
        let line = |block: &Block| {
            let kind = match block.kind {
                Kind::Heading(level) => "#".repeat(level.into()) + " ",
                Kind::Rule => "---".to_owned(),
                Kind::Text | Kind::Code => String::new(),
            };
            "  ".repeat(block.depth) + &kind + &block.marker + &block.parts.iter().map(part).collect::<String>()
        };
        blocks(text).iter().map(line).collect()
    }

    #[test]
    fn blocks_are_what_a_reader_of_markdown_expects() {
        let check = |text: &str, expected: &[&str]| assert_eq!(told(text), expected, "{text}");
        check("# Title\ntwo\nlines\n\n**bold** and *slanted* `code`\n", &["# Title", "two lines", "*bold* and _slanted_ `code`"]);
        check("- one\n- two\n  1. in\n  2. out\n\nend", &["  • one", "  • two", "    1. in", "    2. out", "end"]);
        check("- one\n\n  more of it\n- two", &["  • one", "  more of it", "  • two"]);
        check("3. three\n4. [x] four", &["  3. three", "  4. [x] four"]);
        check("> said\n> so\n\n---\n", &["  said so", "---"]);
        check("```sh\nls  -l\n\ncat\n```", &["`ls  -l\n\ncat\n`"]);
        check("| a | b |\n|---|---|\n| 1 | 2 |", &["*a │ b*", "1 │ 2"]);
        check("see [here](http://x.y) and <http://z.w>", &["see here (http://x.y) and http://z.w"]);
        check("![a scan](x.png)", &["[picture: a scan x.png]"]);
        check("<script>alert(1)</script>", &["`<script>alert(1)</script>`"]);
        check("line  \nbreak", &["line\nbreak"]);
        check("", &[]);
    }

    #[test]
    fn files_that_cannot_be_shown_are_refused_with_a_sentence() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(GUIDELINES);
        let check = |says: &str| {
            let why = read(&path).unwrap_err();
            assert!(why.contains(says) && why.contains("guidelines.md"), "{why}");
        };
        check("there are no guidelines yet");
        std::fs::create_dir(&path).unwrap();
        check("is no file");
        std::fs::remove_dir(&path).unwrap();
        std::fs::write(&path, "x".repeat(LONGEST as usize + 1)).unwrap();
        check("larger than 256 KiB");
        std::fs::write(&path, b"caf\xe9").unwrap();
        check("not UTF-8");
        std::fs::write(&path, "# Rules").unwrap();
        assert_eq!(read(&path).unwrap(), "# Rules");
    }

    proptest! {
        #[test]
        fn no_text_breaks_it_and_nothing_that_a_terminal_obeys_comes_through(text in any::<String>()) {
            for block in blocks(&text) {
                let text = block.parts.iter().map(|part| &*part.text).collect::<String>() + &block.marker;
                prop_assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{:?}", text);
            }
        }
    }
}
