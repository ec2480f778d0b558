//! WASI 0.2, for guests of toolchains that cannot do without: clocks, random numbers, standard streams, and an empty file
//! system and environment. No sockets and no directory.

/// The interfaces that are linked.
const LINKED: [&str; 0] = [];

/// Whether an import is one of them, in a version that the linked one stands for.
pub(crate) fn knows(import: &str) -> bool {
    let Some((interface, version)) = import.split_once('@') else { return false };
    LINKED.contains(&interface) && version.starts_with("0.2.")
}
