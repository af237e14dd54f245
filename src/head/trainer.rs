//! Fitting a head to decided cells over cached word vectors.
