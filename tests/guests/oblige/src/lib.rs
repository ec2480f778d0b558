//! An agent that does what a test asks it for, in the first word of a message; anything else it answers as `echo` does.

mod asking;
mod reaching;
mod timing;
mod using;

use std::hint::black_box;

use cloister_guest::{
    Agent, Attachment, AttachmentSource, Context, Event, Failure, Replies, Reply,
};

struct Oblige;

impl Agent for Oblige {
    fn handle(context: &Context, event: &Event) -> Result<Replies, Failure> {
        if let Some(action) = event.action() {
            return Ok(format!("You chose {}.", action.value).into());
        }
        if let Some(timer) = event.timer() {
            return Ok(format!("{} {}", timer.name, timer.due_at).into());
        }
        let text = event.text();
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        match word {
            "structured" => Ok(Reply::text("Here you are.").structured(rest).into()),
            "silence" => Ok(().into()),
            "each" => Ok(rest.split(' ').map(Reply::from).collect()),
            "compute" => {
                compute(
                    rest.parse()
                        .map_err(|_| Failure::invalid("compute <million steps>"))?,
                );
                Ok("Computed.".into())
            }
            "draft" => {
                context.progress().partial("Let me see");
                compute(700);
                context.progress().partial(format!("Let me see: {rest}"));
                compute(1_500);
                Ok(rest.into())
            }
            "log" => {
                context.log().info(rest);
                Ok("Noted.".into())
            }
            "bold" => Ok(Reply::markdown(format!("**{rest}**")).into()),
            "choose" => {
                let offered = Reply::text("Which one?");
                let reply = rest
                    .split(' ')
                    .fold(offered, |reply, word| reply.choice(word, word));
                Ok(reply.into())
            }
            "ask" | "stream" | "twice" | "drop" | "schema" | "tool" => {
                Ok(asking::ask(context, word, rest).into())
            }
            "repeat" | "timers" | "cancel" => Ok(timing::time(context, word, rest).into()),
            "fetch" | "flood" | "wait" | "secrets" => {
                Ok(reaching::reach(context, word, rest).into())
            }
            "tools" | "use" | "uses" | "both" => Ok(using::using(context, word, rest).into()),
            "later" => Err(Failure::unavailable("not now")),
            "read" => Ok(read(event).into()),
            "file" => Ok(Reply::text("Here it is.")
                .attach(Attachment::inline("note.txt", "text/plain", rest))
                .into()),
            _ => Ok(text.into()),
        }
    }
}

cloister_guest::agent!(Oblige);

/// What stands in the first file, or why it is not here.
fn read(event: &Event) -> String {
    let files = event
        .message()
        .map(|message| message.attachments.as_slice());
    match files.and_then(|files| files.first()) {
        Some(file) => match &file.source {
            AttachmentSource::Inline(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            _ => format!("{} is not here: {:?}", file.name, file.metadata),
        },
        None => "There is no file.".to_owned(),
    }
}

/// Takes its time: about a millisecond for every million steps.
fn compute(million_steps: u64) {
    let mut number = 1_u64;
    for _ in 0..million_steps * 1_000_000 {
        number = black_box(number.wrapping_mul(3));
    }
}
