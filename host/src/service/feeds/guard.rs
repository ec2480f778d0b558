//! The guard of a watcher: asks again whether it may, every few seconds and whenever its user's rights change.

use std::future::Future;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::unfold;
use futures_util::{FutureExt, Stream};
use store::ids::{ProjectId, TokenId};
use tokio::time::Instant;
use uuid::Uuid;

use crate::auth::{Caller, Operation};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::live::{LiveReceiver, Topic};

/// How often it asks.
const ASK: Duration = Duration::from_secs(8);
/// How soon where the database did not answer.
const AGAIN: Duration = Duration::from_secs(1);

/// The question that a guard asks again and again.
type Asks = Box<dyn Fn() -> BoxFuture<'static, Result<()>> + Send + Sync>;

/// See the module.
pub(super) struct Guard {
    cx: Context,
    caller: Caller,
    asks: Asks,
    rights: LiveReceiver,
    ask_at: Instant,
}

/// What a guard stands before. Dropping the future of `next` loses nothing.
pub(super) trait Guarded: Send + 'static {
    /// What comes.
    type Item: Send;

    /// The next one.
    fn next(&mut self) -> impl Future<Output = Result<Self::Item>> + Send;
}

impl Guard {
    /// One whose caller may do it now.
    pub(super) async fn new(
        cx: &Context,
        caller: &Caller,
        project: ProjectId,
        operation: Operation,
    ) -> Result<Guard> {
        let (context, asked) = (cx.clone(), caller.clone());
        let asks = move || {
            let (cx, caller) = (context.clone(), asked.clone());
            async move { caller.require(&cx, project, operation).await.map(drop) }
        };
        Guard::asking(cx, caller, asks).await
    }

    /// The same with a question of its own.
    pub(super) async fn asking<F>(
        cx: &Context,
        caller: &Caller,
        asks: impl Fn() -> F + Send + Sync + 'static,
    ) -> Result<Guard>
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        // Before the first question: what is withdrawn in between wakes.
        let rights = cx.live.subscribe(rights_of(caller));
        let asks: Asks = Box::new(move || asks().boxed());
        asks().await?;
        Ok(Guard {
            cx: cx.clone(),
            caller: caller.clone(),
            asks,
            rights,
            ask_at: Instant::now() + ASK,
        })
    }

    fn is_due(&self) -> bool {
        Instant::now() >= self.ask_at
    }

    async fn wait(&mut self) {
        tokio::select! {
            () = self.rights.changed() => self.ask_at = Instant::now(),
            () = tokio::time::sleep_until(self.ask_at) => {}
        }
    }

    async fn ask(&mut self) -> Result<()> {
        let allowed = match self.caller.require_proof(&self.cx).await {
            Ok(()) => (self.asks)().await,
            Err(error) => Err(error),
        };
        match allowed {
            Ok(()) => self.ask_at = Instant::now() + ASK,
            // No answer is neither.
            Err(Error::Unavailable { .. }) => self.ask_at = Instant::now() + AGAIN,
            // Who was a member knows that the project exists.
            Err(Error::NotFound { .. }) => {
                return Err(Error::Forbidden {
                    what: "watch this any longer".to_owned(),
                });
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

/// What wakes whoever watches as this caller: a person by their id, a key by its own.
fn rights_of(caller: &Caller) -> Topic {
    let key = caller.token.map_or(Uuid::nil(), TokenId::uuid);
    Topic::Rights(caller.person().unwrap_or(key.into()))
}

/// A stream of what comes while the guard lets it pass. It ends with an error, or when the host stops.
pub(super) fn guarded<G: Guarded>(
    cx: &Context,
    guard: Guard,
    inner: G,
) -> impl Stream<Item = Result<G::Item>> + Send + use<G> {
    let tasks = cx.tasks.clone();
    unfold(Some((guard, inner)), move |open| {
        let tasks = tasks.clone();
        async move {
            let (mut guard, mut inner) = open?;
            loop {
                if guard.is_due()
                    && let Err(error) = guard.ask().await
                {
                    return Some((Err(error), None));
                }
                tokio::select! {
                    biased;
                    () = tasks.stopping() => return None,
                    () = guard.wait() => {}
                    item = inner.next() => {
                        let is_open = item.is_ok();
                        return Some((item, is_open.then_some((guard, inner))));
                    }
                }
            }
        }
    })
}
