//! Solana as its documents have it: addresses, amounts and payment links. It knows no network, and nothing of what is kept
//! secret for an address.

mod address;
mod amount;
mod pay;

pub use address::{Address, NotAnAddress};
pub use amount::{Lamports, Usdc};
pub use pay::PaymentRequest;

/// The mint of USDC on the main network, as its issuer names it.
pub const USDC_MINT: &str = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v";
