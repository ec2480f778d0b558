//! `log`: lines for the agent's owner. A line does not count as a call of the host: it has its own bound, past which lines
//! are dropped, and its time is the guest's own.

use super::{Answer, denied};
use crate::bindings::imports;
use crate::guest::Guest;
use crate::limits::Limits;
use crate::types::Level;

/// Where an agent's log lines go. Their number and length are already bounded.
pub trait Log: Send + Sync {
    /// Takes one line.
    fn write(&self, level: Level, message: String, fields: Vec<(String, String)>);
}

impl imports::log::Host for Guest {
    fn write(
        &mut self,
        level: Level,
        message: String,
        fields: Vec<(String, String)>,
    ) -> Answer<()> {
        let Some(log) = &self.capabilities.log else {
            return Ok(Err(denied("log")));
        };
        self.lines.write(log.as_ref(), level, message, fields);
        Ok(Ok(()))
    }
}

/// What is left of a call's log lines.
pub(crate) struct Lines {
    left: u32,
    said: bool,
    limit: u32,
    line_bytes: usize,
}

impl Lines {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            left: limits.log_lines,
            said: false,
            limit: limits.log_lines,
            line_bytes: usize::try_from(limits.log_line_bytes).unwrap_or(usize::MAX),
        }
    }

    pub(crate) fn write(
        &mut self,
        log: &dyn Log,
        level: Level,
        mut message: String,
        mut fields: Vec<(String, String)>,
    ) {
        if self.left == 0 {
            if !self.said {
                self.said = true;
                let notice = format!(
                    "More than {} log lines: the rest of this turn's are dropped.",
                    self.limit
                );
                log.write(Level::Warn, notice, Vec::new());
            }
            return;
        }
        self.left -= 1;
        let mut room = self.line_bytes;
        cut(&mut message, &mut room);
        // Names and values share the line's room; a field that finds none is left out.
        fields.retain_mut(|(name, value)| {
            let fits = name.len() < room;
            if fits {
                room -= name.len();
                cut(value, &mut room);
            }
            fits
        });
        log.write(level, message, fields);
    }
}

/// Cuts text to the room that is left, never within a character, and takes that room.
fn cut(text: &mut String, room: &mut usize) {
    if text.len() > *room {
        text.truncate(text.floor_char_boundary(*room));
        text.shrink_to_fit();
        *room = 0;
    } else {
        *room -= text.len();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    type Line = (String, Vec<(String, String)>);

    #[derive(Default)]
    struct Kept(Mutex<Vec<Line>>);

    impl Log for Kept {
        fn write(&self, _: Level, message: String, fields: Vec<(String, String)>) {
            self.0.lock().unwrap().push((message, fields));
        }
    }

    fn written(limits: Limits, lines: &[(&str, &[(&str, &str)])]) -> Vec<Line> {
        let (kept, mut bound) = (Kept::default(), Lines::new(&limits));
        for (message, fields) in lines {
            let fields = fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect();
            bound.write(&kept, Level::Info, (*message).to_owned(), fields);
        }
        kept.0.into_inner().unwrap()
    }

    #[test]
    fn says_once_that_lines_are_dropped() {
        let said = written(
            Limits {
                log_lines: 2,
                ..Limits::default()
            },
            &[("a", &[]), ("b", &[]), ("c", &[]), ("d", &[])],
        );
        let said: Vec<_> = said.iter().map(|(message, _)| message.as_str()).collect();
        assert_eq!(
            said,
            [
                "a",
                "b",
                "More than 2 log lines: the rest of this turn's are dropped."
            ]
        );
    }

    #[test]
    fn cuts_between_characters() {
        let said = written(
            Limits {
                log_line_bytes: 4,
                ..Limits::default()
            },
            &[("aäää", &[("k", "v")])],
        );
        assert_eq!(said, [("aä".to_owned(), Vec::new())]);
    }

    #[test]
    fn fields_share_the_line() {
        let said = written(
            Limits {
                log_line_bytes: 8,
                ..Limits::default()
            },
            &[(
                "abc",
                &[("k", "vv"), ("long-name", "v"), ("n", "12345"), ("m", "")],
            )],
        );
        assert_eq!(
            said,
            [(
                "abc".to_owned(),
                vec![
                    ("k".to_owned(), "vv".to_owned()),
                    ("n".to_owned(), "1".to_owned())
                ]
            )]
        );
    }
}
