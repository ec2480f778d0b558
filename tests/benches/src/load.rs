//! Load: people who each wait for an answer before they say or ask the next thing.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use futures_util::future::try_join_all;

use crate::host::Channel;
use crate::http::Connection;

/// What is said.
pub(crate) const FOX: &str = "the quick brown fox";

/// What a load saw.
pub(crate) struct Seen {
    /// Answers a second.
    pub(crate) rate: f64,
    latencies: Vec<Duration>,
}

impl Seen {
    pub(crate) fn of(mut latencies: Vec<Duration>, took: Duration) -> Seen {
        latencies.sort_unstable();
        #[expect(clippy::cast_precision_loss, reason = "a rate is not counted exactly")]
        let rate = latencies.len() as f64 / took.as_secs_f64();
        Seen { rate, latencies }
    }

    /// How many answers there were.
    pub(crate) fn count(&self) -> usize {
        self.latencies.len()
    }

    /// The latency that this share of the answers did not exceed.
    pub(crate) fn quantile(&self, hundredths: usize) -> Duration {
        let place = self.latencies.len().saturating_sub(1) * hundredths / 100;
        self.latencies.get(place).copied().unwrap_or_default()
    }
}

/// Has `people` talk for as long as `time`, each in a conversation of their own.
pub(crate) async fn talk(
    address: &str,
    channel: &Channel,
    people: usize,
    time: Duration,
) -> Result<Seen> {
    let begun = Instant::now();
    let everyone = (0..people).map(async |person| {
        let mut talker = Talker::new(address, channel).await?;
        let mut latencies = Vec::new();
        while begun.elapsed() < time {
            latencies.push(talker.say(person).await?);
        }
        anyhow::Ok(latencies)
    });
    let latencies = try_join_all(everyone).await?.concat();
    Ok(Seen::of(latencies, begun.elapsed()))
}

/// Has `count` messages sent, by `people` at a time, over many conversations.
pub(crate) async fn send(
    address: &str,
    channel: &Channel,
    people: usize,
    count: usize,
    conversations: usize,
) -> Result<Seen> {
    let begun = Instant::now();
    let everyone = (0..people).map(async |person| {
        let mut talker = Talker::new(address, channel).await?;
        let mut latencies = Vec::new();
        for number in (person..count).step_by(people) {
            latencies.push(talker.say(number % conversations).await?);
        }
        anyhow::Ok(latencies)
    });
    let latencies = try_join_all(everyone).await?.concat();
    Ok(Seen::of(latencies, begun.elapsed()))
}

/// What is asked over and over.
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) token: String,
    pub(crate) body: String,
}

impl Request {
    /// Asks once, over a connection of its own.
    pub(crate) async fn once(&self, address: &str) -> Result<Vec<u8>> {
        self.over(&mut Connection::open(address).await?).await
    }

    async fn over(&self, connection: &mut Connection) -> Result<Vec<u8>> {
        let (status, answer) = connection
            .send(self.method, &self.path, &self.token, self.body.as_bytes())
            .await?;
        ensure!(
            status == 200,
            "{status} {}",
            String::from_utf8_lossy(&answer)
        );
        Ok(answer)
    }
}

/// Has each of the requests asked for as long as `time`, by a client each. What they ask for must not change meanwhile.
pub(crate) async fn read(address: &str, requests: &[Request], time: Duration) -> Result<Seen> {
    let begun = Instant::now();
    let everyone = requests.iter().map(async |request| {
        let mut connection = Connection::open(address).await?;
        // GraphQL gives the fields of one message now in this order, now in that: answers are alike in length.
        let expected = request.over(&mut connection).await?.len();
        let mut latencies = Vec::new();
        while begun.elapsed() < time {
            let asked = Instant::now();
            let answer = request.over(&mut connection).await?;
            latencies.push(asked.elapsed());
            ensure!(
                answer.len() == expected,
                "another answer: {}",
                String::from_utf8_lossy(&answer)
            );
        }
        Ok(latencies)
    });
    let latencies = try_join_all(everyone).await?.concat();
    Ok(Seen::of(latencies, begun.elapsed()))
}

/// One connection of the messaging product.
pub(crate) struct Talker {
    connection: Connection,
    path: String,
    key: String,
}

impl Talker {
    /// Connects.
    pub(crate) async fn new(address: &str, channel: &Channel) -> Result<Talker> {
        let path = format!("/api/channels/{}/inbound", channel.id);
        Ok(Talker {
            connection: Connection::open(address).await?,
            path,
            key: channel.key.clone(),
        })
    }

    /// Says something and waits for the echo.
    pub(crate) async fn say(&mut self, person: usize) -> Result<Duration> {
        self.ask(person, FOX, FOX).await
    }

    /// Says something, without quotes in it, and waits for an answer that has these words.
    pub(crate) async fn ask(
        &mut self,
        person: usize,
        message: &str,
        words: &str,
    ) -> Result<Duration> {
        let body = format!(r#"{{"externalUserId":"person-{person}","message":"{message}"}}"#);
        let begun = Instant::now();
        let (status, answer) = self
            .connection
            .send("POST", &self.path, &self.key, body.as_bytes())
            .await?;
        let took = begun.elapsed();
        let answer = String::from_utf8_lossy(&answer);
        ensure!(status == 200 && answer.contains(words), "{status} {answer}");
        Ok(took)
    }
}
