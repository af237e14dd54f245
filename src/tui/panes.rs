//! Which panes fit on the screen, and where. Pure: both `update` (for movement and the mouse) and `view` use it.

use ratatui::layout::Rect;

/// Fewer columns than this, and the screen only says that it is too small.
pub const MIN_WIDTH: u16 = 40;
/// Fewer rows than this, and the screen only says that it is too small.
pub const MIN_HEIGHT: u16 = 10;

/// Columns of the queue beside the document, at least.
const QUEUE_WIDTH: u16 = 24;
/// Columns of the queue where there is more room than the document needs.
const WIDE_QUEUE_WIDTH: u16 = 40;
/// Rows below the queue's list that tell why a document stands where it stands, their rule included.
const REASON_HEIGHT: u16 = 7;
/// Rows that the list keeps beside them.
const LIST_HEIGHT: u16 = 8;
/// Columns of the inspector beside the document.
const INSPECTOR_WIDTH: u16 = 36;
/// Rows of the inspector below the document.
const INSPECTOR_HEIGHT: u16 = 8;
/// Rows of the inspector below the document on a screen of fewer than [`TALL`] rows.
const LOW_INSPECTOR_HEIGHT: u16 = 5;
/// Columns of the guide and the inspector beside the document, at most.
const GUIDE_WIDTH: u16 = 60;
/// Rows of the guide below the document, at least.
const GUIDE_HEIGHT: u16 = 6;
/// Rows that the document keeps beside a guide below it.
const GUIDED_HEIGHT: u16 = 9;
/// From so many rows on, the inspector has all of its rows.
const TALL: u16 = 32;
/// Columns of text, at most: longer lines are hard to read.
const TEXT_WIDTH: u16 = 110;
/// Columns that the document keeps whatever else is shown.
const DOCUMENT_WIDTH: u16 = 52;
/// Rows that the document keeps beside an inspector below it.
const DOCUMENT_HEIGHT: u16 = 12;

/// Which panes the annotator wants to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Panels {
    /// The queue at the left.
    pub queue: bool,
    /// The inspector at the right or below.
    pub inspector: bool,
    /// The keyboard is in the queue: it is shown even where it has to lie over the document.
    pub in_queue: bool,
    /// The guide, at the right or below.
    pub guide: bool,
}

/// Where everything is, in screen cells. Rectangles include their borders and titles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Panes {
    /// The screen is too small for anything but a sentence that says so; everything else is empty then.
    pub too_small: bool,
    /// The queue, where there is room. It may lie over the document (drawn after it).
    pub queue: Option<Rect>,
    /// The queue's foot, inside of it: why a document stands where it stands.
    pub reason: Option<Rect>,
    /// The document: a title row, then [`Panes::text`].
    pub document: Rect,
    /// Where the document's text stands: inside of `document`, below the title row, a column free on either side.
    pub text: Rect,
    /// The inspector, where there is room.
    pub inspector: Option<Rect>,
    /// The guide, where there is room: beneath the inspector, or in its place below the document.
    pub guide: Option<Rect>,
    /// The status line.
    pub status: Rect,
    /// The line of hints, notices and prompts, at the very bottom.
    pub hint: Rect,
}

/// Lays the panes out on a screen of `width` × `height` cells.
pub fn panes((width, height): (u16, u16), panels: Panels) -> Panes {
    if width < MIN_WIDTH || height < MIN_HEIGHT {
        return Panes { too_small: true, ..Panes::default() };
    }
    let body = height - 2;
    let mut document = Rect::new(0, 0, width, body);
    let status = Rect::new(0, body, width, 1);
    let hint = Rect::new(0, body + 1, width, 1);

    let mut queue = None;
    if panels.queue && width >= QUEUE_WIDTH + DOCUMENT_WIDTH {
        let needed = TEXT_WIDTH + 2 + if panels.inspector || panels.guide { INSPECTOR_WIDTH } else { 0 };
        let columns = width.saturating_sub(needed).clamp(QUEUE_WIDTH, WIDE_QUEUE_WIDTH);
        queue = Some(Rect { width: columns, ..document });
        document = Rect { x: columns, width: width - columns, ..document };
    } else if panels.in_queue {
        queue = Some(document);
    }

    // On a low screen only while the keyboard is in the queue: else the list needs the rows.
    let told = |queue: &Rect| (panels.in_queue || height >= TALL) && queue.height > REASON_HEIGHT + LIST_HEIGHT;
    let reason = queue.filter(told).map(|queue| Rect { y: queue.bottom() - REASON_HEIGHT, height: REASON_HEIGHT, ..queue });

    let (mut inspector, mut guide) = (None, None);
    let low = if height < TALL { LOW_INSPECTOR_HEIGHT } else { INSPECTOR_HEIGHT };
    if (panels.inspector || panels.guide) && document.width >= DOCUMENT_WIDTH + INSPECTOR_WIDTH {
        let wide = if panels.guide { GUIDE_WIDTH } else { INSPECTOR_WIDTH };
        let columns = document.width.saturating_sub(TEXT_WIDTH + 2).clamp(INSPECTOR_WIDTH, wide);
        document.width -= columns;
        let column = Rect { x: document.right(), width: columns, ..document };
        let above = if panels.inspector { column.height - if panels.guide { column.height / 2 } else { 0 } } else { 0 };
        inspector = panels.inspector.then_some(Rect { height: above, ..column });
        guide = panels.guide.then_some(Rect { y: column.y + above, height: column.height - above, ..column });
    } else if panels.guide && body >= GUIDED_HEIGHT + GUIDE_HEIGHT {
        // Below the document there is room for one of them.
        let rows = (body * 2 / 5).max(GUIDE_HEIGHT);
        document.height -= rows;
        guide = Some(Rect { y: document.bottom(), height: rows, ..document });
    } else if panels.inspector && body >= DOCUMENT_HEIGHT + low {
        document.height -= low;
        inspector = Some(Rect { y: document.bottom(), height: low, ..document });
    }

    let columns = (document.width - 2).min(TEXT_WIDTH);
    let text = Rect { x: document.x + 1, y: document.y + 1, width: columns, height: document.height - 1 };
    Panes { too_small: false, queue, reason, document, text, inspector, guide, status, hint }
}

impl Panes {
    /// The rows of the queue's list: below its title row and above its foot.
    pub fn queue_rows(&self) -> Option<Rect> {
        let foot = self.reason.map_or(0, |reason| reason.height);
        self.queue.map(|queue| Rect { y: queue.y + 1, height: queue.height.saturating_sub(1 + foot), ..queue })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Panels = Panels { queue: true, inspector: true, in_queue: false, guide: false };

    #[test]
    fn the_note_has_room_at_80_by_24_and_more_on_larger_screens() {
        let small = panes((80, 24), ALL);
        assert!(small.text.width >= 50 && small.text.height >= 16 && small.queue.is_some() && small.inspector.is_some());
        let large = panes((160, 50), ALL);
        assert!(large.inspector.is_some_and(|pane| pane.x > large.document.x) && large.text.width >= 90);
        let huge = panes((300, 80), ALL);
        assert_eq!((huge.text.width, huge.queue.map(|pane| pane.width)), (TEXT_WIDTH, Some(WIDE_QUEUE_WIDTH)));
    }

    #[test]
    fn panes_stay_on_the_screen_and_apart() {
        for (width, height) in (0..200).step_by(7).flat_map(|w| (0..60).step_by(3).map(move |h| (w, h))) {
            for bits in 0..16 {
                let [queue, inspector, in_queue, guide] = [1, 2, 4, 8].map(|bit| bits & bit > 0);
                let panels = Panels { queue, inspector, in_queue, guide };
                let found = panes((width, height), panels);
                let screen = Rect::new(0, 0, width, height);
                let over = found.queue.filter(|queue| queue.intersects(found.document));
                assert!(over.is_none() || panels.in_queue);
                let shown = [
                    Some(found.document),
                    found.inspector,
                    found.guide,
                    Some(found.status),
                    Some(found.hint),
                    found.queue.xor(over),
                ];
                let shown: Vec<Rect> = shown.into_iter().flatten().collect();
                assert!(shown.iter().all(|pane| pane.intersection(screen) == *pane));
                assert!(found.too_small || found.text.width >= MIN_WIDTH - 2);
                for (index, pane) in shown.iter().enumerate() {
                    assert!(shown[index + 1..].iter().all(|other| !pane.intersects(*other)), "{width}x{height} {found:?}");
                }
            }
        }
    }
}
