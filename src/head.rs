//! The trainable multi-label classifier above the encoder.
