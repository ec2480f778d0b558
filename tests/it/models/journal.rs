//! The journal: a turn that is run again pays for nothing twice.

use std::time::Duration;

use tests::fakes::openai::Act;
use tests::process::Ended;
use tests::wait::{LONG, wait_for};

use super::{Asking, POINTS};

/// The host dies where it has an answer and the agent does not have it yet, and another one takes over.
async fn killed(times: u32, text: &str) -> (Asking, String) {
    let mut asking = Asking::start().await;
    assert_eq!(asking.app.terminate().await, Ended::Code(0));
    asking
        .app
        .set("CLOISTER_FAULT", Some(&format!("{}:{times}", POINTS[0])));
    asking.app.restart().await;

    let body = tests::channel::message("U1", text);
    let channel = asking.channel.clone();
    let (sent, died) = tokio::join!(channel.try_send(&body), asking.app.died());
    assert!(sent.is_err(), "{sent:?}");
    assert_eq!(died, Ended::Signal(9));
    asking.app.set("CLOISTER_FAULT", None);
    asking.app.restart().await;

    let delivery = asking.callback.wait_for(1).await[0].json();
    let text = delivery["message"].as_str().unwrap().to_owned();
    (asking, text)
}

#[tokio::test]
async fn a_host_that_dies_with_an_answer_does_not_ask_again() {
    let (asking, told) = killed(1, "ask hello").await;
    assert_eq!(told, "hello");
    assert_eq!(asking.openai.times(), 1);
    asking.app.finish().await;
}

#[tokio::test]
async fn nor_does_one_that_dies_with_the_end_of_a_stream() {
    let (asking, told) = killed(1, "stream one two").await;
    assert_eq!(told, "one two (1 pieces, 9 tokens)");
    assert_eq!(asking.openai.times(), 1);
    asking.app.finish().await;
}

#[tokio::test]
async fn one_that_dies_while_the_model_thinks_asks_once_more_under_the_same_name() {
    let mut asking = Asking::start().await;
    let late = Act::Slow(Duration::from_secs(60), "late".to_owned());
    asking.openai.next([late]);
    let body = tests::channel::message("U1", "ask hello");
    let Asking {
        openai,
        app,
        channel,
        ..
    } = &mut asking;
    let killed = async {
        let asked = async || (openai.times() == 1).then_some(());
        wait_for(LONG, "the model to be asked", asked).await;
        app.kill().await;
    };
    let (sent, ()) = tokio::join!(channel.try_send(&body), killed);
    assert!(sent.is_err(), "{sent:?}");
    asking.app.restart().await;
    let delivery = asking.callback.wait_for(1).await[0].json();
    assert_eq!(delivery["message"], "hello");

    // The provider can tell that it is one question; here it is counted once.
    let name = |place: usize| asking.openai.asked()[place].name.clone().unwrap();
    assert_eq!(asking.openai.times(), 2);
    assert_eq!(name(0), name(1));
    let used = "SELECT sum(calls)::bigint FROM model_usage";
    assert_eq!(asking.app.database().count(used).await, 1);

    // Another turn's question is another one, and so is one that failed.
    let failed = Act::Status(500, None, String::new());
    asking.openai.next([failed]);
    asking.say("ask hello").await;
    let names = [name(1), name(2), name(3)];
    assert!(names[0] != names[1] && names[1] != names[2], "{names:?}");
    asking.app.finish().await;
}

#[tokio::test]
async fn each_answer_of_a_turn_is_found_in_its_place() {
    let (asking, told) = killed(2, "twice hello").await;
    assert_eq!(told, "hello!");
    assert_eq!(asking.openai.times(), 2);
    // What was used was counted once.
    let used = "SELECT sum(calls)::bigint FROM model_usage";
    assert_eq!(asking.app.database().count(used).await, 2);
    asking.app.finish().await;
}

#[tokio::test]
async fn another_question_in_the_same_place_is_asked_anew() {
    let mut asking = Asking::start().await;
    assert_eq!(asking.app.terminate().await, Ended::Code(0));
    asking.app.set("CLOISTER_FAULT", Some("model.kept:1"));
    asking.app.restart().await;
    let body = tests::channel::message("U1", "ask hello");
    let channel = asking.channel.clone();
    let (_, died) = tokio::join!(channel.try_send(&body), asking.app.died());
    assert_eq!(died, Ended::Signal(9));
    // As if the agent had become another one in between.
    let change = "UPDATE messages SET text = 'ask goodbye' WHERE text = 'ask hello'";
    asking.app.database().rows(change, &[]).await;
    asking.app.set("CLOISTER_FAULT", None);
    asking.app.restart().await;
    let delivery = asking.callback.wait_for(1).await[0].json();
    assert_eq!(delivery["message"], "goodbye");
    assert_eq!(asking.openai.times(), 2);
    asking.app.finish().await;
}

#[tokio::test]
async fn answers_have_their_time() {
    let mut asking = Asking::start().await;
    asking.say("ask hello").await;
    let database = asking.app.database();
    assert_eq!(database.count("SELECT count(*) FROM journal").await, 1);
    let age = "UPDATE journal SET created_at = now() - interval '8 days'";
    database.rows(age, &[]).await;
    // It is cleaned when a host starts.
    assert_eq!(asking.app.terminate().await, Ended::Code(0));
    asking.app.restart().await;
    let gone = async || {
        let left = asking
            .app
            .database()
            .count("SELECT count(*) FROM journal")
            .await;
        (left == 0).then_some(())
    };
    tests::wait_for(tests::wait::LONG, "the journal to be empty", gone).await;
    asking.app.finish().await;
}
