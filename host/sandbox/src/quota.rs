//! The quota of a call: how much memory and how many table elements its instances may have together. A refusal is seen by
//! the guest as a failed growth; it is noted here, so that a guest that gives up over it is not taken for a crash.

use wasmtime::ResourceLimiter;

use crate::limits::Limits;
use crate::stop::Stop;

pub(crate) struct Quota {
    memory: Use,
    table: Use,
}

struct Use {
    limit: u64,
    now: u64,
    peak: u64,
    /// What the last growth that was let through had asked for.
    last: u64,
    refused: bool,
}

impl Quota {
    pub(crate) fn new(limits: &Limits, has_runtime: bool) -> Self {
        Self {
            memory: Use::new(limits.memory_of(has_runtime)),
            table: Use::new(limits.table_elements),
        }
    }

    /// The most memory that there was, in bytes.
    pub(crate) fn memory_peak(&self) -> u64 {
        self.memory.peak
    }

    /// The limit that the guest last ran into, if it has not grown since.
    pub(crate) fn refused(&self) -> Option<Stop> {
        if self.memory.refused {
            Some(Stop::OutOfMemory {
                limit: self.memory.limit,
            })
        } else if self.table.refused {
            Some(Stop::TableLimit {
                limit: self.table.limit,
            })
        } else {
            None
        }
    }
}

impl Use {
    fn new(limit: u64) -> Self {
        Self {
            limit,
            now: 0,
            peak: 0,
            last: 0,
            refused: false,
        }
    }

    fn grow(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> bool {
        let more = u64::try_from(desired.saturating_sub(current)).unwrap_or(u64::MAX);
        let then = self.now.saturating_add(more);
        let fits = then <= self.limit && maximum.is_none_or(|maximum| desired <= maximum);
        self.refused = !fits;
        if fits {
            self.last = more;
            self.now = then;
            self.peak = self.peak.max(then);
        }
        fits
    }

    fn failed(&mut self) {
        self.now = self.now.saturating_sub(std::mem::take(&mut self.last));
        self.refused = true;
    }
}

impl ResourceLimiter for Quota {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(self.memory.grow(current, desired, maximum))
    }

    fn memory_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        self.memory.failed();
        Ok(())
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(self.table.grow(current, desired, maximum))
    }

    fn table_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        self.table.failed();
        Ok(())
    }
}
