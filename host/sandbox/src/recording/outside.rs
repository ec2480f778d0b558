//! Outside: the clocks and the random numbers of WASI, as a recording has them. Random numbers are drawn from a seed of 32 bytes
//! of the host's, which is all that has to be kept of them; clocks are kept reading by reading.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use rand_core::TryRng;
use serde::{Deserialize, Serialize};
use wasmtime_wasi::{HostMonotonicClock, HostWallClock, WasiCtxBuilder};

/// What was read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Readings {
    /// None where nothing outside was looked at.
    seed: Option<[u8; 32]>,
    wall: Vec<i64>,
    monotonic: Vec<i64>,
}

impl Readings {
    pub(super) fn is_empty(&self) -> bool {
        self.seed.is_none()
    }
}

/// The clocks and random numbers of one call.
pub(crate) struct Outside {
    seed: [u8; 32],
    began: Instant,
    clocks: Mutex<Clocks>,
}

struct Clocks {
    wall: Clock,
    monotonic: Clock,
    /// Readings that may still be taken down.
    left: usize,
    is_over: bool,
}

/// One clock: nanoseconds, each reading as the way from the one before.
#[derive(Default)]
struct Clock {
    last: i64,
    steps: Vec<i64>,
    /// How many of the steps were played; none while they are taken down.
    played: Option<usize>,
    ran_out: bool,
}

/// Bytes that a reading takes at most.
const READING: usize = 10;

impl Outside {
    /// One that takes down up to so many bytes; none where the host has no random numbers.
    pub(super) fn recording(most: usize) -> Option<Self> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).ok()?;
        Some(Self {
            seed,
            began: Instant::now(),
            clocks: Mutex::new(Clocks {
                wall: Clock::default(),
                monotonic: Clock::default(),
                left: most / READING,
                is_over: false,
            }),
        })
    }

    pub(super) fn playing(readings: Readings) -> Self {
        let clock = |steps| Clock {
            steps,
            played: Some(0),
            ..Clock::default()
        };
        Self {
            seed: readings.seed.unwrap_or_default(),
            began: Instant::now(),
            clocks: Mutex::new(Clocks {
                wall: clock(readings.wall),
                monotonic: clock(readings.monotonic),
                left: 0,
                is_over: false,
            }),
        }
    }

    /// What was taken down; none where it is too much.
    pub(super) fn recorded(&self) -> Option<Readings> {
        let clocks = self.clocks();
        (!clocks.is_over).then(|| Readings {
            seed: Some(self.seed),
            wall: clocks.wall.steps.clone(),
            monotonic: clocks.monotonic.steps.clone(),
        })
    }

    /// The clock that was read more often than the recording has it.
    pub(super) fn ran_out(&self) -> Option<&'static str> {
        let clocks = self.clocks();
        match (clocks.wall.ran_out, clocks.monotonic.ran_out) {
            (true, _) => Some("wall"),
            (_, true) => Some("monotonic"),
            _ => None,
        }
    }

    /// Gives a guest these clocks and random numbers.
    pub(crate) fn equip(self: Arc<Self>, context: &mut WasiCtxBuilder) {
        let mut seed = [0; 16];
        Random::new(&self.seed, "seed").fill(&mut seed);
        context
            .secure_random(Random::new(&self.seed, "secure"))
            .insecure_random(Random::new(&self.seed, "insecure"))
            .insecure_random_seed(u128::from_le_bytes(seed))
            .wall_clock(Wall(self.clone()))
            .monotonic_clock(Monotonic(self));
    }

    fn clocks(&self) -> MutexGuard<'_, Clocks> {
        self.clocks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clocks {
    fn read(&mut self, of: impl Fn(&mut Self) -> &mut Clock, now: impl FnOnce() -> i64) -> i64 {
        let has_room = self.left > 0;
        let clock = of(self);
        if clock.played.is_some() {
            return clock.play();
        }
        let now = now();
        if has_room {
            clock.steps.push(now - clock.last);
            clock.last = now;
            self.left -= 1;
        } else {
            self.is_over = true;
        }
        now
    }
}

impl Clock {
    /// The next reading. After the last one time goes on by a millisecond a look, so that whoever waits for it does not wait
    /// for ever.
    fn play(&mut self) -> i64 {
        let place = self.played.unwrap_or_default();
        let step = self.steps.get(place).copied();
        self.ran_out |= step.is_none();
        self.played = Some(place + 1);
        self.last = self.last.saturating_add(step.unwrap_or(1_000_000));
        self.last
    }
}

struct Wall(Arc<Outside>);

impl HostWallClock for Wall {
    fn resolution(&self) -> Duration {
        Duration::from_nanos(1)
    }

    fn now(&self) -> Duration {
        let now = || {
            let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
            i64::try_from(since.unwrap_or_default().as_nanos()).unwrap_or(i64::MAX)
        };
        let nanos = self.0.clocks().read(|clocks| &mut clocks.wall, now);
        Duration::from_nanos(u64::try_from(nanos).unwrap_or_default())
    }
}

struct Monotonic(Arc<Outside>);

impl HostMonotonicClock for Monotonic {
    fn resolution(&self) -> u64 {
        1
    }

    fn now(&self) -> u64 {
        let now = || i64::try_from(self.0.began.elapsed().as_nanos()).unwrap_or(i64::MAX);
        let nanos = self.0.clocks().read(|clocks| &mut clocks.monotonic, now);
        u64::try_from(nanos).unwrap_or_default()
    }
}

/// Random numbers of a seed: what BLAKE3 gives under it as a key.
struct Random(blake3::OutputReader);

impl Random {
    fn new(seed: &[u8; 32], purpose: &str) -> Self {
        let mut hasher = blake3::Hasher::new_keyed(seed);
        hasher.update(purpose.as_bytes());
        Self(hasher.finalize_xof())
    }

    fn fill(&mut self, bytes: &mut [u8]) {
        self.0.fill(bytes);
    }
}

impl TryRng for Random {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.fill(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.fill(bytes);
        Ok(())
    }
}
