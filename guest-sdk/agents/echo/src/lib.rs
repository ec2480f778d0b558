//! An agent that says again what is said to it, and names the files that come along.

use cloister_guest::{Agent, Context, Event, EventBody, Failure, Replies};

/// The agent.
pub struct Echo;

impl Agent for Echo {
    fn handle(_: &Context, event: &Event) -> Result<Replies, Failure> {
        let EventBody::Message(message) = &event.body else {
            return Ok(().into());
        };
        let text = Some(message.text.clone()).filter(|text| !text.is_empty());
        let files = message
            .attachments
            .iter()
            .map(|file| format!("📎 {} ({})", file.name, file.content_type));
        let lines: Vec<String> = text.into_iter().chain(files).collect();
        Ok(lines.join("\n").into())
    }
}

cloister_guest::agent!(Echo);

#[cfg(test)]
mod tests {
    use super::Echo;
    use cloister_guest::testing::Host;
    use cloister_guest::{Attachment, Replies};

    #[test]
    fn text_comes_back() {
        let mut host = Host::<Echo>::new();
        assert_eq!(host.say("Grüezi 👋").unwrap().texts(), ["Grüezi 👋"]);
    }

    #[test]
    fn files_are_named() {
        let mut host = Host::<Echo>::new();
        let receipt = Attachment::inline("receipt.pdf", "application/pdf", b"%PDF");
        let photo = Attachment::url("cat.png", "image/png", "https://example.com/cat.png");
        let replies = host.send("look", vec![receipt, photo]).unwrap();
        assert_eq!(
            replies.texts(),
            ["look\n📎 receipt.pdf (application/pdf)\n📎 cat.png (image/png)"]
        );
    }

    #[test]
    fn what_is_not_said_has_no_echo() {
        let mut host = Host::<Echo>::new();
        let replies = host.notify("member-joined", "{}").unwrap();
        assert_eq!(replies, Replies::from(()));
    }
}
