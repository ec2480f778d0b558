//! An address is special when it is not a public host's: this machine, a private network, a reserved or documentation
//! range (IANA's special-purpose registries). IPv6 forms that carry an IPv4 address are judged by what they carry.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address that is not let through, and what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{address} is {what}")]
pub struct Special {
    /// The address.
    pub address: IpAddr,
    /// What kind of address it is.
    pub what: &'static str,
}

/// Refuses every address that is not public.
pub(super) fn public(address: IpAddr) -> Result<(), Special> {
    let found = match address {
        IpAddr::V4(address) => special_v4(address),
        IpAddr::V6(address) => special_v6(address),
    };
    found.map_or(Ok(()), |what| Err(Special { address, what }))
}

struct Range<A>(A, u32, &'static str);

const V4: &[Range<Ipv4Addr>] = &[
    Range(Ipv4Addr::new(0, 0, 0, 0), 8, "this network"),
    Range(Ipv4Addr::new(10, 0, 0, 0), 8, "private"),
    Range(Ipv4Addr::new(100, 64, 0, 0), 10, "shared by a carrier"),
    Range(Ipv4Addr::new(127, 0, 0, 0), 8, "this machine"),
    Range(Ipv4Addr::new(169, 254, 0, 0), 16, "link-local"),
    Range(Ipv4Addr::new(172, 16, 0, 0), 12, "private"),
    Range(Ipv4Addr::new(192, 0, 0, 0), 24, "reserved for protocols"),
    Range(Ipv4Addr::new(192, 0, 2, 0), 24, "for documentation"),
    Range(Ipv4Addr::new(192, 88, 99, 0), 24, "a relay of 6to4"),
    Range(Ipv4Addr::new(192, 168, 0, 0), 16, "private"),
    Range(Ipv4Addr::new(198, 18, 0, 0), 15, "for benchmarks"),
    Range(Ipv4Addr::new(198, 51, 100, 0), 24, "for documentation"),
    Range(Ipv4Addr::new(203, 0, 113, 0), 24, "for documentation"),
    Range(Ipv4Addr::new(224, 0, 0, 0), 4, "multicast"),
    Range(Ipv4Addr::new(240, 0, 0, 0), 4, "reserved"),
];

/// The only IPv6 space that is given to public hosts.
const GLOBAL_V6: Range<Ipv6Addr> =
    Range(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3, "not public");

const V6: &[Range<Ipv6Addr>] = &[
    // With Teredo (2001::/32), which hides an IPv4 address, and ORCHID.
    Range(
        Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0),
        23,
        "reserved for protocols",
    ),
    Range(
        Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0),
        32,
        "for documentation",
    ),
    Range(
        Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0),
        20,
        "for documentation",
    ),
];

fn special_v4(address: Ipv4Addr) -> Option<&'static str> {
    let found = V4.iter().find(|Range(start, bits, _)| {
        let shift = 32 - bits;
        address.to_bits() >> shift == start.to_bits() >> shift
    });
    found.map(|range| range.2)
}

fn special_v6(address: Ipv6Addr) -> Option<&'static str> {
    if let Some(carried) = carried_v4(address) {
        return special_v4(carried);
    }
    if !within(address, &GLOBAL_V6) {
        return Some(GLOBAL_V6.2);
    }
    V6.iter()
        .find(|range| within(address, range))
        .map(|range| range.2)
}

fn within(address: Ipv6Addr, Range(start, bits, _): &Range<Ipv6Addr>) -> bool {
    let shift = 128 - bits;
    address.to_bits() >> shift == start.to_bits() >> shift
}

/// The IPv4 address that packets to this one end up at: v4-mapped, v4-compatible, NAT64 and 6to4.
fn carried_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let low = |a: u16, b: u16| Ipv4Addr::from_bits((u32::from(a) << 16) | u32::from(b));
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, a, b] | [0x64, 0xff9b, 0, 0, 0, 0, a, b] | [0x2002, a, b, ..] => {
            Some(low(a, b))
        }
        // The unspecified address and this machine's are among these: 0.0.0.0/8 covers both.
        [0, 0, 0, 0, 0, 0, a, b] => Some(low(a, b)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As the fact sheet of the guard lists them, written down a second time.
    const SPECIAL_V4: &[(&str, u32)] = &[
        ("0.0.0.0", 8),
        ("10.0.0.0", 8),
        ("100.64.0.0", 10),
        ("127.0.0.0", 8),
        ("169.254.0.0", 16),
        ("172.16.0.0", 12),
        ("192.0.0.0", 24),
        ("192.0.2.0", 24),
        ("192.168.0.0", 16),
        ("198.18.0.0", 15),
        ("198.51.100.0", 24),
        ("203.0.113.0", 24),
        ("224.0.0.0", 4),
        ("240.0.0.0", 4),
    ];

    const SPECIAL_V6: &[(&str, u32)] = &[
        ("::", 128),
        ("::1", 128),
        ("fc00::", 7),
        ("fe80::", 10),
        ("fec0::", 10),
        ("ff00::", 8),
        ("2001:db8::", 32),
        ("2001::", 32),
        ("64:ff9b:1::", 48),
        ("100::", 64),
        ("5f00::", 16),
    ];

    fn within_v4(index: usize, offset: u32) -> Ipv4Addr {
        let (start, bits) = SPECIAL_V4[index];
        let start: Ipv4Addr = start.parse().unwrap();
        Ipv4Addr::from_bits(start.to_bits() | (offset >> bits))
    }

    fn within_v6(index: usize, offset: u128) -> Ipv6Addr {
        let (start, bits) = SPECIAL_V6[index];
        let start: Ipv6Addr = start.parse().unwrap();
        Ipv6Addr::from_bits(start.to_bits() | offset.checked_shr(bits).unwrap_or(0))
    }

    /// The IPv6 forms that end up at an IPv4 address.
    fn carriers(address: Ipv4Addr) -> [Ipv6Addr; 4] {
        let low = u128::from(address.to_bits());
        let base = |text: &str| text.parse::<Ipv6Addr>().unwrap().to_bits();
        [
            Ipv6Addr::from_bits(base("::ffff:0:0") | low),
            Ipv6Addr::from_bits(low),
            Ipv6Addr::from_bits(base("64:ff9b::") | low),
            Ipv6Addr::from_bits(base("2002::") | (low << 80) | 0xbeef),
        ]
    }

    proptest! {
        #[test]
        fn every_special_range_is_refused(index in 0..SPECIAL_V4.len(), offset in any::<u32>()) {
            let address = within_v4(index, offset);
            prop_assert!(public(address.into()).is_err(), "{address}");
            for carrier in carriers(address) {
                prop_assert!(public(carrier.into()).is_err(), "{carrier}");
            }
        }

        #[test]
        fn every_special_range_of_ipv6_is_refused(index in 0..SPECIAL_V6.len(), offset in any::<u128>()) {
            let address = within_v6(index, offset);
            prop_assert!(public(address.into()).is_err(), "{address}");
        }

        #[test]
        fn nothing_outside_of_the_global_space_passes(bits in any::<u128>()) {
            let address = Ipv6Addr::from_bits(bits);
            let global = bits >> 125 == 1;
            let carries = carried_v4(address).is_some();
            prop_assert!(global || carries || public(address.into()).is_err(), "{address}");
        }
    }

    #[test]
    fn public_addresses_pass() {
        for text in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "223.255.255.255",
        ] {
            let address: Ipv4Addr = text.parse().unwrap();
            assert_eq!(public(address.into()), Ok(()), "{text}");
            assert_eq!(public(carriers(address)[0].into()), Ok(()), "{text} mapped");
        }
        for text in [
            "2606:4700::1111",
            "2a00::1",
            "2001:200::1",
            "2001:4860:4860::8888",
        ] {
            assert_eq!(public(text.parse().unwrap()), Ok(()), "{text}");
        }
    }

    #[test]
    fn the_refusal_says_what_the_address_is() {
        let error = public("169.254.169.254".parse().unwrap()).unwrap_err();
        assert_eq!(error.to_string(), "169.254.169.254 is link-local");
    }
}
