//! A picture of the screen, after some keys. They are pressed on a copy of the project, so that nothing is changed by it.

use std::path::PathBuf;
use std::sync::mpsc::channel;

use anyhow::{Context as _, Result, bail};

use crate::cli::args::{RenderArguments, Shared};
use crate::cli::look::{look, with_names_of};
use crate::cli::screen::{begin, open_in};
use crate::inference::cache::SharedVectors;
use crate::store::place;
use crate::tui::keymap::Keymap;
use crate::tui::picture::Picture;
use crate::tui::run::rehearse;
use crate::tui::theme::Theme;

/// Draws the screen with the notes of the path on it, after the keys.
///
/// # Errors
/// When the notes, the model or the project can't be used, or the keys lead out of the screen.
pub fn draw(picture: &mut Picture, arguments: &RenderArguments, size: (u16, u16), theme: &Theme, shared: &Shared) -> Result<()> {
    let folder = Folder::new().context("the copy of the project has no place; make room in the folder for temporary files")?;
    let own = arguments.path.as_deref();
    let before = shared.project.clone().unwrap_or_else(|| place::project_path(own));
    let copy = folder.0.join("project.db");
    if place::is_project(&before) {
        let project = look(&before, shared)?;
        with_names_of(project, own.unwrap_or(&before), None, shared)?.backup(&copy)?;
    }
    let notes = own.filter(|own| !place::is_project(own));
    let (sender, inbox) = channel();
    let opening = open_in(notes, Some(&copy), shared)?;
    let (session, threads) = begin(opening, sender, None, &SharedVectors::default(), shared)?;
    let frame = rehearse(session, &inbox, Keymap::bundled()?, &arguments.keys, size, theme);
    threads.end();
    match frame {
        Some(frame) => picture.add(&frame),
        None => bail!("the keys lead out of the screen, or the model did not answer; leave out those that quit"),
    }
    Ok(())
}

/// A folder of its own for as long as it lives.
struct Folder(PathBuf);

impl Folder {
    fn new() -> std::io::Result<Self> {
        let all = std::env::temp_dir();
        let path: Option<PathBuf> = (0..1000_u32).find_map(|number| {
            let path = all.join(format!("chartmark-{}-{number}", std::process::id()));
            std::fs::create_dir(&path).ok().map(|()| path)
        });
        path.map(Self).ok_or_else(|| std::io::Error::other(format!("no folder can be made in {}", all.display())))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left behind is the owner's alone.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
