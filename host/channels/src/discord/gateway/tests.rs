use super::*;
use crate::conformance::{Answering, runtime};
use crate::discord::limits::Limits;
use crate::discord::tests::{TOKEN, channel, ok, sent_by};

fn cursor(text: String) -> Cursor {
    Cursor {
        text,
        moved_at: chrono::Utc::now(),
    }
}

fn dialed(flags: u64, remaining: u64, at: Option<&Cursor>) -> (Result<Dial, PollError>, usize) {
    let http = Answering::in_turn([
        ok(json!({ "id": "7", "flags": flags })),
        ok(
            json!({ "url": "wss://gateway.example", "shards": 1, "session_start_limit": {
            "total": 1000, "remaining": remaining, "reset_after": 90_000, "max_concurrency": 1 } }),
        ),
    ]);
    let (api, limits) = (
        "https://discord.example/api/v10".parse().unwrap(),
        Limits::default(),
    );
    let bot = Bot::new(&http, &api, &limits, TOKEN.to_owned().try_into().unwrap());
    let dialed = runtime().block_on(dial(&bot, &channel(), at));
    (dialed, http.requests().len())
}

fn frame(said: &Said) -> Value {
    match said {
        Said::Send(text) => serde_json::from_str(text).unwrap(),
        said => panic!("{said:?} is no frame"),
    }
}

fn greet(talk: &mut dyn Talk) -> Value {
    let said = talk.hear(r#"{"op":10,"s":null,"t":null,"d":{"heartbeat_interval":41250}}"#);
    let Said::Beat { first, every } = said[0] else {
        panic!("{said:?}")
    };
    assert!(first <= every && every == Duration::from_millis(41_250));
    frame(&said[1])
}

const READY: &str = r#"{"op":0,"s":1,"t":"READY","d":{"v":10,"user":{"id":"900","username":"Helper","bot":true},
    "session_id":"s1","resume_gateway_url":"wss://resume.example","guilds":[]}}"#;

fn begun() -> Box<dyn Talk> {
    let (dialed, _) = dialed(1 << 18, 5, None);
    let mut talk = dialed.unwrap().talk;
    greet(&mut *talk);
    talk.hear(READY);
    talk
}

fn update(said: &Said) -> &Update {
    match said {
        Said::Update(update) => update,
        said => panic!("{said:?} is no update"),
    }
}

#[test]
fn a_session_begins_and_goes_on_where_it_was() {
    let (first, asked) = dialed(1 << 19, 5, None);
    let mut first = first.unwrap();
    assert_eq!((asked, first.note), (2, None));
    assert_eq!(
        first.url.as_str(),
        "wss://gateway.example/?v=10&encoding=json"
    );
    let identify = greet(&mut *first.talk);
    assert_eq!(
        (&identify["op"], &identify["d"]["intents"]),
        (&json!(2), &json!(37_377))
    );
    assert_eq!(identify["d"]["token"], TOKEN);

    let said = first.talk.hear(READY);
    assert_eq!(said[1], Said::Works);
    let said = first
        .talk
        .hear(&sent_by("1", "42", "hello").replace("\"s\":1", "\"s\":5"));
    let at = cursor(update(&said[0]).cursor.clone());
    assert!(!at.text.contains(TOKEN), "{}", at.text);

    let (again, asked) = dialed(0, 5, Some(&at));
    let mut again = again.unwrap();
    assert_eq!(asked, 0, "resuming asks nothing");
    assert_eq!(
        again.url.as_str(),
        "wss://resume.example/?v=10&encoding=json"
    );
    let resume = greet(&mut *again.talk);
    assert_eq!(
        resume,
        json!({ "op": 6, "d": { "token": TOKEN, "session_id": "s1", "seq": 5 } })
    );
    assert_eq!(
        again.talk.hear(r#"{"op":0,"s":6,"t":"RESUMED","d":{}}"#),
        [Said::Works]
    );
}

#[test]
fn what_was_said_before_another_session_is_to_be_asked_for() {
    let mut talk = begun();
    let before = chrono::Utc::now();
    talk.hear(r#"{"op":11}"#);
    let heard = chrono::Utc::now();
    let said = talk.hear(r#"{"op":9,"d":false}"#);
    let Said::Ends(Ending::Again {
        cursor: Some(text), ..
    }) = &said[0]
    else {
        panic!("{said:?}")
    };
    let at = Cursor {
        text: text.clone(),
        moved_at: heard + chrono::TimeDelta::hours(1),
    };
    for _ in 0..2 {
        let (again, _) = dialed(1 << 18, 5, Some(&at));
        let mut again = again.unwrap();
        greet(&mut *again.talk);
        let said = again.talk.hear(READY);
        let Said::Missed { since, cursor } = &said[0] else {
            panic!("{said:?}")
        };
        assert!((before..=chrono::Utc::now()).contains(since), "{since}");
        assert_eq!(cursor, text, "whoever dies meanwhile begins there again");
        assert!(!update(&said[1]).cursor.contains("since"));
    }
    // A session that is resumed has missed nothing, and the first one of a channel had nothing to miss.
    let (first, _) = dialed(1 << 18, 5, None);
    let mut first = first.unwrap().talk;
    greet(&mut *first);
    assert!(matches!(first.hear(READY)[0], Said::Update(_)));
}

#[test]
fn a_beat_that_is_not_answered_ends_the_connection() {
    let mut talk = begun();
    assert_eq!(frame(&talk.beat()[0]), json!({ "op": 1, "d": 1 }));
    assert!(talk.hear(r#"{"op":11}"#).is_empty());
    assert_eq!(
        frame(&talk.hear(r#"{"op":1,"d":null}"#)[0]),
        json!({ "op": 1, "d": 1 })
    );
    assert!(
        talk.hear(r#"{"op":0,"s":9,"t":"TYPING_START","d":{"huge":[1,2]}}"#)
            .is_empty()
    );
    let said = talk.beat();
    assert_eq!(frame(&said[0])["d"], 9);
    assert!(update(&said[1]).cursor.contains("\"sequence\":9"));
    assert!(matches!(
        talk.beat()[0],
        Said::Ends(Ending::Again { cursor: None, .. })
    ));
}

#[test]
fn discord_says_how_to_go_on() {
    let mut talk = begun();
    let resumes = |ending: &Ending| matches!(ending, Ending::Again { cursor: None, .. });
    let begins = |ending: &Ending| matches!(ending, Ending::Again { cursor: Some(cursor), .. } if !cursor.contains("s1"));
    for (frame, again) in [
        (r#"{"op":7,"d":null}"#, true),
        (r#"{"op":9,"d":true}"#, true),
        (r#"{"op":9,"d":false}"#, false),
        ("not json", true),
        (r#"{"op":10,"d":{}}"#, true),
    ] {
        let said = talk.hear(frame);
        let Said::Ends(ending) = &said[0] else {
            panic!("{frame}: {said:?}")
        };
        assert_eq!(
            (resumes(ending), begins(ending)),
            (again, !again),
            "{frame}"
        );
    }
    for code in [None, Some(1006), Some(4000), Some(4008)] {
        assert!(resumes(&talk.closed(code)), "{code:?}");
    }
    for code in [1000, 1001, 4007, 4009] {
        assert!(begins(&talk.closed(Some(code))), "{code}");
    }
    assert!(matches!(talk.closed(Some(4004)), Ending::Expired { .. }));
    for code in [4010, 4011, 4012, 4013] {
        assert!(
            matches!(talk.closed(Some(code)), Ending::Stuck { .. }),
            "{code}"
        );
    }
}

#[test]
fn without_the_intent_it_goes_on_and_says_what_to_do() {
    let mut talk = begun();
    let Ending::Again {
        cursor: Some(text),
        why,
        ..
    } = talk.closed(Some(4014))
    else {
        panic!()
    };
    assert!(why.contains("Message Content Intent") && why.contains("Privileged Gateway Intents"));
    let (again, _) = dialed(1 << 18, 5, Some(&cursor(text.clone())));
    let mut again = again.unwrap();
    assert!(
        again
            .note
            .is_some_and(|note| note.contains("Message Content Intent"))
    );
    assert_eq!(greet(&mut *again.talk)["d"]["intents"], 4_609);
    assert!(matches!(
        again.talk.closed(Some(4014)),
        Ending::Stuck { .. }
    ));

    let later = Cursor {
        text,
        moved_at: chrono::Utc::now() - chrono::TimeDelta::hours(1),
    };
    let (later, _) = dialed(1 << 18, 5, Some(&later));
    assert_eq!(later.unwrap().note, None);
    let (never, _) = dialed(0, 5, None);
    assert!(never.unwrap().note.is_some());
}

#[test]
fn what_is_left_of_todays_sessions_is_waited_for() {
    let (dialed, _) = dialed(0, 0, None);
    assert_eq!(dialed.unwrap().wait, Duration::from_secs(90));
}

#[test]
fn another_bots_session_is_not_ours() {
    let mut talk = begun();
    let said = talk.hear(READY);
    let at = cursor(update(&said[1]).cursor.replace("900", "901"));
    let (_, asked) = dialed(0, 5, Some(&at));
    assert_eq!(asked, 2);
}
