//! `chartmark train`.

mod encoder;

use anyhow::{Context as _, Result, bail};

use super::args::{ScopeArgument, Shared, TrainArguments};
use crate::training::Gold;

use super::gold::{read_gold, scheme_of, to_training};

/// Trains what the arguments ask for.
pub fn run(arguments: &TrainArguments, shared: &Shared) -> Result<()> {
    let Some(path) = &arguments.gold else { bail!("give --gold FILE") };
    let out = arguments.out.as_deref().context("--gold needs --out DIR, where the model is to be written")?;
    let train = read_gold(path)?;
    let dev = arguments.dev.as_deref().map(read_gold).transpose()?.unwrap_or_default();
    let scheme = scheme_of(path, &train)?;
    let (train, dev) = (to_training(&train, &scheme), to_training(&dev, &scheme));
    match arguments.scope {
        ScopeArgument::Encoder => encoder::run(arguments, shared, &Gold { scheme: &scheme, train: &train, dev: &dev }, out),
        ScopeArgument::Head => bail!("head"),
    }
}
