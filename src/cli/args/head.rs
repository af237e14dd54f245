//! `--head`.

/// Width of the hidden layer if `mlp` doesn't say.
const WIDTH: usize = 256;
/// The widest hidden layer.
const WIDEST: usize = 4096;

/// What kind of head to fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadArgument {
    /// One dense layer.
    Linear,
    /// A hidden layer of this width below it.
    Mlp(usize),
}

impl HeadArgument {
    /// Width of the hidden layer.
    pub fn hidden(self) -> Option<usize> {
        match self {
            Self::Linear => None,
            Self::Mlp(width) => Some(width),
        }
    }
}

/// Reads `linear`, `mlp` or `mlp:WIDTH`.
pub fn head(text: &str) -> Result<HeadArgument, String> {
    let wrong = || format!("a head is linear, mlp or mlp:WIDTH with a width of 1 to {WIDEST}, such as mlp:256");
    match text.split_once(':') {
        None if text == "linear" => Ok(HeadArgument::Linear),
        None if text == "mlp" => Ok(HeadArgument::Mlp(WIDTH)),
        Some(("mlp", width)) => {
            let width = width.parse().ok().filter(|width| (1..=WIDEST).contains(width));
            width.map(HeadArgument::Mlp).ok_or_else(wrong)
        }
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_linear_or_has_a_width() {
        for (text, expected) in [
            ("linear", Some(HeadArgument::Linear)),
            ("mlp", Some(HeadArgument::Mlp(WIDTH))),
            ("mlp:64", Some(HeadArgument::Mlp(64))),
            ("mlp:0", None),
            ("mlp:9999", None),
            ("mlp:", None),
            ("linear:3", None),
            ("forest", None),
        ] {
            assert_eq!(head(text).ok(), expected, "{text}");
        }
    }
}
