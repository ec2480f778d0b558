//! The guest's memory allocator: a room inside the memory that an instance starts with, and the standard library's
//! allocator for what does not fit. That one asks the host to grow the memory at its first allocation, which costs the host
//! two changes of page protection a call; most calls never leave the room. An instance lives for one call, so what is
//! freed out of order in the room is simply not used again.

#![expect(unsafe_code, reason = "an allocator cannot be written without")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::{Cell, UnsafeCell};

/// Bytes. They belong to the memory's zeroes, and a page of it that is not used takes no room on the host.
const ROOM: usize = 128 * 1_024;

/// Of pages, so that no allocation's alignment needs a look at where the room begins.
#[repr(align(4096))]
struct Bytes(UnsafeCell<[u8; ROOM]>);

/// The allocator of this instance.
pub(crate) struct Arena {
    bytes: Bytes,
    /// Where the free part begins.
    next: Cell<usize>,
}

// SAFETY: a component's instance has one thread.
unsafe impl Sync for Arena {}

impl Arena {
    pub(crate) const fn new() -> Self {
        Self {
            bytes: Bytes(UnsafeCell::new([0; ROOM])),
            next: Cell::new(0),
        }
    }

    /// Where in the room a pointer leads, if it does.
    fn place(&self, pointer: *mut u8) -> Option<usize> {
        let place = (pointer as usize).wrapping_sub(self.bytes.0.get() as usize);
        (place < ROOM).then_some(place)
    }
}

// SAFETY: a part of the room is handed out once until it is freed, since `next` only goes back over the part that was handed
// out last; parts are aligned to at most a page, as the room is. All else is the standard library's.
unsafe impl GlobalAlloc for Arena {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let place = self.next.get().next_multiple_of(layout.align());
        let end = place.saturating_add(layout.size());
        if end > ROOM || layout.align() > align_of::<Bytes>() {
            // SAFETY: the caller's promise is passed on.
            return unsafe { System.alloc(layout) };
        }
        self.next.set(end);
        // SAFETY: `place` is not beyond the end of the room.
        unsafe { self.bytes.0.get().cast::<u8>().add(place) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        match self.place(pointer) {
            Some(place) if place + layout.size() == self.next.get() => self.next.set(place),
            Some(_) => {}
            // SAFETY: it is not from the room, so it is from there.
            None => unsafe { System.dealloc(pointer, layout) },
        }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let Some(place) = self.place(pointer) else {
            // SAFETY: it is not from the room, so it is from there.
            return unsafe { System.realloc(pointer, layout, size) };
        };
        let is_last = place + layout.size() == self.next.get();
        if is_last && place.saturating_add(size) <= ROOM {
            self.next.set(place + size);
            return pointer;
        }
        if size <= layout.size() {
            return pointer;
        }
        // SAFETY: the caller promises that `size` fits the alignment, both parts are as long as is said, and they do not
        // overlap, since the old one is not freed yet.
        unsafe {
            let moved = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !moved.is_null() {
                pointer.copy_to_nonoverlapping(moved, layout.size());
                self.dealloc(pointer, layout);
            }
            moved
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(count: usize) -> Layout {
        Layout::array::<u64>(count).unwrap()
    }

    #[test]
    fn parts_do_not_overlap_and_keep_what_they_hold() {
        let arena = Box::new(Arena::new());
        // SAFETY: each part is used as its layout says, and freed once.
        unsafe {
            let one = arena.alloc(words(4)).cast::<u64>();
            let two = arena.alloc(words(4)).cast::<u64>();
            one.write_bytes(1, 4);
            two.write_bytes(2, 4);
            let one = arena.realloc(one.cast(), words(4), 800).cast::<u64>();
            assert_eq!(one.add(3).read(), 0x0101_0101_0101_0101);
            assert_eq!(two.read(), 0x0202_0202_0202_0202);
            arena.dealloc(one.cast(), words(100));
            arena.dealloc(two.cast(), words(4));
        }
    }

    #[test]
    fn the_last_part_grows_where_it_is_and_is_used_again() {
        let arena = Box::new(Arena::new());
        // SAFETY: as above.
        unsafe {
            let one = arena.alloc(words(1));
            assert_eq!(arena.realloc(one, words(1), 16), one);
            arena.dealloc(one, words(2));
            assert_eq!(arena.alloc(words(3)), one);
        }
    }

    #[test]
    fn what_does_not_fit_is_found_elsewhere_and_given_back_there() {
        let arena = Box::new(Arena::new());
        // SAFETY: as above.
        unsafe {
            let large = arena.alloc(words(ROOM));
            assert_eq!(arena.place(large), None);
            large.write_bytes(1, 8 * ROOM);
            let larger = arena.realloc(large, words(ROOM), 16 * ROOM);
            arena.dealloc(larger, words(2 * ROOM));
            let small = arena.alloc(words(1));
            let out = arena.realloc(small, words(1), 2 * ROOM);
            assert_eq!(arena.place(out), None);
            arena.dealloc(out, Layout::from_size_align_unchecked(2 * ROOM, 8));
        }
    }

    #[test]
    fn a_part_is_aligned() {
        let arena = Box::new(Arena::new());
        for align in [1, 2, 16, 256, 4_096, 65_536] {
            let layout = Layout::from_size_align(3, align).unwrap();
            // SAFETY: as above.
            unsafe {
                let part = arena.alloc(layout);
                assert_eq!(part.align_offset(align), 0);
                arena.dealloc(part, layout);
                arena.alloc(words(1));
            }
        }
    }
}
