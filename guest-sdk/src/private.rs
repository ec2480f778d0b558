//! What the macros of this crate expand to in a component; no part of its interface. The generated traits of the contract
//! are carried over to the ones that authors implement.

use std::marker::PhantomData;

use crate::bindings::{agent, tools};
use crate::{Agent, Call, Context, Event, Failure, Outcome, Replies, Reply, Tool, Toolset};

pub struct ExportedAgent<A>(PhantomData<A>);

impl<A: Agent> agent::exports::cloister::agent::handler::Guest for ExportedAgent<A> {
    fn handle(event: Event) -> Result<Vec<Reply>, Failure> {
        A::handle(&Context::of_this_call(), &event).map(Replies::into_vec)
    }
}

pub struct ExportedToolset<T>(PhantomData<T>);

impl<T: Toolset> tools::exports::cloister::agent::toolset::Guest for ExportedToolset<T> {
    fn tools() -> Result<Vec<Tool>, Failure> {
        let _installs_the_panic_hook = Context::of_this_call();
        Ok(T::tools())
    }

    fn run(call: Call) -> Result<Outcome, Failure> {
        T::run(&Context::of_this_call(), &call)
    }
}
