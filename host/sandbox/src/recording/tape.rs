//! A tape runs along with a call: it takes down what the guest hears, or is where the guest hears it from.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::requests::{self, Astray, Exchange, Kept, Known, Noted};
use super::{Divergence, Heard, Input, Outside, Recording, answer, digest};
use crate::stop::Stop;

/// What runs along with a call.
#[derive(Default)]
pub(crate) enum Tape {
    /// Nothing.
    #[default]
    Off,
    /// What is heard is taken down.
    Records(Recorder),
    /// Everything is heard from a recording.
    Plays(Player),
    /// The clocks and the random numbers are a recording's; the host answers.
    Rehearses(Arc<Outside>),
}

/// What a guest asks, as it is compared.
#[derive(Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) name: &'static str,
    /// None where no tape runs.
    input: Option<Input>,
}

/// Takes down.
pub(crate) struct Recorder {
    calls: Vec<Heard>,
    /// Bytes that are left.
    left: usize,
    most: usize,
    /// Made where the guest looks outside.
    outside: Option<Arc<Outside>>,
    /// Made where the guest makes a request.
    requests: Option<Kept>,
    wakes: Vec<Vec<u32>>,
    is_over: bool,
}

/// Plays again.
pub(crate) struct Player {
    calls: std::vec::IntoIter<Heard>,
    played: usize,
    divergence: Option<Divergence>,
    outside: Arc<Outside>,
    exchanges: std::vec::IntoIter<Option<Exchange>>,
    /// How many requests were made.
    sent: usize,
    astray: Astray,
    wakes: std::vec::IntoIter<Vec<u32>>,
}

/// Bytes that an answer takes beside itself.
pub(super) const BESIDE: usize = 48;

impl Tape {
    /// A tape that takes down up to so many bytes.
    pub(crate) fn recording(most: usize) -> Self {
        Self::Records(Recorder {
            calls: Vec::new(),
            left: most,
            most,
            outside: None,
            requests: None,
            wakes: Vec::new(),
            is_over: false,
        })
    }

    pub(crate) fn playing(recording: Recording) -> Self {
        Self::Plays(Player {
            calls: recording.calls.into_iter(),
            played: 0,
            divergence: None,
            outside: Arc::new(Outside::playing(recording.readings)),
            exchanges: recording.exchanges.into_iter(),
            sent: 0,
            astray: Astray::default(),
            wakes: recording.wakes.into_iter(),
        })
    }

    pub(crate) fn rehearsing(recording: &Recording) -> Self {
        let readings = recording.readings.clone();
        Self::Rehearses(Arc::new(Outside::playing(readings)))
    }

    /// What is asked, where that has to be known.
    pub(crate) fn asked(&self, name: &'static str, input: &impl Serialize) -> Asked {
        let input = match self {
            Self::Off | Self::Rehearses(_) => None,
            Self::Records(recorder) if recorder.is_over => None,
            Self::Records(_) | Self::Plays(_) => digest(input),
        };
        Asked { name, input }
    }

    /// Takes down an answer.
    pub(crate) fn keep(&mut self, asked: Asked, heard: &impl Serialize) {
        if let Self::Records(recorder) = self {
            recorder.keep(asked, heard);
        }
    }

    /// The answer of the recording, where one is played: what is not on it ends the guest.
    pub(crate) fn answer<T: DeserializeOwned>(&mut self, asked: Asked) -> Result<Option<T>, Stop> {
        match self {
            Self::Plays(player) => player.answer(asked).map(Some),
            _ => Ok(None),
        }
    }

    /// How the request is noted that is made now.
    pub(crate) fn request(&mut self) -> Noted {
        match self {
            Self::Off | Self::Rehearses(_) => Noted::Not,
            Self::Records(recorder) => recorder.request(),
            Self::Plays(player) => Noted::Known(player.request()),
        }
    }

    /// Stops a guest whose requests are not what they were.
    pub(crate) fn go_on(&self) -> Result<(), Stop> {
        match self {
            Self::Plays(player) if player.is_astray() => Err(Stop::Diverged),
            _ => Ok(()),
        }
    }

    /// Takes down for what the guest wakes.
    pub(crate) fn woke(&mut self, ready: &[u32]) {
        if let Self::Records(recorder) = self {
            recorder.woke(ready);
        }
    }

    /// For what of so many things the guest woke before, where a recording tells.
    pub(crate) fn wakes(&mut self, of: usize) -> Option<Vec<u32>> {
        let Self::Plays(player) = self else {
            return None;
        };
        if player.sent == 0 {
            return None;
        }
        let ready = player.wakes.next()?;
        let is_there = |place: &u32| usize::try_from(*place).is_ok_and(|place| place < of);
        ready.iter().all(is_there).then_some(ready)
    }

    /// The clocks and random numbers of this call, where they are not the host's own.
    pub(crate) fn outside(&mut self) -> Option<Arc<Outside>> {
        match self {
            Self::Off => None,
            Self::Records(recorder) => {
                let most = recorder.most;
                let made = || Outside::recording(most).map(Arc::new);
                if recorder.outside.is_none() {
                    recorder.outside = made();
                    recorder.is_over |= recorder.outside.is_none();
                }
                recorder.outside.clone()
            }
            Self::Plays(player) => Some(player.outside.clone()),
            Self::Rehearses(outside) => Some(outside.clone()),
        }
    }

    /// What was taken down; none where it is more than was allowed.
    pub(crate) fn recorded(self) -> Option<Recording> {
        let Self::Records(recorder) = self else {
            return None;
        };
        let readings = match &recorder.outside {
            Some(outside) => outside.recorded()?,
            None => Default::default(),
        };
        let exchanges = match &recorder.requests {
            Some(requests) => requests.take()?,
            None => Vec::new(),
        };
        (!recorder.is_over).then_some(Recording {
            calls: recorder.calls,
            readings,
            exchanges,
            wakes: recorder.wakes,
        })
    }

    /// Where the call was not as before, when it has ended.
    pub(crate) fn divergence(self) -> Option<Divergence> {
        let Self::Plays(player) = self else {
            return None;
        };
        player.end()
    }
}

impl Recorder {
    fn keep(&mut self, asked: Asked, heard: &impl Serialize) {
        if self.is_over {
            return;
        }
        let kept = asked.input.zip(answer(heard));
        let left = kept.as_ref().and_then(|(_, answer)| {
            let size = answer.len() + asked.name.len() + BESIDE;
            self.left.checked_sub(size)
        });
        let (Some((input, answer)), Some(left)) = (kept, left) else {
            return self.give_up();
        };
        self.left = left;
        self.calls.push(Heard {
            name: asked.name.to_owned(),
            input,
            answer,
        });
    }

    /// A recording that is not whole is none.
    fn give_up(&mut self) {
        self.is_over = true;
        self.calls = Vec::new();
        self.wakes = Vec::new();
    }

    fn request(&mut self) -> Noted {
        let asked = Asked {
            name: requests::NAME,
            input: digest(&()),
        };
        self.keep(asked, &());
        if self.is_over {
            return Noted::Not;
        }
        let most = self.most;
        let requests = self.requests.get_or_insert_with(|| Kept::new(most));
        Noted::Down(requests.one_more())
    }

    fn woke(&mut self, ready: &[u32]) {
        if self.requests.is_none() || self.is_over {
            return;
        }
        let size = size_of::<Vec<u32>>() + size_of_val(ready);
        match self.left.checked_sub(size) {
            Some(left) => {
                self.left = left;
                self.wakes.push(ready.to_vec());
            }
            None => self.give_up(),
        }
    }
}

impl Player {
    fn request(&mut self) -> Known {
        let place = self.played + 1;
        let asked = Asked {
            name: requests::NAME,
            input: digest(&()),
        };
        // Where something else was asked, the guest is stopped as soon as it waits.
        let was_made = self.answer::<()>(asked).is_ok();
        let exchange = self.exchanges.next().flatten().filter(|_| was_made);
        self.sent += 1;
        Known::new(exchange, place, &self.astray)
    }

    fn is_astray(&self) -> bool {
        self.divergence.is_some() || self.astray.first().is_some()
    }

    fn answer<T: DeserializeOwned>(&mut self, asked: Asked) -> Result<T, Stop> {
        let place = self.played + 1;
        let name = asked.name;
        let what = match self.calls.next() {
            None => format!("it calls `{name}` after all the calls that it made before"),
            Some(heard) if heard.name != name => {
                format!("call {place} was `{}` and is `{name}` now", heard.name)
            }
            Some(heard) if Some(heard.input) != asked.input => {
                format!("call {place}, `{name}`, asks for something else than before")
            }
            Some(heard) => match postcard::from_bytes(&heard.answer) {
                Ok(answer) => {
                    self.played = place;
                    return Ok(answer);
                }
                Err(_) => format!("what call {place}, `{name}`, was answered cannot be read"),
            },
        };
        self.diverge(what);
        Err(Stop::Diverged)
    }

    fn diverge(&mut self, what: String) {
        self.divergence.get_or_insert(Divergence {
            after: self.played,
            what,
        });
    }

    fn end(mut self) -> Option<Divergence> {
        if let Some(place) = self.astray.first() {
            self.divergence.get_or_insert(Divergence {
                after: place - 1,
                what: format!(
                    "call {place}, `{}`, asks for something else than before",
                    requests::NAME
                ),
            });
        }
        if let Some(clock) = self.outside.ran_out() {
            self.diverge(format!("it reads the {clock} clock more often than before"));
        }
        if let Some(heard) = self.calls.next() {
            let place = self.played + 1;
            self.diverge(format!(
                "call {place}, `{}`, is not made any more",
                heard.name
            ));
        }
        self.divergence
    }
}
