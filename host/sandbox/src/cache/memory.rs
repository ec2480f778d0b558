//! Modules in memory: those used last, up to a sum of bytes of compiled code. A module that is in use lives on after it
//! was let go here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Name;
use crate::module::Module;

pub(crate) struct Memory<M = Module> {
    limit: u64,
    shelf: Mutex<Shelf<M>>,
}

struct Shelf<M> {
    modules: HashMap<Name, Kept<M>>,
    bytes: u64,
    /// Counts uses: the lowest count is the one longest unused.
    clock: u64,
}

struct Kept<M> {
    module: Arc<M>,
    bytes: u64,
    used: u64,
}

impl<M> Memory<M> {
    pub(crate) fn new(limit: u64) -> Self {
        Self {
            limit,
            shelf: Mutex::new(Shelf {
                modules: HashMap::new(),
                bytes: 0,
                clock: 0,
            }),
        }
    }

    pub(crate) fn get(&self, name: Name) -> Option<Arc<M>> {
        let mut shelf = self.shelf();
        shelf.clock += 1;
        let now = shelf.clock;
        let kept = shelf.modules.get_mut(&name)?;
        kept.used = now;
        Some(kept.module.clone())
    }

    /// Keeps a module, and lets go of those longest unused until all fit. One that is larger than all the room is not kept.
    pub(crate) fn put(&self, name: Name, module: Arc<M>, bytes: u64) {
        let mut shelf = self.shelf();
        shelf.clock += 1;
        let used = shelf.clock;
        if let Some(old) = shelf.modules.insert(
            name,
            Kept {
                module,
                bytes,
                used,
            },
        ) {
            shelf.bytes -= old.bytes;
        }
        shelf.bytes += bytes;
        while shelf.bytes > self.limit {
            let oldest = shelf
                .modules
                .iter()
                .min_by_key(|(_, kept)| kept.used)
                .map(|(name, _)| *name);
            let Some(gone) = oldest.and_then(|name| shelf.modules.remove(&name)) else {
                break;
            };
            shelf.bytes -= gone.bytes;
        }
    }

    pub(crate) fn clear(&self) {
        let mut shelf = self.shelf();
        shelf.modules.clear();
        shelf.bytes = 0;
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf<M>> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Digest;

    fn name(of: &str) -> Name {
        Name {
            digest: Digest::of(of.as_bytes()),
            metered: false,
        }
    }

    fn kept(memory: &Memory<&'static str>) -> Vec<&'static str> {
        ["a", "b", "c"]
            .into_iter()
            .filter(|of| memory.shelf().modules.contains_key(&name(of)))
            .collect()
    }

    #[test]
    fn lets_go_of_the_longest_unused() {
        let memory = Memory::new(10);
        memory.put(name("a"), Arc::new("a"), 4);
        memory.put(name("b"), Arc::new("b"), 4);
        assert_eq!(memory.get(name("a")).as_deref(), Some(&"a"));
        memory.put(name("c"), Arc::new("c"), 4);
        assert_eq!(kept(&memory), ["a", "c"]);
    }

    #[test]
    fn counts_a_module_once_and_keeps_none_that_is_too_large() {
        let memory = Memory::new(10);
        memory.put(name("a"), Arc::new("a"), 6);
        memory.put(name("a"), Arc::new("a"), 6);
        memory.put(name("b"), Arc::new("b"), 4);
        assert_eq!(kept(&memory), ["a", "b"]);
        memory.put(name("c"), Arc::new("c"), 11);
        assert_eq!(kept(&memory), [] as [&str; 0]);
        assert_eq!(memory.shelf().bytes, 0);
    }
}
