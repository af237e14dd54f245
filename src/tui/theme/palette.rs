//! Where colours come from: the label scheme, a palette that colour-blind eyes tell apart, or a theme of one's own.

use std::sync::Arc;

use super::{Backdrop, Own};
use crate::domain::{Label, LabelColor};

/// Where colours come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Palette {
    /// The label scheme, in tones that can be read on the backdrop.
    #[default]
    Scheme,
    /// Eight colours that stay as far apart as can be under the common kinds of colour blindness, in order of the labels;
    /// beyond eight they come again, and the labels' letters tell.
    Safe,
    /// A theme of one's own; the label scheme for the labels that it leaves out.
    Own(Arc<Own>),
}

/// For each backdrop the eight colours, of those that can be read on it, whose smallest difference is greatest over
/// ordinary sight and simulated protanopia, deuteranopia and tritanopia.
const ON_DARK: [u32; 8] = [0xee9900, 0x44ffff, 0xee0033, 0x55ccaa, 0xbb99ff, 0xeeee55, 0x5566ff, 0x996699];
const ON_LIGHT: [u32; 8] = [0xdd3322, 0x4466ff, 0x660033, 0xaa55aa, 0x0000dd, 0xaa0000, 0x774466, 0x440088];
const ON_BOTH: [u32; 8] = [0xdd7711, 0xcc66ff, 0x11aa66, 0xbb11ee, 0x9988bb, 0xbb5500, 0x8866aa, 0x008866];

impl Palette {
    /// The colour of a label, by its index in the scheme.
    pub(super) fn color(&self, index: usize, label: &Label, backdrop: Backdrop) -> LabelColor {
        let colors = match (self, backdrop) {
            (Self::Scheme | Self::Own(_), _) => return label.color,
            (Self::Safe, Backdrop::Dark) => ON_DARK,
            (Self::Safe, Backdrop::Light) => ON_LIGHT,
            (Self::Safe, Backdrop::Unknown) => ON_BOTH,
        };
        let [_, red, green, blue] = colors[index % colors.len()].to_be_bytes();
        LabelColor { red, green, blue }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::style::Color;

    use super::super::color::{lab_of_linear, linear};
    use super::super::{Depth, Theme};
    use super::*;
    use crate::domain::LabelScheme;

    /// What linear red, green and blue look like to an eye: ordinary, and without one kind of cones (Machado, Oliveira and
    /// Fernandes 2009).
    const EYES: [(&str, [[f32; 3]; 3]); 4] = [
        ("ordinary", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
        (
            "protanope",
            [[0.152_286, 1.052_583, -0.204_868], [0.114_503, 0.786_281, 0.099_216], [-0.003_882, -0.048_116, 1.051_998]],
        ),
        (
            "deuteranope",
            [[0.367_322, 0.860_646, -0.227_968], [0.280_085, 0.672_501, 0.047_413], [-0.011_82, 0.042_94, 0.968_881]],
        ),
        ("tritanope", [[1.255_528, -0.076_749, -0.178_779], [-0.078_411, 0.930_809, 0.147_602], [0.004_733, 0.691_367, 0.303_9]]),
    ];

    /// The smallest distance (Oklab) between two of the first eight labels, as an eye sees them.
    fn apart(theme: Theme, eye: [[f32; 3]; 3]) -> f32 {
        let names: Vec<String> = (0..8).map(|index| format!("label {index}")).collect();
        let styles = theme.labels(&LabelScheme::from_names("eight", &names).unwrap());
        let seen: Vec<[f32; 3]> = styles
            .iter()
            .map(|style| {
                let Some(Color::Rgb(red, green, blue)) = style.fg else { panic!("true colour") };
                let light = [red, green, blue].map(linear);
                lab_of_linear(eye.map(|row| row.iter().zip(light).map(|(a, b)| a * b).sum::<f32>().clamp(0.0, 1.0)))
            })
            .collect();
        let distance = |a: &[f32; 3], b: &[f32; 3]| a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt();
        let pairs = seen.iter().enumerate().flat_map(|(at, a)| seen[at + 1..].iter().map(move |b| distance(a, b)));
        pairs.fold(f32::INFINITY, f32::min)
    }

    #[test]
    fn colour_blind_eyes_tell_the_safe_colours_apart() {
        for (backdrop, least) in [(Backdrop::Dark, 0.13), (Backdrop::Light, 0.11), (Backdrop::Unknown, 0.085)] {
            for (eye, sees) in EYES {
                let theme = Theme { depth: Depth::True, backdrop, palette: Palette::Safe };
                let found = apart(theme, sees);
                assert!(found > least, "{eye} on {backdrop:?}: {found}");
            }
        }
    }
}
