//! An event: one thing that happened, with which a turn starts.

use crate::{Action, Contact, Event, EventBody, Message, Notice, Timer};

impl Event {
    /// What the person wrote: the text of a message, or nothing for any other event.
    pub fn text(&self) -> &str {
        self.message().map_or("", |message| &message.text)
    }

    /// The person that the event came from; a timer and a notice come from nobody.
    pub fn contact(&self) -> Option<&Contact> {
        match &self.body {
            EventBody::Message(message) => Some(&message.from),
            EventBody::Action(action) => Some(&action.from),
            EventBody::Timer(_) | EventBody::Notice(_) => None,
        }
    }

    /// The message, if it is one.
    pub fn message(&self) -> Option<&Message> {
        match &self.body {
            EventBody::Message(message) => Some(message),
            _ => None,
        }
    }

    /// The button that was pressed, if it is that.
    pub fn action(&self) -> Option<&Action> {
        match &self.body {
            EventBody::Action(action) => Some(action),
            _ => None,
        }
    }

    /// The timer that came due, if it is that.
    pub fn timer(&self) -> Option<&Timer> {
        match &self.body {
            EventBody::Timer(timer) => Some(timer),
            _ => None,
        }
    }

    /// The notice, if it is one.
    pub fn notice(&self) -> Option<&Notice> {
        match &self.body {
            EventBody::Notice(notice) => Some(notice),
            _ => None,
        }
    }

    /// The agent's settings as a type of its own. A mismatch is for its owner to mend, so the failure says so.
    ///
    /// ```
    /// # #[derive(serde::Deserialize)]
    /// # struct Settings { greeting: String }
    /// # fn greet(event: &cloister_guest::Event) -> Result<String, cloister_guest::Failure> {
    /// let settings: Settings = event.settings()?;
    /// # Ok(settings.greeting) }
    /// ```
    #[cfg(feature = "json")]
    pub fn settings<T: serde::de::DeserializeOwned>(&self) -> Result<T, crate::Failure> {
        serde_json::from_str(&self.configuration)
            .map_err(|error| crate::Failure::invalid(format!("the agent's configuration: {error}")))
    }
}

impl Contact {
    /// The name to call the person by.
    pub fn name(&self) -> &str {
        self.display_name
            .as_deref()
            .unwrap_or(&self.platform_user_id)
    }
}

impl Timer {
    /// What the agent stored with the timer, where that was text.
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.payload).ok()
    }
}
