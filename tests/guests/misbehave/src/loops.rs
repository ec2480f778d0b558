//! Turns that never end by themselves.

use std::hint::black_box;

use cloister_guest::model::Request;
use cloister_guest::{Context, Failure, Replies};

/// Computes and calls nobody.
pub fn infinite() -> ! {
    let mut number = 1_u64;
    loop {
        number = black_box(number.wrapping_mul(3));
    }
}

/// Spends its time in the host: each call reads as much as one can.
pub fn within_host_calls(cx: &Context) -> Result<Replies, Failure> {
    loop {
        black_box(cx.history().recent(200)?);
    }
}

/// Calls the host for next to nothing, again and again.
pub fn of_host_calls(cx: &Context) -> ! {
    loop {
        let _refused = black_box(cx.state().agent().get("k"));
    }
}

/// Logs more lines than a turn may, each twice as long as a line may be.
pub fn of_log_lines(cx: &Context) -> Replies {
    let line = "flood ".repeat(8 * 1024 / 6);
    for number in 0..20_000 {
        cx.log().with("number", number).info(&line);
    }
    "flooded".into()
}

/// Asks a model, again and again.
pub fn of_questions(cx: &Context) -> ! {
    let request = Request::new().user("Are you there?");
    loop {
        let _refused = black_box(cx.model().stream(&request).err());
    }
}
