//! What the binary carries: the built-in agents, and the projects that `cloister agent new` writes. The build script makes
//! all tables from their sources.

include!(concat!(env!("OUT_DIR"), "/builtin.rs"));

/// The built-in agent that people get who make one where they talk.
const DEFAULT: &str = "echo";

/// Its component.
pub fn default_agent() -> &'static [u8] {
    let named = BUILTIN.iter().find(|(name, _)| *name == DEFAULT);
    named.map_or(&[], |(_, component)| component)
}

/// Whether this is one of the built-in agents.
pub fn has(component: &[u8]) -> bool {
    BUILTIN.iter().any(|(_, ours)| *ours == component)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_agent_is_one_that_is_built_in() {
        assert!(!default_agent().is_empty());
    }
}
