//! Amounts, in the smallest unit that there is of each: never a floating-point number.

use std::fmt;
use std::str::FromStr;

/// SOL, in lamports: a thousandth of a millionth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lamports(pub u64);

/// USDC, in its millionths. One is worth one US dollar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Usdc(pub u64);

const OF_SOL: u32 = 9;
const OF_USDC: u32 = 6;
/// Dollars that someone may want to send at once: a number beyond is a mistake.
const MOST: u64 = 1_000_000_000;

/// In SOL.
impl fmt::Display for Lamports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        decimal(f, self.0, OF_SOL)
    }
}

/// In USDC.
impl fmt::Display for Usdc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        decimal(f, self.0, OF_USDC)
    }
}

impl FromStr for Usdc {
    type Err = String;

    /// An amount above nothing, as people and programs write dollars: `25`, `25.50`, `$25`.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("`{text}` is not an amount of US dollars above 0, such as 25 or 2.50");
        let number = text.trim();
        let number = number.strip_prefix('$').unwrap_or(number);
        let (whole, parts) = number.split_once('.').unwrap_or((number, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit());
        if !digits(whole) || !digits(parts) {
            return Err(wrong());
        }
        let parts = parts.trim_end_matches('0');
        if parts.len() > OF_USDC as usize {
            return Err(format!("`{text}` has more than {OF_USDC} decimal places"));
        }
        let too_much = || format!("`{text}` is more than {MOST}");
        let whole: u64 = whole.parse().map_err(|_| too_much())?;
        if whole > MOST {
            return Err(too_much());
        }
        let parts: u64 = format!("{parts:0<6}").parse().map_err(|_| wrong())?;
        match whole * 10_u64.pow(OF_USDC) + parts {
            0 => Err(wrong()),
            millionths => Ok(Self(millionths)),
        }
    }
}

/// Without a point where nothing follows it, and never in powers of ten.
fn decimal(f: &mut fmt::Formatter<'_>, units: u64, places: u32) -> fmt::Result {
    let one = 10_u64.pow(places);
    write!(f, "{}", units / one)?;
    let rest = format!("{:0places$}", units % one, places = places as usize);
    match rest.trim_end_matches('0') {
        "" => Ok(()),
        rest => write!(f, ".{rest}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_without_a_loss() {
        let sol = |lamports| Lamports(lamports).to_string();
        assert_eq!(sol(0), "0");
        assert_eq!(sol(1), "0.000000001");
        assert_eq!(sol(1_500_000_000), "1.5");
        assert_eq!(sol(u64::MAX), "18446744073.709551615");
        assert_eq!(Usdc(25_000_000).to_string(), "25");
        assert_eq!(Usdc(2_500_001).to_string(), "2.500001");
    }

    #[test]
    fn dollars_are_read_as_they_are_written() {
        let read = |text: &str| text.parse::<Usdc>();
        for (text, millionths) in [
            ("25", 25_000_000),
            (" $25 ", 25_000_000),
            ("25.50", 25_500_000),
            ("0.000001", 1),
            ("1.0000000000", 1_000_000),
            ("1000000000", 1_000_000_000_000_000),
        ] {
            assert_eq!(read(text), Ok(Usdc(millionths)), "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_is_told_with_what_would_be() {
        for text in [
            "",
            "0",
            "0.0",
            "-1",
            "+1",
            "1e3",
            "1,5",
            ".5",
            "5.",
            "NaN",
            "a lot",
            "٣",
            "0.0000001",
            "1000000001",
            "99999999999999999999999",
        ] {
            let why = text.parse::<Usdc>().unwrap_err();
            assert!(why.contains(text), "{why}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_written_reads_back(millionths in 1_u64..=1_000_000_000_000_000) {
            proptest::prop_assert_eq!(Usdc(millionths).to_string().parse(), Ok(Usdc(millionths)));
        }
    }
}
