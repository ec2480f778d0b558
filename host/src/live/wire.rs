//! The wire between hosts: a notice is the sender's id and its signals, a letter and an id each.

use store::ids::HostId;
use store::notices::LONGEST;
use uuid::Uuid;

use super::{Signal, Topic, Waiting};

/// The sign that anything may have changed.
const EVERYTHING: &str = "*";

/// What a host said.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Heard {
    pub from: HostId,
    pub everything: bool,
    pub signals: Vec<Signal>,
}

/// The notices that tell what waits. With nothing to tell, one that only says who is there.
pub(super) fn write(host: HostId, waiting: &Waiting) -> Vec<String> {
    let head = host.uuid().simple().to_string();
    if waiting.everything {
        return vec![format!("{head} {EVERYTHING}")];
    }
    let mut notices = Vec::new();
    let mut notice = head.clone();
    for signal in &waiting.signals {
        let Some((letter, id)) = letter_of(signal) else {
            continue;
        };
        let word = format!(" {letter}{}", id.simple());
        if notice.len() + word.len() > LONGEST {
            notices.push(std::mem::replace(&mut notice, head.clone()));
        }
        notice.push_str(&word);
    }
    notices.push(notice);
    notices
}

/// Reads a notice. What an older or a newer host says and this one does not know is left out.
pub(super) fn read(notice: &str) -> Option<Heard> {
    let mut words = notice.split(' ');
    let from = words.next()?.parse().ok()?;
    let mut heard = Heard {
        from,
        everything: false,
        signals: Vec::new(),
    };
    for word in words {
        if word == EVERYTHING {
            heard.everything = true;
        } else {
            heard.signals.extend(signal_of(word));
        }
    }
    Some(heard)
}

fn letter_of(signal: &Signal) -> Option<(char, Uuid)> {
    Some(match signal.topic {
        Topic::Conversation(id) if signal.is_typing => ('t', id.uuid()),
        Topic::Conversation(id) => ('c', id.uuid()),
        Topic::Turns(id) => ('u', id.uuid()),
        Topic::AgentTurns(id) => ('a', id.uuid()),
        Topic::AgentLog(id) => ('l', id.uuid()),
        Topic::Channels(id) => ('h', id.uuid()),
        Topic::Deliveries(id) => ('d', id.uuid()),
        Topic::Rights(id) => ('r', id.uuid()),
        // Every host finds deliveries by itself.
        Topic::Outbox => return None,
    })
}

fn signal_of(word: &str) -> Option<Signal> {
    let letter = word.chars().next()?;
    let id: Uuid = word.strip_prefix(letter)?.parse().ok()?;
    let topic = match letter {
        't' | 'c' => Topic::Conversation(id.into()),
        'u' => Topic::Turns(id.into()),
        'a' => Topic::AgentTurns(id.into()),
        'l' => Topic::AgentLog(id.into()),
        'h' => Topic::Channels(id.into()),
        'd' => Topic::Deliveries(id.into()),
        'r' => Topic::Rights(id.into()),
        _ => return None,
    };
    Some(Signal {
        topic,
        is_typing: letter == 't',
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use store::ids::{AgentId, ChannelId, ConversationId, ProjectId, UserId};

    use super::*;

    fn waiting(signals: impl IntoIterator<Item = Signal>) -> Waiting {
        Waiting {
            signals: signals.into_iter().collect(),
            everything: false,
        }
    }

    fn changed(topic: Topic) -> Signal {
        Signal {
            topic,
            is_typing: false,
        }
    }

    #[test]
    fn every_topic_arrives_as_it_was_sent() {
        let host = HostId::new();
        let conversation = ConversationId::new();
        let sent = waiting([
            changed(Topic::Conversation(conversation)),
            Signal {
                topic: Topic::Conversation(conversation),
                is_typing: true,
            },
            changed(Topic::Turns(conversation)),
            changed(Topic::AgentTurns(AgentId::new())),
            changed(Topic::AgentLog(AgentId::new())),
            changed(Topic::Channels(ProjectId::new())),
            changed(Topic::Deliveries(ChannelId::new())),
            changed(Topic::Rights(UserId::new())),
        ]);
        let notices = write(host, &sent);
        assert_eq!(notices.len(), 1);
        let heard = read(&notices[0]).unwrap();
        assert_eq!(heard.from, host);
        assert_eq!(
            heard.signals.into_iter().collect::<HashSet<_>>(),
            sent.signals
        );
    }

    #[test]
    fn no_notice_is_longer_than_the_server_takes() {
        let sent = waiting((0..1_000).map(|_| changed(ConversationId::new().into())));
        let notices = write(HostId::new(), &sent);
        assert!(notices.len() > 1);
        assert!(notices.iter().all(|notice| notice.len() <= LONGEST));
        let heard: usize = notices
            .iter()
            .map(|notice| read(notice).unwrap().signals.len())
            .sum();
        assert_eq!(heard, 1_000);
    }

    #[test]
    fn a_greeting_and_the_worst_have_no_ids() {
        let host = HostId::new();
        let heard = read(&write(host, &Waiting::default())[0]).unwrap();
        assert_eq!(
            (heard.from, heard.everything, heard.signals),
            (host, false, vec![])
        );
        let everything = Waiting {
            everything: true,
            ..Waiting::default()
        };
        assert!(read(&write(host, &everything)[0]).unwrap().everything);
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        let host = HostId::new();
        let notice = format!("{host} z{host} c{host} cat");
        assert_eq!(read(&notice).unwrap().signals.len(), 1);
        assert_eq!(read("nobody says this"), None);
    }
}
