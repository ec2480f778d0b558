//! The outbox: speaking first, in a conversation that the agent serves.
//!
//! ```
//! use cloister_guest::testing::Host;
//! use cloister_guest::{Agent, Context, Event, Failure, Replies};
//!
//! struct Courier;
//!
//! impl Agent for Courier {
//!     fn handle(cx: &Context, event: &Event) -> Result<Replies, Failure> {
//!         let Some((to, what)) = event.text().split_once(' ') else {
//!             return Ok("To whom, and what?".into());
//!         };
//!         cx.outbox().send(to, what)?;
//!         Ok("It is on its way.".into())
//!     }
//! }
//!
//! let mut host = Host::<Courier>::new();
//! let first = host.conversation();
//! host.open_conversation();
//! host.say(&format!("{first} Good morning!"))?;
//! let [sent] = &host.outbox()[..] else { panic!("one message") };
//! assert_eq!((&sent.conversation_id, sent.reply.text.as_str()), (&first, "Good morning!"));
//! # Ok::<(), Failure>(())
//! ```

use crate::port::{Calls, Port};
use crate::{Error, Reply};

/// Sends messages that answer nothing.
pub struct Outbox<'a> {
    port: &'a Port,
}

impl<'a> Outbox<'a> {
    pub(crate) fn new(port: &'a Port) -> Outbox<'a> {
        Outbox { port }
    }

    /// Says `reply` in a conversation when this turn ends well. Returns the message's id.
    pub fn send(&self, conversation_id: &str, reply: impl Into<Reply>) -> Result<String, Error> {
        self.port.send(conversation_id, &reply.into())
    }
}
