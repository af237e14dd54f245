use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::*;
use crate::tui::picture::{Paper, svg};
use crate::tui::theme::{Backdrop, Depth};

mod fixture;

const THEME: Theme = Theme { depth: Depth::True, backdrop: Backdrop::Unknown };

fn drawn(state: &State, theme: &Theme) -> Buffer {
    let mut buffer = Buffer::empty(Rect::new(0, 0, state.screen.0, state.screen.1));
    draw(state, theme, &mut buffer);
    buffer
}

/// Pictures to look at: `CHARTMARK_PICTURES=folder cargo test --lib pictures -- --ignored`.
#[test]
#[ignore = "writes pictures for the eye"]
fn pictures() {
    let folder = std::path::PathBuf::from(std::env::var("CHARTMARK_PICTURES").unwrap());
    for (width, height) in [(80, 24), (120, 36)] {
        for (name, state) in fixture::scenes(width, height) {
            std::fs::write(folder.join(format!("{width}-{name}.svg")), svg(&drawn(&state, &THEME), Paper::DARK)).unwrap();
        }
    }
    for (width, height) in [(80, 24), (200, 50), (120, 36)] {
        let state = fixture::state(width, height);
        for (name, depth, paper) in [
            ("true", Depth::True, Paper::DARK),
            ("256", Depth::Colors256, Paper::DARK),
            ("16", Depth::Colors16, Paper::DARK),
            ("none", Depth::Mono, Paper::DARK),
            ("light", Depth::True, Paper::LIGHT),
        ] {
            let theme = Theme { depth, backdrop: Backdrop::Unknown };
            std::fs::write(folder.join(format!("{width}-{name}.svg")), svg(&drawn(&state, &theme), paper)).unwrap();
        }
    }
}
