//! A recording is all that a guest heard of its host in one call: the answers to what it asked, in order, the clocks as it read
//! them, and the seed of its random numbers. With the same event and the same module it is the same call again, which needs no
//! host at all; on another module it tells what was answered where the same is asked.
//!
//! What a guest asked is kept as a digest. Log lines are not asked, and waiting is not recorded: a guest that slept sleeps again.
//! Requests go on while the guest does: see [`requests`].

mod outside;
mod requests;
mod tape;

use std::sync::{Arc, Mutex, PoisonError};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub(crate) use outside::Outside;
pub(crate) use requests::{Known, Noted};
pub(crate) use tape::{Asked, Tape};

use outside::Readings;
use requests::Exchanges;

/// What a guest heard in one call.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recording {
    calls: Vec<Heard>,
    readings: Readings,
    /// Each request is also one of the calls, which only says that it was made.
    exchanges: Exchanges,
    /// For what the guest woke, from its first request on.
    wakes: Vec<Vec<u32>>,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Heard {
    /// The interface and the function, such as `state.get`.
    name: String,
    /// The digest of what was asked.
    input: Input,
    /// The answer, in the form that [`answer`] writes.
    answer: Vec<u8>,
}

/// The digest of what a call of the host was given.
type Input = [u8; 16];

/// Where a call that is played again is not what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Divergence {
    /// How many calls of the host were as before.
    pub after: usize,
    /// What is otherwise, as a sentence.
    pub what: String,
}

impl Recording {
    /// Whether the guest heard nothing, so that its event is all there is to know.
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty() && self.readings.is_empty()
    }

    /// How often the host answered.
    pub fn calls(&self) -> usize {
        self.calls.len()
    }

    /// Its answers, to be taken in any order.
    pub fn deck(&self) -> Deck {
        let calls = self
            .calls
            .iter()
            .filter(|heard| heard.name != requests::NAME);
        let requests = self.exchanges.iter().flatten().filter_map(|exchange| {
            Some(Heard {
                name: requests::NAME.to_owned(),
                input: exchange.input?,
                answer: answer(&exchange.answer)?,
            })
        });
        let cards = calls.cloned().chain(requests).map(Some).collect();
        Deck(Arc::new(Mutex::new(cards)))
    }
}

/// The answers of a recording, for calls that come in another order: each is given once.
#[derive(Clone, Debug)]
pub struct Deck(Arc<Mutex<Vec<Option<Heard>>>>);

impl Deck {
    /// The first answer that is left to this call with this input. Inputs are what the functions of
    /// [`Capabilities`](crate::Capabilities) take, in one tuple.
    pub fn take<I: Serialize, T: DeserializeOwned>(&self, name: &str, input: &I) -> Option<T> {
        let input = digest(input)?;
        self.draw(|heard| heard.name == name && heard.input == input)
    }

    /// The first answer that is left to this call, whatever its input was.
    pub fn next<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        self.draw(|heard| heard.name == name)
    }

    fn draw<T: DeserializeOwned>(&self, is_it: impl Fn(&Heard) -> bool) -> Option<T> {
        let mut cards = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut left = cards.iter_mut();
        let card = left.find(|card| card.as_ref().is_some_and(&is_it))?;
        postcard::from_bytes(&card.take()?.answer).ok()
    }
}

fn digest(input: &impl Serialize) -> Option<Input> {
    let bytes = postcard::to_allocvec(input).ok()?;
    let hash = blake3::hash(&bytes);
    hash.as_bytes().first_chunk().copied()
}

fn answer(answer: &impl Serialize) -> Option<Vec<u8>> {
    postcard::to_allocvec(answer).ok()
}
