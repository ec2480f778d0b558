//! A tape runs along with a call: it takes down what the guest hears, or is where the guest hears it from.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

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
    is_over: bool,
}

/// Plays again.
pub(crate) struct Player {
    calls: std::vec::IntoIter<Heard>,
    played: usize,
    divergence: Option<Divergence>,
    outside: Arc<Outside>,
}

/// Bytes that an answer takes beside itself.
const BESIDE: usize = 48;

impl Tape {
    /// A tape that takes down up to so many bytes.
    pub(crate) fn recording(most: usize) -> Self {
        Self::Records(Recorder {
            calls: Vec::new(),
            left: most,
            most,
            outside: None,
            is_over: false,
        })
    }

    pub(crate) fn playing(recording: Recording) -> Self {
        Self::Plays(Player {
            calls: recording.calls.into_iter(),
            played: 0,
            divergence: None,
            outside: Arc::new(Outside::playing(recording.readings)),
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
        (!recorder.is_over).then_some(Recording {
            calls: recorder.calls,
            readings,
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
            // A recording that is not whole is none.
            self.is_over = true;
            self.calls = Vec::new();
            return;
        };
        self.left = left;
        self.calls.push(Heard {
            name: asked.name.to_owned(),
            input,
            answer,
        });
    }
}

impl Player {
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
