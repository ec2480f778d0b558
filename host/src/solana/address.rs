//! An address is 32 bytes in base58: of a wallet, its Ed25519 public key.

use std::fmt;
use std::str::FromStr;

/// Characters of 32 bytes in base58, at most.
const LONGEST: usize = 44;

/// An address.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Address([u8; 32]);

/// The text is no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an address of Solana is 32 bytes in base58: 32 to 44 letters and digits without 0, O, I and l"
)]
pub struct NotAnAddress;

impl Address {
    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<[u8; 32]> for Address {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl TryFrom<&[u8]> for Address {
    type Error = NotAnAddress;

    fn try_from(bytes: &[u8]) -> Result<Self, NotAnAddress> {
        bytes.try_into().map(Self).map_err(|_| NotAnAddress)
    }
}

impl FromStr for Address {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        // Decoding takes the square of the length.
        if text.len() > LONGEST {
            return Err(NotAnAddress);
        }
        let mut bytes = [0; 32];
        match bs58::decode(text).onto(&mut bytes) {
            Ok(32) => Ok(Self(bytes)),
            Ok(_) | Err(_) => Err(NotAnAddress),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&bs58::encode(self.0).into_string())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_reads_back_from_what_it_prints() {
        // The system program, and the mint of USDC.
        let system = "1".repeat(32);
        assert_eq!(Address::from([0; 32]).to_string(), system);
        for text in [system.as_str(), super::super::USDC_MINT] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
        let highest = Address::from([255; 32]);
        assert_eq!(highest.to_string().len(), LONGEST);
        assert_eq!(highest.to_string().parse(), Ok(highest));
    }

    #[test]
    fn what_is_not_32_bytes_of_base58_is_refused() {
        for text in [
            "",
            "1111",
            &"1".repeat(31),
            &"1".repeat(33),
            &"z".repeat(44),
            "0PjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v",
            " EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1",
            &"1".repeat(100_000),
        ] {
            assert_eq!(text.parse::<Address>(), Err(NotAnAddress), "{text}");
        }
    }
}
