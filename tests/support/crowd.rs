//! A crowd is people who talk to the agent `counter` all at once, each in a conversation of their own and each message
//! after the last was answered, through a product that sends a message again until it has an answer. What they saw is
//! held against what the host has written down.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;

use crate::callback::{Callback, Received};
use crate::channel::{Channel, message_with_id};
use crate::database::{Database, Entry};
use crate::wait::{LONG, wait_for};

/// What one person said and was told.
struct Person {
    name: String,
    /// Each message with the replies that came in its answer.
    said: Vec<(String, Vec<String>)>,
}

/// People who have said what they had to say.
pub struct Crowd {
    people: Vec<Person>,
}

/// The message that asks for a timer.
const REMINDER: &str = "remind me in 1 second to breathe";

impl Crowd {
    /// Has `people` say `messages` each; in the middle of them each asks to be reminded. `channel_for` gives the way to
    /// a host for each try, by a number that differs between neighbours.
    pub async fn talk(
        people: usize,
        messages: usize,
        channel_for: impl Fn(usize) -> Channel,
    ) -> Crowd {
        let everyone = (0..people).map(async |person| {
            let name = format!("person-{person:02}");
            let mut said = Vec::new();
            for number in 0..messages {
                let text = if number == messages / 2 {
                    REMINDER.to_owned()
                } else {
                    format!("message {number}")
                };
                let body = message_with_id(&name, &text, &format!("{name}-{number}"));
                let answer = wait_for(
                    LONG,
                    "an answer to a message that is sent again and again",
                    async || channel_for(person + number).attempt(&body).await,
                );
                let answer = answer.await;
                said.push((text, answer.replies()));
            }
            Person { name, said }
        });
        Crowd {
            people: join_all(everyone).await,
        }
    }

    /// Fails the test unless nothing was lost, done twice or put out of order, in the log, in the agent's state and at
    /// the people's end.
    pub async fn check(&self, database: &Database, callback: &Callback) {
        database.settled().await;
        let log = database.log().await;
        let delivered = told_once(&callback.received());
        for person in &self.people {
            let entries: Vec<&Entry> = log
                .iter()
                .filter(|entry| entry.chat.contains(&person.name))
                .collect();
            person.check_log(&entries);
            person.check_told(delivered.get(&person.name).map_or(&[], Vec::as_slice));
        }
        let counting = self
            .people
            .iter()
            .map(|person| person.said.len() - 1)
            .sum::<usize>();
        assert_eq!(
            database.agent_state("counter", "count").await,
            Some(counting.to_string())
        );
        let totals: BTreeSet<usize> = log
            .iter()
            .filter(|entry| !entry.inbound)
            .filter_map(|entry| in_all(&entry.text))
            .collect();
        assert_eq!(
            totals,
            (1..=counting).collect(),
            "each message was counted once for the agent"
        );
    }
}

impl Person {
    /// What has to be answered, in order, without the timer.
    fn expected(&self) -> Vec<String> {
        let mut count = 0;
        let answer = |(text, _): &(String, Vec<String>)| {
            if text == REMINDER {
                return "I will remind you in 1 s.".to_owned();
            }
            count += 1;
            format!("{count} here")
        };
        self.said.iter().map(answer).collect()
    }

    fn check_log(&self, entries: &[&Entry]) {
        let heard: Vec<&str> = entries
            .iter()
            .filter(|entry| entry.inbound)
            .map(|entry| &*entry.text)
            .collect();
        let said: Vec<&str> = self.said.iter().map(|(text, _)| &**text).collect();
        assert_eq!(
            heard, said,
            "{} was heard once a message, in order",
            self.name
        );

        let answers = entries
            .iter()
            .filter(|entry| !entry.inbound && !is_timer(&entry.text));
        let answers: Vec<String> = answers.map(|entry| short(&entry.text)).collect();
        assert_eq!(
            answers,
            self.expected(),
            "{} was answered once a message, in order",
            self.name
        );

        let timers = entries.iter().filter(|entry| is_timer(&entry.text)).count();
        assert_eq!(timers, 1, "the timer of {} fired once", self.name);
        let turns: BTreeSet<_> = entries
            .iter()
            .filter(|entry| !entry.inbound)
            .map(|entry| &entry.turn)
            .collect();
        assert_eq!(
            turns.len(),
            self.said.len() + 1,
            "each turn of {} spoke once",
            self.name
        );
    }

    /// Each reply came in the answer or as a delivery, and the timer as a delivery.
    fn check_told(&self, delivered: &[String]) {
        let mut late = delivered
            .iter()
            .filter(|text| !is_timer(text))
            .map(|text| short(text))
            .peekable();
        for ((said, replies), expected) in self.said.iter().zip(self.expected()) {
            let here: Vec<String> = replies.iter().map(|reply| short(reply)).collect();
            let came_late = late.next_if_eq(&expected).is_some();
            assert!(
                here == [expected.clone()] || (here.is_empty() && came_late),
                "{} said {said:?}: answered with {here:?}, delivered {delivered:?}, expected {expected:?}",
                self.name
            );
        }
        assert_eq!(
            late.next(),
            None,
            "{} got a delivery that belongs to no message, or out of order",
            self.name
        );
        assert_eq!(
            delivered.iter().filter(|text| is_timer(text)).count(),
            1,
            "{}: {delivered:?}",
            self.name
        );
    }
}

/// What each person was sent, in order, where what was sent again under the same id counts once.
fn told_once(received: &[Received]) -> BTreeMap<String, Vec<String>> {
    let mut first: BTreeMap<String, String> = BTreeMap::new();
    let mut told: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for delivery in received {
        let (id, text) = (delivery.header("webhook-id").to_owned(), delivery.text());
        if let Some(earlier) = first.get(&id) {
            assert_eq!(
                *earlier, text,
                "the delivery {id} changed when it was sent again"
            );
            continue;
        }
        let person = delivery.json()["externalUserId"]
            .as_str()
            .expect("a person")
            .to_owned();
        told.entry(person).or_default().push(text.clone());
        first.insert(id, text);
    }
    told
}

fn is_timer(text: &str) -> bool {
    text.starts_with('⏰')
}

/// `3 here, 17 in all.` without what depends on the others.
fn short(text: &str) -> String {
    text.split(',').next().unwrap_or_default().to_owned()
}

fn in_all(text: &str) -> Option<usize> {
    text.split_once(" here, ")?
        .1
        .strip_suffix(" in all.")?
        .parse()
        .ok()
}
