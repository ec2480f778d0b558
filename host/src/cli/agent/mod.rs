//! `cloister agent …`

mod check;
mod list;
mod log;
mod new;
mod push;
mod run;
mod upgrade;

use clap::Subcommand;

use super::{Failure, wait};

/// Make, push and look after agents
#[derive(Subcommand)]
pub(super) enum Command {
    /// Write the project of a new agent into a folder of its name
    New(new::New),
    /// Say what a built agent asks for, and whether this host can run it
    Check(check::Check),
    /// Build the agent in this folder, upload it and start it
    Push(push::Push),
    /// List agents
    List(list::List),
    /// Show what an agent logged
    Log(log::Log),
    /// Let an agent answer
    Start(run::Named),
    /// Keep an agent from answering; what arrives for it waits
    Stop(run::Named),
    /// Stop an agent and start it again
    Restart(run::Named),
    /// Have another module answer in a share of an agent's conversations
    Try(upgrade::Try),
    /// Have the module that is tried answer in all conversations
    Adopt(upgrade::Adopt),
    /// End the trial of a module, or go back to the module of before
    RollBack(upgrade::RollBack),
    /// Show what an agent's turns did, by the module that ran them
    Versions(upgrade::Versions),
}

pub(super) fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::New(new) => new.run(),
        Command::Check(check) => wait(check.run())?,
        Command::Push(push) => wait(push.run())?,
        Command::List(list) => wait(list.run())?,
        Command::Log(log) => wait(log.run())?,
        Command::Start(named) => wait(named.run("start"))?,
        Command::Stop(named) => wait(named.run("stop"))?,
        Command::Restart(named) => wait(named.run("restart"))?,
        Command::Try(attempt) => wait(attempt.run())?,
        Command::Adopt(adopt) => wait(adopt.run())?,
        Command::RollBack(back) => wait(back.run())?,
        Command::Versions(versions) => wait(versions.run())?,
    }
}
