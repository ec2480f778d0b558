//! The log: lines for the agent's owner. A line goes out even when the turn fails.

use crate::port::{Calls, Port};

pub use crate::bindings::capabilities::cloister::agent::log::Level;

/// Writes lines. One that the host refuses is dropped: no agent should fail for want of a log.
pub struct Log<'a> {
    port: &'a Port,
    fields: Vec<(String, String)>,
}

impl<'a> Log<'a> {
    pub(crate) fn new(port: &'a Port) -> Log<'a> {
        Log {
            port,
            fields: Vec::new(),
        }
    }

    /// Adds a field, by which lines can be found.
    ///
    /// ```
    /// # fn order(cx: &cloister_guest::Context, id: u64) {
    /// cx.log().with("order", id).info("taken");
    /// # }
    /// ```
    pub fn with(mut self, name: &str, value: impl ToString) -> Log<'a> {
        self.fields.push((name.to_owned(), value.to_string()));
        self
    }

    /// What only the agent's author wants to know.
    pub fn debug(&self, message: impl AsRef<str>) {
        self.write(Level::Debug, message.as_ref());
    }

    /// What the owner may want to know.
    pub fn info(&self, message: impl AsRef<str>) {
        self.write(Level::Info, message.as_ref());
    }

    /// What the owner should look at.
    pub fn warn(&self, message: impl AsRef<str>) {
        self.write(Level::Warn, message.as_ref());
    }

    /// What went wrong.
    pub fn error(&self, message: impl AsRef<str>) {
        self.write(Level::Error, message.as_ref());
    }

    fn write(&self, level: Level, message: &str) {
        let _refused = self.port.write(level, message, &self.fields);
    }
}
