//! A BERT that gives every word a vector.
