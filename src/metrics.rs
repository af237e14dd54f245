//! Figures that tell how good predictions are.
