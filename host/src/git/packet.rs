//! Packets: what both sides say is cut into lines with their length before them (gitprotocol-common, "pkt-line Format").

use super::GitError;

/// One packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packet<'a> {
    /// Some bytes.
    Data(&'a [u8]),
    /// The end of a message.
    Flush,
    /// The end of a part of one.
    Delimiter,
    /// The end of an answer.
    End,
}

/// Bytes of a packet with its length.
const LONGEST: usize = 65_520;

/// Reads packets off the front of bytes.
#[derive(Clone, Debug)]
pub(super) struct Packets<'a>(pub(super) &'a [u8]);

impl<'a> Iterator for Packets<'a> {
    type Item = Result<Packet<'a>, GitError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let packet = self.read();
        if packet.is_err() {
            // What follows cannot be read either.
            self.0 = &[];
        }
        Some(packet)
    }
}

impl<'a> Packets<'a> {
    fn read(&mut self) -> Result<Packet<'a>, GitError> {
        let cut = || GitError::Protocol("its answer is cut off, or no git");
        let (length, rest) = self.0.split_at_checked(4).ok_or_else(cut)?;
        let length = std::str::from_utf8(length).map_err(|_| cut())?;
        if !length.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(cut());
        }
        let length = usize::from_str_radix(length, 16).map_err(|_| cut())?;
        let (packet, rest) = match length {
            0 => (Packet::Flush, rest),
            1 => (Packet::Delimiter, rest),
            2 => (Packet::End, rest),
            4..=LONGEST => {
                let (data, rest) = rest.split_at_checked(length - 4).ok_or_else(cut)?;
                (Packet::Data(data), rest)
            }
            _ => return Err(cut()),
        };
        self.0 = rest;
        Ok(packet)
    }
}

impl<'a> Packet<'a> {
    /// A line of text, without its end.
    pub(super) fn line(self) -> Option<&'a str> {
        match self {
            Packet::Data(data) => std::str::from_utf8(data).ok().map(str::trim_end),
            _ => None,
        }
    }
}

/// A request: its command, what the client is, and arguments (gitprotocol-v2, "Command Request").
pub(super) fn command(name: &str, arguments: &[String]) -> Vec<u8> {
    let mut said = Vec::new();
    line(&mut said, &format!("command={name}\n"));
    line(
        &mut said,
        concat!("agent=cloister/", env!("CARGO_PKG_VERSION"), "\n"),
    );
    line(&mut said, "object-format=sha1\n");
    said.extend_from_slice(b"0001");
    for argument in arguments {
        line(&mut said, &format!("{argument}\n"));
    }
    said.extend_from_slice(b"0000");
    said
}

fn line(said: &mut Vec<u8>, text: &str) {
    said.extend_from_slice(format!("{:04x}", text.len() + 4).as_bytes());
    said.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_as_it_was_written() {
        let said = command("fetch", &["want 1".to_owned(), "done".to_owned()]);
        let packets: Result<Vec<_>, _> = Packets(&said).collect();
        let packets = packets.unwrap();
        let lines: Vec<_> = packets.iter().filter_map(|packet| packet.line()).collect();
        assert_eq!(lines[0], "command=fetch");
        assert_eq!(lines[3..], ["want 1", "done"]);
        assert_eq!((packets[3], packets[6]), (Packet::Delimiter, Packet::Flush));
    }

    #[test]
    fn what_is_cut_or_no_packet_is_an_error_and_an_end() {
        for bad in [
            &b"00"[..],
            b"0009abc",
            b"<htm",
            b"0003",
            b"fff1",
            b"+00a......",
            b"\xff\xff\xff\xff",
        ] {
            let mut packets = Packets(bad);
            assert!(packets.next().unwrap().is_err(), "{bad:?}");
            assert_eq!(packets.next(), None);
        }
        assert_eq!(Packets(b"0004").next(), Some(Ok(Packet::Data(b""))));
    }
}
