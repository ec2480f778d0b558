//! Requests: those of `wasi:http`, as a recording has them. They go on while the guest does, so each has the place in which it was
//! made, whenever its answer comes; and for what the guest woke, while it waited for several, is kept in order.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use super::tape::BESIDE;
use super::{Input, digest};
use crate::capability::{HttpRequest, HttpResponse, Unanswered};

/// What a request is called among the calls of a recording.
pub(super) const NAME: &str = "http.send";

type Answer = Result<HttpResponse, Unanswered>;

/// One request and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Exchange {
    /// The digest of the request; none where it was refused before it was there as a whole.
    pub(super) input: Option<Input>,
    pub(super) answer: Answer,
}

/// The requests of one call, each in its place; none of one whose answer the guest did not wait for.
pub(super) type Exchanges = Vec<Option<Exchange>>;

/// How one request is noted.
#[derive(Default)]
pub(crate) enum Noted {
    /// Not at all.
    #[default]
    Not,
    /// Its answer is taken down.
    Down(Down),
    /// Its answer is a recording's.
    Known(Known),
}

/// Requests that are taken down.
#[derive(Clone)]
pub(super) struct Kept(Arc<Mutex<Keeping>>);

struct Keeping {
    exchanges: Exchanges,
    /// Bytes that are left.
    left: usize,
    is_over: bool,
}

/// Where the answer to one request is taken down.
pub(crate) struct Down {
    all: Kept,
    place: usize,
    input: Option<Input>,
}

/// What the answer to one request was.
pub(crate) struct Known {
    /// None where the guest did not wait for it.
    exchange: Option<Exchange>,
    place: usize,
    astray: Astray,
}

/// Where a request was first another than before.
#[derive(Clone, Default)]
pub(super) struct Astray(Arc<Mutex<Option<usize>>>);

impl Kept {
    pub(super) fn new(most: usize) -> Self {
        Self(Arc::new(Mutex::new(Keeping {
            exchanges: Vec::new(),
            left: most,
            is_over: false,
        })))
    }

    pub(super) fn one_more(&self) -> Down {
        let mut all = self.keeping();
        all.exchanges.push(None);
        Down {
            all: self.clone(),
            place: all.exchanges.len() - 1,
            input: None,
        }
    }

    /// All of them; nothing where they are more than was allowed.
    pub(super) fn take(&self) -> Option<Exchanges> {
        let mut all = self.keeping();
        let exchanges = std::mem::take(&mut all.exchanges);
        (!all.is_over).then_some(exchanges)
    }

    fn keeping(&self) -> MutexGuard<'_, Keeping> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Down {
    /// What is asked for.
    pub(crate) fn asks(&mut self, request: &HttpRequest) {
        self.input = digest(&(request,));
    }

    pub(crate) fn keep(self, answer: &Answer) {
        let mut all = self.all.keeping();
        let Some(left) = all.left.checked_sub(size(answer)) else {
            all.is_over = true;
            all.exchanges.iter_mut().for_each(|kept| *kept = None);
            return;
        };
        all.left = left;
        if let Some(place) = all.exchanges.get_mut(self.place) {
            *place = Some(Exchange {
                input: self.input,
                answer: answer.clone(),
            });
        }
    }
}

impl Known {
    pub(super) fn new(exchange: Option<Exchange>, place: usize, astray: &Astray) -> Self {
        Self {
            exchange,
            place,
            astray: astray.clone(),
        }
    }

    /// What it was refused with before it was there as a whole.
    pub(crate) fn refusal(&mut self) -> Option<Answer> {
        let refused = self.exchange.take_if(|kept| kept.input.is_none());
        refused.map(|kept| kept.answer)
    }

    /// What was answered. None where it never was, in time for the guest.
    pub(crate) fn answer(self, request: &HttpRequest) -> Option<Answer> {
        let Exchange { input, answer } = self.exchange?;
        if input == digest(&(request,)) {
            return Some(answer);
        }
        self.astray.note(self.place);
        // So that it wakes: it is stopped then.
        let what = "The request is not what it was.".to_owned();
        Some(Err(Unanswered::Other(what)))
    }
}

impl Astray {
    /// The place of the first such request.
    pub(super) fn first(&self) -> Option<usize> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, place: usize) {
        let mut first = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *first = Some(first.map_or(place, |first| first.min(place)));
    }
}

fn size(answer: &Answer) -> usize {
    let answered = answer.as_ref().map_or(0, |answer| {
        let headers = answer.headers.iter();
        let headers = headers.map(|(name, value)| name.len() + value.len());
        answer.body.len() + headers.sum::<usize>()
    });
    answered + BESIDE
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(url: &str) -> HttpRequest {
        HttpRequest {
            method: "GET".to_owned(),
            url: url.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    fn answered(body: &str) -> Answer {
        Ok(HttpResponse {
            status: 200,
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
        })
    }

    #[test]
    fn each_answer_is_in_the_place_of_its_request() {
        let kept = Kept::new(1_000);
        let (mut first, mut second) = (kept.one_more(), kept.one_more());
        let third = kept.one_more();
        second.asks(&asked("b"));
        second.keep(&answered("two"));
        first.asks(&asked("a"));
        first.keep(&answered("one"));
        drop(third);
        let exchanges = kept.take().unwrap();
        assert_eq!(exchanges.len(), 3);

        let astray = Astray::default();
        let known = |place: usize| Known::new(exchanges[place].clone(), place, &astray);
        assert!(known(0).refusal().is_none());
        assert_eq!(known(0).answer(&asked("a")), Some(answered("one")));
        assert_eq!(known(1).answer(&asked("b")), Some(answered("two")));
        assert_eq!(known(2).answer(&asked("c")), None);
        assert_eq!(astray.first(), None);
        let other = known(1).answer(&asked("a")).unwrap();
        assert!(matches!(other, Err(Unanswered::Other(_))));
        assert_eq!(astray.first(), Some(1));
    }

    #[test]
    fn a_refusal_is_told_at_once_and_too_much_is_nothing() {
        let kept = Kept::new(100);
        kept.one_more().keep(&Err(Unanswered::TooMany));
        let exchange = kept.0.lock().unwrap().exchanges[0].clone();
        let mut known = Known::new(exchange, 0, &Astray::default());
        assert_eq!(known.refusal(), Some(Err(Unanswered::TooMany)));
        kept.one_more().keep(&answered(&"a".repeat(100)));
        assert_eq!(kept.take(), None);
    }
}
