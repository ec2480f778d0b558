//! Events, as `text/event-stream` has them (HTML, "Server-sent events"): of each only its data is of interest.

use super::draft::Unread;

/// Bytes of one event.
const EVENT: usize = 1 << 20;

/// Splits a stream into events.
#[derive(Debug, Default)]
pub(super) struct Events {
    line: Vec<u8>,
    data: String,
    has_data: bool,
    /// The last byte was the first of what may be two that end a line.
    after_return: bool,
}

impl Events {
    /// The data of the events that end in these bytes.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Result<Vec<String>, Unread> {
        let mut found = Vec::new();
        for byte in bytes {
            let after_return = std::mem::replace(&mut self.after_return, *byte == b'\r');
            match byte {
                b'\n' if after_return => {}
                b'\r' | b'\n' => found.extend(self.end_line()?),
                byte => {
                    self.line.push(*byte);
                    if self.line.len() + self.data.len() > EVENT {
                        let why = format!("an event is longer than {EVENT} bytes");
                        return Err(Unread::Malformed(why));
                    }
                }
            }
        }
        Ok(found)
    }

    fn end_line(&mut self) -> Result<Option<String>, Unread> {
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            let has_data = std::mem::take(&mut self.has_data);
            let data = std::mem::take(&mut self.data);
            return Ok(has_data.then_some(data));
        }
        let line = std::str::from_utf8(&line)
            .map_err(|_| Unread::Malformed("an event is no UTF-8".to_owned()))?;
        if let Some(data) = line.strip_prefix("data:") {
            if self.has_data {
                self.data.push('\n');
            }
            self.data.push_str(data.strip_prefix(' ').unwrap_or(data));
            self.has_data = true;
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(parts: &[&[u8]]) -> Vec<String> {
        let mut events = Events::default();
        let found = parts.iter().map(|part| events.read(part).unwrap());
        found.flatten().collect()
    }

    #[test]
    fn data_is_told_and_the_rest_is_left_out() {
        let text = b": hello\nevent: ping\ndata: one\nid: 7\n\ndata:two\r\ndata: more\r\n\r\ndata\n\ndata: unfinished\n";
        assert_eq!(read(&[text]), ["one", "two\nmore"]);
    }

    #[test]
    fn an_event_without_an_end_does_not_fill_the_memory() {
        let mut events = Events::default();
        let line = vec![b'x'; EVENT];
        assert!(events.read(&line).is_ok());
        assert!(matches!(events.read(b"x"), Err(Unread::Malformed(_))));
    }

    proptest! {
        #[test]
        fn it_does_not_matter_where_the_bytes_are_cut(cut in 0_usize..60) {
            let text = "data: grüezi 👋\r\n\r\nevent: x\ndata: a\ndata: b\n\n".as_bytes();
            let (first, second) = text.split_at(cut.min(text.len()));
            prop_assert_eq!(read(&[first, second]), read(&[text]));
        }
    }
}
