//! The meter of a call: how long the guest's own code has run, how long the host made it wait, how often it called.
//! Guest time stands still while the host works and while other tasks have the thread.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

use wasmtime::UpdateDeadline;

use crate::limits::Limits;
use crate::stop::Stop;

/// Epochs (see [`crate::engine::ticker`]) between two looks at a guest that is busy.
pub(crate) const SLICE: u64 = 1;

/// How much later than it was told an answer may come.
const LATE: Duration = Duration::from_secs(2);

pub(crate) struct Meter {
    guest_limit: Duration,
    host_limit: Duration,
    model_limit: Duration,
    call_limit: u32,
    guest: Duration,
    host: Duration,
    model: Duration,
    calls: u32,
    /// Whether it has begun one call too many.
    is_over: bool,
    /// When the guest's own code last began to run.
    since: Instant,
    /// Nanoseconds since then in which it had yielded to others; made at the first yield.
    yielded: Option<Arc<AtomicU64>>,
}

impl Meter {
    /// A meter that runs from now.
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            guest_limit: limits.guest_time,
            host_limit: limits.host_time,
            model_limit: limits.model_time,
            call_limit: limits.host_calls,
            guest: Duration::ZERO,
            host: Duration::ZERO,
            model: Duration::ZERO,
            calls: 0,
            is_over: false,
            since: Instant::now(),
            yielded: None,
        }
    }

    /// Guest time, host time (that of models included) and host calls when the guest has just stopped running.
    pub(crate) fn read(&self) -> (Duration, Duration, u32) {
        (
            self.guest_until(Instant::now()),
            self.host + self.model,
            self.calls,
        )
    }

    /// Called at each epoch in which the guest's own code is busy: stops it, or lets others have the thread.
    pub(crate) fn tick(&mut self) -> Result<UpdateDeadline, Stop> {
        self.go_on()?;
        if self.guest_until(Instant::now()) > self.guest_limit {
            return Err(Stop::Deadline {
                limit: self.guest_limit,
            });
        }
        let yielded = self.yielded.get_or_insert_default().clone();
        Ok(UpdateDeadline::YieldCustom(
            SLICE,
            Box::pin(stand_aside(yielded)),
        ))
    }

    /// Makes one call of the host, which ends within the host time that is left.
    pub(crate) async fn call<T>(
        &mut self,
        name: &'static str,
        call: impl Future<Output = T> + Send,
    ) -> Result<T, Stop> {
        self.count()?;
        let left = self.host_limit.saturating_sub(self.host);
        let (answer, took) = self.wait(within(left, call)).await;
        self.host += took;
        match answer {
            Some(answer) if self.host <= self.host_limit => Ok(answer),
            _ => Err(Stop::HostDeadline {
                call: name,
                limit: self.host_limit,
            }),
        }
    }

    /// Makes one call of a model, which is told how much of the time for models is left, and ends within it by itself.
    pub(crate) async fn ask<T, Call>(
        &mut self,
        name: &'static str,
        call: impl FnOnce(Duration) -> Call,
    ) -> Result<T, Stop>
    where
        Call: Future<Output = T> + Send,
    {
        self.count()?;
        let left = self.model_limit.saturating_sub(self.model);
        let (answer, took) = self.wait(within(left + LATE, call(left))).await;
        self.model += took;
        answer.ok_or(Stop::HostDeadline {
            call: name,
            limit: self.model_limit,
        })
    }

    /// Makes one call of the host that is told how much time there is, and ends within it by itself: most of what is left, so
    /// that the guest can still do something about an answer that there is not.
    pub(crate) async fn tell<T, Call>(
        &mut self,
        name: &'static str,
        call: impl FnOnce(Duration) -> Call,
    ) -> Result<T, Stop>
    where
        Call: Future<Output = T> + Send,
    {
        self.count()?;
        let left = self.host_limit.saturating_sub(self.host) / 10 * 9;
        self.idle(name, call(left)).await
    }

    /// Counts a call of the host that goes on while the guest does, and says how much time it may take: most of what is left, so
    /// that a guest which is told of its end by the clock can still do something about it. `None` where it is one too many.
    pub(crate) fn begin(&mut self) -> Option<Duration> {
        self.is_over = self.count().is_err();
        (!self.is_over).then(|| self.host_limit.saturating_sub(self.host) / 10 * 9)
    }

    /// Stops a guest that has begun one call too many.
    pub(crate) fn go_on(&self) -> Result<(), Stop> {
        match self.is_over {
            true => Err(Stop::TooManyCalls {
                limit: self.call_limit,
            }),
            false => Ok(()),
        }
    }

    /// Waits for what goes on. It ends by itself, in the time that it was told.
    pub(crate) async fn idle<T>(
        &mut self,
        name: &'static str,
        wait: impl Future<Output = T> + Send,
    ) -> Result<T, Stop> {
        let left = self.host_limit.saturating_sub(self.host);
        let (answer, took) = self.wait(within(left + LATE, wait)).await;
        self.host += took;
        answer.ok_or(Stop::HostDeadline {
            call: name,
            limit: self.host_limit,
        })
    }

    /// Counts a call.
    pub(crate) fn count(&mut self) -> Result<(), Stop> {
        if self.calls >= self.call_limit {
            return Err(Stop::TooManyCalls {
                limit: self.call_limit,
            });
        }
        self.calls += 1;
        Ok(())
    }

    /// Waits for the host, in which time the guest's own stands still. How long that took.
    async fn wait<T>(&mut self, call: impl Future<Output = T>) -> (T, Duration) {
        let began = Instant::now();
        self.guest = self.guest_until(began);
        let answer = call.await;
        let ended = Instant::now();
        self.since = ended;
        if let Some(yielded) = &self.yielded {
            yielded.store(0, Ordering::Relaxed);
        }
        (answer, ended.duration_since(began))
    }

    fn guest_until(&self, now: Instant) -> Duration {
        let aside = self
            .yielded
            .as_ref()
            .map_or(0, |yielded| yielded.load(Ordering::Relaxed));
        self.guest
            + now
                .duration_since(self.since)
                .saturating_sub(Duration::from_nanos(aside))
    }
}

/// Lets other tasks have the thread, and notes how long they took.
async fn stand_aside(yielded: Arc<AtomicU64>) {
    let began = Instant::now();
    tokio::task::yield_now().await;
    let nanos = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
    yielded.fetch_add(nanos, Ordering::Relaxed);
}

/// What a future gives within a time, or `None`. A future that is ready at once costs no timer.
async fn within<T>(limit: Duration, future: impl Future<Output = T> + Send) -> Option<T> {
    let mut future = pin!(future);
    let mut first: Pin<&mut _> = future.as_mut();
    let at_once = std::future::poll_fn(|cx| Poll::Ready(first.as_mut().poll(cx))).await;
    match at_once {
        Poll::Ready(answer) => Some(answer),
        Poll::Pending => tokio::time::timeout(limit, future).await.ok(),
    }
}
