//! Which documents and words are worth the annotator's next minute.
