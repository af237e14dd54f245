//! Choosing a label by a part of its name.

use super::State;

impl State {
    /// The labels that the menu shows: all, or those that have in their names what was typed, upper and lower case the
    /// same. Those that begin with it come first.
    pub fn labels_named(&self) -> Vec<usize> {
        let typed = self.naming.as_deref().unwrap_or_default().trim().to_lowercase();
        let place = |name: &str| name.to_lowercase().find(&typed);
        let names = self.scheme.names().enumerate();
        let mut found: Vec<(bool, usize)> = names.filter_map(|(label, name)| Some((place(name)? > 0, label))).collect();
        found.sort_unstable();
        found.into_iter().map(|(_, label)| label).collect()
    }
}
