//! Fine-tuning of a whole encoder with its head, from gold.
