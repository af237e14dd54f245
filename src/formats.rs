//! Import and export: one file a format. Readers return what they could read and the list of problems.
