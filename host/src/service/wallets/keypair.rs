//! A key pair is a seed of 32 random bytes and the public key that follows from it (RFC 8032, section 5.1.5). The public key
//! is all that is ever computed here: nothing in this host signs with a wallet, so that nothing can send what is in one.

use ed25519_dalek::SigningKey;

use crate::error::{Error, Result};
use crate::solana::Address;
use crate::vault::Secret;

/// A new wallet, before its seed is sealed.
#[derive(Debug)]
pub(super) struct Keypair {
    /// The public key.
    pub(super) address: Address,
    /// What it follows from.
    pub(super) seed: Secret<[u8; 32]>,
}

impl Keypair {
    /// A new one.
    pub(super) fn generate() -> Result<Self> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|error| Error::internal(error.to_string()))?;
        Ok(Self::of(seed))
    }

    fn of(seed: [u8; 32]) -> Self {
        let public = SigningKey::from_bytes(&seed).verifying_key();
        Self {
            address: Address::from(public.to_bytes()),
            seed: Secret::new(seed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seed(text: &str) -> [u8; 32] {
        hex::decode(text).unwrap().try_into().unwrap()
    }

    #[test]
    fn public_keys_are_those_of_the_standard() {
        // RFC 8032, section 7.1: tests 1 to 3.
        for (secret, public) in [
            (
                "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            ),
            (
                "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
                "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            ),
            (
                "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
                "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            ),
        ] {
            let pair = Keypair::of(seed(secret));
            assert_eq!(hex::encode(pair.address.as_bytes()), public);
        }
    }

    #[test]
    fn an_address_is_the_one_that_other_programs_make_of_the_seed() {
        // As Python's `solders` prints them: `Keypair.from_seed(bytes([n]) * 32).pubkey()`.
        for (byte, address) in [
            (0, "4zvwRjXUKGfvwnParsHAS3HuSVzV5cA4McphgmoCtajS"),
            (1, "AKnL4NNf3DGWZJS6cPknBuEGnVsV4A4m5tgebLHaRSZ9"),
            (255, "8z5oiZDBaCrP7ZCP1vQZbxkUt2eevdpPnyvpQAvAYuiL"),
        ] {
            assert_eq!(Keypair::of([byte; 32]).address.to_string(), address);
        }
    }

    #[test]
    fn no_two_are_alike_and_none_shows_its_seed() {
        let (one, other) = (Keypair::generate().unwrap(), Keypair::generate().unwrap());
        assert_ne!(one.address, other.address);
        assert_ne!(one.seed, other.seed);
        let shown = format!("{one:?}");
        assert!(shown.ends_with("seed: Secret(…) }"), "{shown}");
    }
}
