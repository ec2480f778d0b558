//! Ports that a process under test can listen on, also again after it was killed.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};

/// Below what Linux gives to outgoing connections, so that none of those takes the port while its process is down.
const FIRST: u16 = 10_000;
const COUNT: u16 = 20_000;

/// A port of the loopback that no one listens on, and that this process gives out once.
pub fn free() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Test processes that run at the same time begin at different places.
    let start = std::process::id().wrapping_mul(97) % u32::from(COUNT);
    for _ in 0..COUNT {
        let step = u32::from(NEXT.fetch_add(1, Ordering::SeqCst));
        let port =
            FIRST + u16::try_from((start + step) % u32::from(COUNT)).expect("it is below COUNT");
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
    panic!("no port is free");
}
