//! Where modules are kept between calls: in memory, on disk, and on their way (flights). What was refused is kept too,
//! for a short while.

mod disk;
mod flights;
mod memory;
mod refusals;

use crate::digest::Digest;

pub(crate) use disk::{Disk, Kept};
pub(crate) use flights::Flights;
pub(crate) use memory::Memory;
pub(crate) use refusals::Refusals;

/// What a compiled module is kept under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Name {
    pub(crate) digest: Digest,
    pub(crate) metered: bool,
}
