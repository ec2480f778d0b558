//! A limit is the longest text that a platform takes in one message, in the unit that it counts in.

/// What a platform counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextUnit {
    /// Unicode code points.
    Chars,
    /// UTF-16 code units.
    Utf16,
    /// Bytes of UTF-8.
    Bytes,
}

/// The longest text of one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextLimit {
    pub(super) max: usize,
    pub(super) unit: TextUnit,
}

impl TextUnit {
    /// The length of a text.
    pub fn measure(self, text: &str) -> usize {
        match self {
            TextUnit::Chars => text.chars().count(),
            TextUnit::Utf16 => text.encode_utf16().count(),
            TextUnit::Bytes => text.len(),
        }
    }

    /// The length of one code point.
    pub(super) fn measure_char(self, char: char) -> usize {
        match self {
            TextUnit::Chars => 1,
            TextUnit::Utf16 => char.len_utf16(),
            TextUnit::Bytes => char.len_utf8(),
        }
    }
}

impl TextLimit {
    /// A limit, at least the four bytes of the longest code point.
    pub const fn new(max: usize, unit: TextUnit) -> Self {
        let max = if max < 4 { 4 } else { max };
        Self { max, unit }
    }

    /// No limit worth splitting for: the host bounds replies anyway.
    pub const fn none() -> Self {
        Self {
            max: usize::MAX,
            unit: TextUnit::Bytes,
        }
    }

    /// How much, in its unit.
    pub const fn max(self) -> usize {
        self.max
    }

    /// The unit that it counts in.
    pub const fn unit(self) -> TextUnit {
        self.unit
    }

    /// Whether a text is within the limit.
    pub fn fits(self, text: &str) -> bool {
        self.unit.measure(text) <= self.max
    }
}
