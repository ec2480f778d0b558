//! A payment request is a link that a wallet opens to send something to someone (Solana Pay, "Transfer Request"): who pays
//! sees what it says and decides. It holds nothing secret.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Address, Usdc};

/// What stands for itself in a value, as in RFC 3986.
const VALUE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A request to send USDC, shown as its link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentRequest {
    /// Who gets it: the wallet itself, never an account of a token.
    pub recipient: Address,
    /// How much; whoever pays says it where this is none.
    pub amount: Option<Usdc>,
    /// The mint of what is to be sent.
    pub mint: Address,
    /// Who asks, for people.
    pub label: String,
}

impl fmt::Display for PaymentRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "solana:{}?", self.recipient)?;
        if let Some(amount) = self.amount {
            write!(f, "amount={amount}&")?;
        }
        let label = utf8_percent_encode(&self.label, VALUE);
        write!(f, "spl-token={}&label={label}", self.mint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_as_the_specification_has_it() {
        // Recipient and mint of the specification's own example.
        let request = PaymentRequest {
            recipient: "mvines9iiHiQTysrwkJjGf2gb9Ex9jXJX8ns3qwf2kN"
                .parse()
                .unwrap(),
            amount: Some("0.01".parse().unwrap()),
            mint: super::super::USDC_MINT.parse().unwrap(),
            label: "Michael & co. 100%".to_owned(),
        };
        assert_eq!(
            request.to_string(),
            "solana:mvines9iiHiQTysrwkJjGf2gb9Ex9jXJX8ns3qwf2kN?amount=0.01\
             &spl-token=EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v&label=Michael%20%26%20co.%20100%25"
        );
        let open = PaymentRequest {
            amount: None,
            ..request
        };
        assert!(!open.to_string().contains("amount"));
    }
}
