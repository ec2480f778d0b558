//! Versions of the contract: three numbers. A host speaks its own and the earlier ones of the same major number.

use std::fmt;
use std::str::FromStr;

/// A version as an interface's name carries it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version {
    pub(super) major: u32,
    pub(super) minor: u32,
    pub(super) patch: u32,
}

impl Version {
    /// Whether a host of this version can run what was built against `wanted`.
    pub(super) fn supports(self, wanted: Self) -> bool {
        wanted.major == self.major && wanted <= self
    }
}

impl FromStr for Version {
    type Err = ();

    /// Pre-releases and builds are no versions that anybody supports.
    fn from_str(text: &str) -> Result<Self, ()> {
        let mut numbers = text.split('.').map(|number| {
            match number.bytes().all(|digit| digit.is_ascii_digit()) {
                true => number.parse::<u32>().map_err(drop),
                false => Err(()),
            }
        });
        let mut next = || numbers.next().unwrap_or(Err(()));
        let version = Self {
            major: next()?,
            minor: next()?,
            patch: next()?,
        };
        match numbers.next() {
            Some(_) => Err(()),
            None => Ok(version),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    #[test]
    fn supports_itself_and_what_came_before() {
        let host = version("1.2.3");
        for wanted in ["1.2.3", "1.2.0", "1.0.9"] {
            assert!(host.supports(version(wanted)), "{wanted}");
        }
        for wanted in ["1.2.4", "1.3.0", "2.0.0", "0.9.0"] {
            assert!(!host.supports(version(wanted)), "{wanted}");
        }
    }

    #[test]
    fn a_version_is_three_numbers() {
        for text in [
            "",
            "1",
            "1.0",
            "1.0.0.0",
            "1.0.0-rc1",
            "1.0.+1",
            "a.b.c",
            "1..0",
            "99999999999.0.0",
        ] {
            assert!(text.parse::<Version>().is_err(), "{text}");
        }
    }
}
