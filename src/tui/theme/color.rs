//! Arithmetic of colours: how light one is, how far two are apart, and which of a palette is nearest.

use ratatui::style::Color;

use super::Backdrop;
use crate::domain::LabelColor;

/// The relative luminances between which a colour can be read, 0 (black) to 1 (white).
#[derive(Clone, Copy)]
pub(super) struct Tone {
    pub(super) darkest: f32,
    pub(super) lightest: f32,
}

impl Tone {
    /// The colour, darkened or lightened no more than needed to lie within the tone. Its hue stays.
    pub(super) fn keep(self, color: LabelColor) -> (u8, u8, u8) {
        let light = luminance(color.red, color.green, color.blue);
        let change = |channel: u8| {
            let linear = linear(channel);
            encode(if light > self.lightest {
                linear * self.lightest / light
            } else if light < self.darkest {
                linear + (1.0 - linear) * (self.darkest - light) / (1.0 - light)
            } else {
                linear
            })
        };
        (change(color.red), change(color.green), change(color.blue))
    }
}

/// The colours of the 16 that can be read on black and on white, with what they look like in most terminals. Grey is none of
/// them: it stands for what recedes.
const READABLE_16: [(Color, (u8, u8, u8)); 10] = [
    (Color::Red, (0xcd, 0x31, 0x31)),
    (Color::Green, (0x0d, 0xa0, 0x60)),
    (Color::Yellow, (0xb5, 0x98, 0x10)),
    (Color::LightBlue, (0x3b, 0x8e, 0xea)),
    (Color::Magenta, (0xbc, 0x3f, 0xbc)),
    (Color::Cyan, (0x11, 0xa8, 0xcd)),
    (Color::LightRed, (0xf1, 0x6c, 0x4c)),
    (Color::LightMagenta, (0xd6, 0x80, 0xc6)),
    (Color::LightGreen, (0x23, 0xd1, 0x8b)),
    (Color::Blue, (0x24, 0x62, 0xb8)),
];

/// Of these, the one that is too light to be read on a ground that is known to be light.
const LIGHTEST_16: Color = Color::LightGreen;

/// The nearest colour of the 16 among those that are still free; once all are taken, they are all free again.
pub(super) fn of_16(color: LabelColor, backdrop: Backdrop, taken: &mut Vec<Color>) -> Color {
    let fit = || READABLE_16.iter().filter(|(color, _)| backdrop != Backdrop::Light || *color != LIGHTEST_16);
    if taken.len() == fit().count() {
        taken.clear();
    }
    let wanted = lab(color.red, color.green, color.blue);
    let free = fit().filter(|(color, _)| !taken.contains(color));
    let away = |(red, green, blue): (u8, u8, u8)| distance(wanted, lab(red, green, blue));
    let near = free.min_by(|(_, a), (_, b)| away(*a).total_cmp(&away(*b)));
    let found = near.map_or(Color::Reset, |(color, _)| *color);
    taken.push(found);
    found
}

/// The nearest of the 240 fixed colours of the xterm palette.
pub(super) fn to_256(red: u8, green: u8, blue: u8) -> Color {
    let wanted = lab(red, green, blue);
    // In each channel only the level below and the one above can be nearest.
    let steps = |channel: u8| {
        let above = (0..5u8).find(|&step| level(step) >= channel).unwrap_or(5);
        [above.saturating_sub(1), above]
    };
    let grey = (u16::from(red) + u16::from(green) + u16::from(blue)) / 3;
    let greys = [232 + (grey.saturating_sub(8) / 10).min(23) as u8, 232 + (grey.saturating_sub(3) / 10).min(23) as u8];
    let cube = steps(red)
        .into_iter()
        .flat_map(|r| steps(green).into_iter().flat_map(move |g| steps(blue).into_iter().map(move |b| 16 + 36 * r + 6 * g + b)));
    let away = |index: u8| {
        let (red, green, blue) = of_256(index);
        distance(wanted, lab(red, green, blue))
    };
    Color::Indexed(cube.chain(greys).min_by(|&a, &b| away(a).total_cmp(&away(b))).unwrap_or(7))
}

/// One of the six levels that a channel has in the cube of the xterm palette.
fn level(step: u8) -> u8 {
    if step == 0 { 0 } else { 55 + 40 * step }
}

/// What an entry of the xterm palette from 16 on looks like.
pub(in crate::tui) fn of_256(index: u8) -> (u8, u8, u8) {
    match index {
        232.. => {
            let grey = 8 + (index - 232) * 10;
            (grey, grey, grey)
        }
        _ => {
            let cube = index.saturating_sub(16);
            (level(cube / 36), level(cube / 6 % 6), level(cube % 6))
        }
    }
}

/// Relative luminance, 0 to 1.
pub(super) fn luminance(red: u8, green: u8, blue: u8) -> f32 {
    0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

pub(super) fn linear(channel: u8) -> f32 {
    let value = f32::from(channel) / 255.0;
    if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

fn encode(linear: f32) -> u8 {
    let value = if linear <= 0.003_130_8 { linear * 12.92 } else { 1.055 * linear.powf(1.0 / 2.4) - 0.055 };
    (value.clamp(0.0, 1.0) * 255.0).round() as u8
}

/// The colour in Oklab, in which distances are about as they are seen.
fn lab(red: u8, green: u8, blue: u8) -> [f32; 3] {
    lab_of_linear([linear(red), linear(green), linear(blue)])
}

/// As [`lab`], of linear red, green and blue.
pub(super) fn lab_of_linear([red, green, blue]: [f32; 3]) -> [f32; 3] {
    let long = (0.412_221_46 * red + 0.536_332_55 * green + 0.051_445_995 * blue).cbrt();
    let medium = (0.211_903_5 * red + 0.680_699_5 * green + 0.107_396_96 * blue).cbrt();
    let short = (0.088_302_46 * red + 0.281_718_85 * green + 0.629_978_7 * blue).cbrt();
    [
        0.210_454_26 * long + 0.793_617_8 * medium - 0.004_072_047 * short,
        1.977_998_5 * long - 2.428_592_2 * medium + 0.450_593_7 * short,
        0.025_904_037 * long + 0.782_771_77 * medium - 0.808_675_77 * short,
    ]
}

/// Distance in Oklab; hue counts twice as much as lightness, which the tones have evened out.
fn distance(a: [f32; 3], b: [f32; 3]) -> f32 {
    let part = |axis: usize, weight: f32| weight * (a[axis] - b[axis]).powi(2);
    part(0, 0.5) + part(1, 2.0) + part(2, 2.0)
}
