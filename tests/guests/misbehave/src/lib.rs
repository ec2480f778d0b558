//! An agent that breaks one rule at a time: the one that the message names. Anything else it answers as `echo` does.

mod abi;
mod greed;
mod loops;
mod traps;

use cloister_guest::{Agent, Context, Event, Failure, Replies};

struct Misbehave;

impl Agent for Misbehave {
    fn handle(cx: &Context, event: &Event) -> Result<Replies, Failure> {
        match event.text() {
            "infinite_loop" => loops::infinite(),
            "host_call_loop" => loops::within_host_calls(cx),
            "host_call_flood" => loops::of_host_calls(cx),
            "model_flood" => loops::of_questions(cx),
            "log_flood" => Ok(loops::of_log_lines(cx)),

            "memory_growth" => greed::memory(),
            "huge_reply" => Ok(greed::reply()),
            "many_replies" => Ok(greed::replies()),

            "deep_recursion" => Ok(traps::deep_recursion()),
            "panic" => traps::panics_by_name(),
            "unreachable" => traps::unreachable_by_name(),
            "half_done" => traps::half_done(cx, event),
            "failure" => Err(Failure::invalid("as you asked")),

            "bad_utf8" => Ok(abi::bad_utf8()),
            "bad_pointer" => Ok(abi::bad_pointer()),

            said => Ok(said.into()),
        }
    }
}

cloister_guest::agent!(Misbehave);
