//! Frames as an HTML document: one element for each stretch that looks the same, nothing to load and nothing that runs.

use std::fmt::Write;

use ratatui::buffer::Buffer;
use ratatui::style::Modifier;
use unicode_width::UnicodeWidthStr;

use super::{FONTS, Look, Paper, escaped, hex, look, runs};

/// The rows of a frame.
pub(super) fn rows(out: &mut String, frame: &Buffer, paper: Paper) {
    for row in 0..frame.area.height {
        let mut runs: Vec<_> = runs(frame, row, |cell| look(cell, paper)).collect();
        // Blanks at the end of a line say nothing.
        while runs.last().is_some_and(|(.., text, look)| look.ground.is_none() && text.trim_end_matches(' ').is_empty()) {
            runs.pop();
        }
        for (_, _, text, look) in runs {
            stretch(out, &text, look, paper);
        }
        out.push('\n');
    }
}

/// The document around rows.
pub(super) fn document(body: &str, paper: Paper, title: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"script-src 'none'; object-src 'none'; img-src 'none'; connect-src 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{}</title>\n<style>\n\
         body {{ margin: 0; background: {}; color: {}; }}\npre {{ margin: 12px; font: 14px/18px {FONTS}; }}\n\
         span {{ unicode-bidi: isolate; }}\n.wide {{ display: inline-block; width: 2ch; }}\n</style>\n</head>\n<body>\n\
         <pre>\n{body}</pre>\n</body>\n</html>\n",
        escaped(title),
        hex(paper.ground),
        hex(paper.ink)
    )
}

fn stretch(out: &mut String, text: &str, look: Look, paper: Paper) {
    let mut style = String::new();
    if look.ink != paper.ink {
        let _ = write!(style, "color:{};", hex(look.ink));
    }
    if let Some(ground) = look.ground {
        let _ = write!(style, "background:{};", hex(ground));
    }
    for (modifier, rule) in [
        (Modifier::BOLD, "font-weight:bold;"),
        (Modifier::ITALIC, "font-style:italic;"),
        (Modifier::UNDERLINED, "text-decoration:underline;"),
        (Modifier::DIM, "opacity:0.6;"),
    ] {
        style.push_str(if look.modifiers.contains(modifier) { rule } else { "" });
    }
    // A wide character is a run of its own.
    let wide = if text.chars().count() < text.width() { " class=\"wide\"" } else { "" };
    let text = escaped(text);
    let _ = match (style.as_str(), wide) {
        ("", "") => write!(out, "{text}"),
        ("", wide) => write!(out, "<span{wide}>{text}</span>"),
        (style, wide) => write!(out, "<span{wide} style=\"{style}\">{text}</span>"),
    };
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::{Color, Style};

    use super::*;
    use crate::tui::picture::{Form, Picture};

    #[test]
    fn stretches_keep_their_look_and_nothing_of_them_is_markup() {
        let mut frame = Buffer::empty(Rect::new(0, 0, 16, 2));
        frame.set_string(0, 0, "a</pre>\"", Style::new().fg(Color::Rgb(1, 2, 3)).add_modifier(Modifier::BOLD));
        frame.set_string(0, 1, "x 血y", Style::new());
        let mut picture = Picture::new(Form::Html, Paper::LIGHT);
        picture.add(&frame);
        let page = picture.finish("<script>");
        let line = "<span style=\"color:#010203;font-weight:bold;\">a&lt;/pre&gt;&quot;</span>\n";
        assert!(page.contains(line) && page.contains("\nx <span class=\"wide\">血</span>y"), "{page}");
        assert!(page.contains("<title>&lt;script&gt;</title>") && page.matches("</pre>").count() == 1, "{page}");
    }
}
