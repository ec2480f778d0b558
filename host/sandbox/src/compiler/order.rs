//! What the parent tells the child before the module's bytes: a fixed number of bytes, so that the child knows its limits
//! before it reads anything that a stranger wrote.

/// What is to be done with the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    /// Native code of a component.
    Compile { metered: bool },
    /// A component of a core module.
    Encode,
}

/// An order to the child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) task: Task,
    /// Bytes of address space.
    pub(super) memory: u64,
    /// Seconds of processor time, all threads together.
    pub(super) processor_seconds: u64,
    /// Bytes of the module that follow.
    pub(super) length: u64,
}

impl Task {
    fn number(self) -> u64 {
        match self {
            Self::Compile { metered: false } => 0,
            Self::Compile { metered: true } => 1,
            Self::Encode => 2,
        }
    }

    fn of(number: u64) -> Self {
        match number {
            0 | 1 => Self::Compile {
                metered: number == 1,
            },
            _ => Self::Encode,
        }
    }
}

/// Four numbers of eight bytes.
pub(super) const ORDER_BYTES: usize = 32;

impl Order {
    pub(super) fn to_bytes(self) -> [u8; ORDER_BYTES] {
        let mut bytes = [0; ORDER_BYTES];
        let numbers = [
            self.task.number(),
            self.memory,
            self.processor_seconds,
            self.length,
        ];
        for (place, number) in bytes.chunks_exact_mut(8).zip(numbers) {
            place.copy_from_slice(&number.to_le_bytes());
        }
        bytes
    }

    pub(super) fn from_bytes(bytes: &[u8; ORDER_BYTES]) -> Self {
        let mut numbers = bytes.chunks_exact(8).map(|place| {
            place
                .iter()
                .rev()
                .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
        });
        let mut next = || numbers.next().unwrap_or(0);
        Self {
            task: Task::of(next()),
            memory: next(),
            processor_seconds: next(),
            length: next(),
        }
    }
}

/// How the child's answer begins; what was made, or a message, follows.
pub(super) const DONE: u8 = 0;
pub(super) const INVALID: u8 = 1;
pub(super) const OUT_OF_MEMORY: u8 = 2;
pub(super) const TOO_DEMANDING: u8 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        let order = Order {
            task: Task::Compile { metered: true },
            memory: u64::MAX - 1,
            processor_seconds: 30,
            length: 0x0102_0304,
        };
        assert_eq!(Order::from_bytes(&order.to_bytes()), order);
    }
}
