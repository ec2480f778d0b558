//! `cloister schema`: the control plane as text.

use super::Failure;
use crate::graphql;

pub(super) fn run() -> Result<(), Failure> {
    say!("{}", graphql::sdl().trim_end());
    Ok(())
}
