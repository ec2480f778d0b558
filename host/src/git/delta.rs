//! A delta makes an object of another one: stretches that are copied from it, and bytes that are new (gitformat-pack,
//! "Deltified representation").

use super::GitError;

/// Applies a delta to its base. `most` bytes are made at the most.
pub(super) fn apply(base: &[u8], delta: &[u8], most: u64) -> Result<Vec<u8>, GitError> {
    let broken = || GitError::Protocol("a delta of its pack is broken");
    let mut rest = delta;
    let from = size(&mut rest).ok_or_else(broken)?;
    let size = size(&mut rest).ok_or_else(broken)?;
    if from != base.len() as u64 {
        return Err(broken());
    }
    if size > most {
        let what = "bytes in one object";
        return Err(GitError::TooLarge { what, most });
    }
    let size = usize::try_from(size).map_err(|_| broken())?;
    let mut made = Vec::with_capacity(size);
    while let Some((instruction, after)) = rest.split_first() {
        rest = after;
        let stretch = match instruction {
            0 => return Err(broken()),
            copy if copy & 0x80 != 0 => {
                let offset = number(&mut rest, *copy, 4).ok_or_else(broken)?;
                let length = number(&mut rest, *copy >> 4, 3).ok_or_else(broken)?;
                let length = if length == 0 { 0x10000 } else { length };
                base.get(offset..offset + length).ok_or_else(broken)?
            }
            insert => {
                let (new, after) = rest
                    .split_at_checked(usize::from(*insert))
                    .ok_or_else(broken)?;
                rest = after;
                new
            }
        };
        if made.len() + stretch.len() > size {
            return Err(broken());
        }
        made.extend_from_slice(stretch);
    }
    match made.len() == size {
        true => Ok(made),
        false => Err(broken()),
    }
}

/// A number of seven bits a byte, the lowest first.
fn size(rest: &mut &[u8]) -> Option<u64> {
    let mut size = 0_u64;
    for shift in (0..56).step_by(7) {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        size |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(size);
        }
    }
    None
}

/// A number of which those bytes are there that bits tell, the lowest first.
fn number(rest: &mut &[u8], there: u8, bytes: u32) -> Option<usize> {
    let mut number = 0_usize;
    for place in 0..bytes {
        if there & (1 << place) != 0 {
            let (byte, after) = rest.split_first()?;
            *rest = after;
            number |= usize::from(*byte) << (8 * place);
        }
    }
    Some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_copied_and_what_is_new_make_an_object() {
        let base = b"hello, world";
        // From 12 bytes to 11: seven from 0 on, then "moon".
        let delta = [12, 11, 0x90, 7, 4, b'm', b'o', b'o', b'n'];
        assert_eq!(apply(base, &delta, 100).unwrap(), b"hello, moon");
        // From 2 on.
        assert_eq!(apply(base, &[12, 3, 0x91, 2, 3], 100).unwrap(), b"llo");
    }

    #[test]
    fn what_a_delta_must_not_do_it_does_not() {
        let base = b"hello, world";
        for (delta, what) in [
            (&[11, 1, 1, b'x'][..], "another base"),
            (&[12, 3, 0x91, 12, 3], "behind the base's end"),
            (&[12, 1, 2, b'x', b'y'], "more than it said"),
            (&[12, 3, 1, b'x'], "less than it said"),
            (&[12, 3, 5, b'x'], "cut"),
            (&[12, 3, 0], "an instruction that is none"),
            (&[12, 0xff], "a size without an end"),
            (
                &[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1],
                "a size beyond all",
            ),
            (
                &[12, 3, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
                "an offset beyond all",
            ),
        ] {
            assert!(apply(base, delta, 100).is_err(), "{what}");
        }
        let large = apply(base, &[12, 3, 0x91, 2, 3], 2);
        assert!(matches!(large, Err(GitError::TooLarge { .. })));
    }
}
