//! Missed: what was said between two sessions, which the gateway does not tell. It is asked for chat by chat ("Get Channel
//! Messages"), by the time that stands in every id ("Snowflakes").

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::listener;
use crate::callback::Event;
use crate::discord::api::{Bot, Route};
use crate::discord::{message, settings};
use crate::driver::{BoundChannel, SendError};
use crate::message::Target;

/// What is older is not answered any more.
const OLDEST: TimeDelta = TimeDelta::hours(24);
/// How far our clock may be ahead of Discord's.
const SKEW: TimeDelta = TimeDelta::minutes(1);
/// Answers of a hundred messages that are read of one chat.
const PAGES: usize = 10;
/// The first millisecond of Discord's time.
const EPOCH: i64 = 1_420_070_400_000;

/// What was said in a chat since then, oldest first.
pub(in crate::discord) async fn missed(
    bot: &Bot<'_>,
    channel: &BoundChannel,
    chat: &Target,
    since: DateTime<Utc>,
) -> Result<Vec<Event>, SendError> {
    let listener = settings::configuration(channel).map(|configuration| listener(&configuration));
    let listener = listener.unwrap_or_default();
    let since = (since - SKEW).max(Utc::now() - OLDEST);
    let mut after = first_id(since);
    let mut events = Vec::new();
    for _ in 0..PAGES {
        let route = Route::Behind(&chat.platform_chat_id, after);
        let mut page: Vec<Value> = bot.get(&route).await?;
        // The newest comes first.
        page.sort_by_key(id);
        let Some(last) = page.last().map(id).filter(|last| *last > after) else {
            break;
        };
        after = last;
        let read = |message| message::read_in(message, &listener, chat.is_group);
        events.extend(page.iter().map(read));
    }
    Ok(events)
}

/// The least id that a message of this moment could have.
fn first_id(moment: DateTime<Utc>) -> u64 {
    let millis = u64::try_from(moment.timestamp_millis() - EPOCH).unwrap_or(0);
    millis << 22
}

fn id(message: &Value) -> u64 {
    let id = message.get("id").and_then(Value::as_str);
    id.and_then(|id| id.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::conformance::{Answering, runtime};
    use crate::discord::limits::Limits;
    use crate::discord::tests::{TOKEN, channel, ok};

    fn said(id: u64, author: &str) -> Value {
        json!({ "id": id.to_string(), "channel_id": "55", "type": 0, "content": format!("n{id}"),
            "author": { "id": author, "username": "ada" }, "attachments": [], "mentions": [] })
    }

    #[test]
    fn pages_are_read_in_order_and_what_the_bot_said_is_left_out() {
        let base = first_id(Utc::now());
        let first: Vec<Value> = (1..=100).rev().map(|n| said(base + n, "42")).collect();
        let second = vec![said(base + 102, "42"), said(base + 101, "900")];
        let http = Answering::in_turn([ok(json!(first)), ok(json!(second)), ok(json!([]))]);
        let (api, limits) = (
            "https://discord.example/api/v10".parse().unwrap(),
            Limits::default(),
        );
        let bot = Bot::new(&http, &api, &limits, TOKEN.to_owned().try_into().unwrap());
        let chat = Target {
            platform_chat_id: "55".to_owned(),
            platform_user_id: None,
            is_group: true,
        };
        let since = Utc::now();
        let events = runtime()
            .block_on(missed(&bot, &channel(), &chat, since))
            .unwrap();
        let texts = events.iter().filter_map(|event| match event {
            Event::Heard(heard) => {
                assert!(heard.is_group);
                Some(heard.text.clone())
            }
            _ => None,
        });
        let expected = (1..=100).chain([102]).map(|n| format!("n{}", base + n));
        assert_eq!(texts.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
        let asked: Vec<String> = (http.requests().iter())
            .map(|request| request.url.query().unwrap().to_owned())
            .collect();
        assert_eq!(asked[1], format!("limit=100&after={}", base + 100));
        let first = asked[0].strip_prefix("limit=100&after=").unwrap();
        // A minute for clocks that differ.
        let first: u64 = first.parse().unwrap();
        assert!(first < base && base - first <= 61_000 << 22);
    }

    #[test]
    fn what_is_older_than_a_day_is_left() {
        let http = Answering::in_turn([ok(json!([]))]);
        let (api, limits) = (
            "https://discord.example/api/v10".parse().unwrap(),
            Limits::default(),
        );
        let bot = Bot::new(&http, &api, &limits, TOKEN.to_owned().try_into().unwrap());
        let chat = Target {
            platform_chat_id: "55".to_owned(),
            platform_user_id: None,
            is_group: false,
        };
        let long_ago = Utc::now() - TimeDelta::days(30);
        let events = runtime().block_on(missed(&bot, &channel(), &chat, long_ago));
        assert!(events.unwrap().is_empty());
        let query = http.requests()[0].url.query().unwrap().to_owned();
        let after: u64 = query
            .strip_prefix("limit=100&after=")
            .unwrap()
            .parse()
            .unwrap();
        assert!(after >= first_id(Utc::now() - OLDEST - TimeDelta::minutes(1)));
    }
}
