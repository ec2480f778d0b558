//! An agent for Cloister: it is handed one event at a time and answers with replies.

use cloister_guest::{Agent, Context, Event, Failure, Replies};

struct Hello;

impl Agent for Hello {
    fn handle(cx: &Context, event: &Event) -> Result<Replies, Failure> {
        if event.message().is_none() {
            return Ok(().into());
        }
        cx.log().info("someone is here");
        Ok(format!("Hello! You said: {}", event.text()).into())
    }
}

cloister_guest::agent!(Hello);

#[cfg(test)]
mod tests {
    use super::Hello;
    use cloister_guest::testing::Host;

    #[test]
    fn it_says_hello() {
        let mut host = Host::<Hello>::new();
        let replies = host.say("good morning").unwrap();
        assert_eq!(replies.texts(), ["Hello! You said: good morning"]);
    }
}
