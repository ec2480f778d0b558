//! Repositories: those that are connected to one's account, and agents that begin with the files of one.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use store::agents::Agent;
use store::repositories::Repository;

use super::agents::{make_named, set_loaded};
use super::call::Call;
use super::declined::Declined;
use super::near::near;
use super::outcome::Outcome;
use super::table::{AGENT, Argument, Command, Kind, PLAIN, Place, Run};
use crate::error::Result;
use crate::service::agents;
use crate::service::repositories::{self, CheckedOut, FOLDER};

pub(super) const COMMANDS: &[Command] = &[
    Command {
        names: &["repos"],
        routes: &["repos"],
        summary: "lists the repositories that are connected to your account",
        run: Run::Host(repos),
        ..PLAIN
    },
    Command {
        names: &["spawn"],
        routes: &["spawn"],
        arguments: &[Argument {
            names: &["repo", "repoName", "fullName"],
            ..REPOSITORY
        }],
        summary: "makes an agent of yours out of a connected repository, and loads it",
        run: Run::Host(spawn),
        ..MAKING
    },
    Command {
        names: &["fork"],
        routes: &["fork"],
        arguments: &[AGENT, REPOSITORY],
        summary: "makes an agent of yours out of a connected repository under a name of your choice, and loads it",
        run: Run::Host(fork),
        ..MAKING
    },
];

const REPOSITORY: Argument = Argument {
    kind: Kind::Repository,
    names: &["repo", "repoUrl", "fullName"],
    is_required: true,
    shown: "REPO",
};

const MAKING: Command = Command {
    place: Place::Direct,
    is_counted: true,
    changes: true,
    ..PLAIN
};

/// Characters of an agent's name.
const NAME: usize = 63;

fn repos<'a>(call: &'a Call<'a>) -> BoxFuture<'a, Result<Outcome, Declined>> {
    async move {
        let all = connected(call).await?;
        if all.is_empty() {
            return Ok(Outcome::say(
                "No repository is connected to your account. /login signs you in to connect one.",
            ));
        }
        let lines: Vec<&str> = all.iter().map(|one| one.full_name.as_str()).collect();
        let list = lines.join("\n");
        Ok(Outcome::say(format!("Your repositories:\n{list}")))
    }
    .boxed()
}

fn spawn<'a>(call: &'a Call<'a>) -> BoxFuture<'a, Result<Outcome, Declined>> {
    async move {
        let repository = named(call).await?;
        let name = agent_name(&repository.full_name);
        begin(call, &name, &repository).await
    }
    .boxed()
}

fn fork<'a>(call: &'a Call<'a>) -> BoxFuture<'a, Result<Outcome, Declined>> {
    async move {
        let repository = named(call).await?;
        begin(call, call.agent_name()?, &repository).await
    }
    .boxed()
}

async fn connected(call: &Call<'_>) -> Result<Vec<Repository>, Declined> {
    let user = call.caller.person()?;
    Ok(repositories::list(call.cx, call.caller.organization_id, user).await?)
}

/// The connected repository that was given.
async fn named(call: &Call<'_>) -> Result<Repository, Declined> {
    let wanted = call.arguments.repository.as_deref().unwrap_or_default();
    let all = connected(call).await?;
    let missing = || Declined::Unknown {
        what: "repository",
        name: wanted.to_owned(),
        place: "of yours",
        near: meant(&all, wanted),
        also: "/repos shows what there is",
    };
    find(&all, wanted).cloned().ok_or_else(missing)
}

/// The full names of those that may have been meant.
fn meant(all: &[Repository], wanted: &str) -> Vec<String> {
    let names = || all.iter().map(|one| one.full_name.as_str());
    let called = names().filter(|name| is_called(name, wanted));
    let called: Vec<String> = called.map(str::to_owned).collect();
    match (called.is_empty(), wanted.contains('/')) {
        (false, _) => called,
        (true, true) => near(wanted, names()),
        (true, false) => near(wanted, names().map(short)),
    }
}

/// The one of this full name or address, else the only one that is called so behind its slash.
fn find<'a>(all: &'a [Repository], wanted: &str) -> Option<&'a Repository> {
    let plain = plain(wanted);
    let is_it = |text: &str| self::plain(text).eq_ignore_ascii_case(plain);
    let exact = |one: &&Repository| is_it(&one.full_name) || is_it(&one.url);
    if let Some(found) = all.iter().find(exact) {
        return Some(found);
    }
    let mut called = all.iter().filter(|one| is_called(&one.full_name, wanted));
    called.next().filter(|_| called.next().is_none())
}

/// Whether a repository is called so behind the slash of its full name.
fn is_called(full_name: &str, wanted: &str) -> bool {
    short(full_name).eq_ignore_ascii_case(plain(wanted))
}

/// A name or an address without what may stand at its end.
fn plain(text: &str) -> &str {
    let text = text.trim_end_matches('/');
    text.strip_suffix(".git").unwrap_or(text)
}

fn short(full_name: &str) -> &str {
    full_name.rsplit('/').next().unwrap_or(full_name)
}

/// Makes an agent with a checkout, and loads it. Where the checkout fails, there is no agent.
async fn begin(call: &Call<'_>, name: &str, repository: &Repository) -> Result<Outcome, Declined> {
    let agent = make_named(call, name).await?;
    let id = agent.id.to_string();
    let from = repository.id.to_string();
    match repositories::check_out(call.cx, &call.caller, &from, &id).await {
        Ok(done) => {
            set_loaded(call, Some(&agent)).await?;
            Ok(Outcome::say(told(&agent, repository, &done)))
        }
        Err(error) => {
            agents::delete(call.cx, &call.caller, &id).await?;
            Err(error.into())
        }
    }
}

fn told(agent: &Agent, repository: &Repository, done: &CheckedOut) -> String {
    let name = &agent.name;
    let from = &repository.full_name;
    let files = match done.files {
        1 => "1 file".to_owned(),
        files => format!("{files} files"),
    };
    let wanted = match done.wanted.as_slice() {
        [] => String::new(),
        wanted => format!(
            "\nIt asks for what it was not granted: {}.",
            wanted.join(", ")
        ),
    };
    format!(
        "Agent '{name}' created from {from} and starting... It has {files} of it under {FOLDER}/.{wanted}"
    )
}

/// A name for an agent of a repository: the name behind the slash, as far as it can be one.
fn agent_name(full_name: &str) -> String {
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let name = short(full_name).chars();
    let name: String = name.map(|c| if good(c) { c } else { '-' }).collect();
    let name = name.trim_start_matches(['-', '_']);
    let name: String = name.chars().take(NAME).collect();
    match name.is_empty() {
        true => "agent".to_owned(),
        false => name,
    }
}

#[cfg(test)]
mod tests {
    use chrono::Utc;
    use store::ids::{OrganizationId, RepositoryId, UserId};

    use super::*;

    fn repository(full_name: &str) -> Repository {
        Repository {
            organization_id: OrganizationId::new(),
            id: RepositoryId::new(),
            user_id: UserId::new(),
            full_name: full_name.to_owned(),
            url: format!("https://git.example/{full_name}.git"),
            token: None,
            head: String::new(),
            branch: None,
            refreshed_at: Utc::now(),
            created_at: Utc::now(),
        }
    }

    #[test]
    fn an_agent_is_called_by_its_repository() {
        assert_eq!(agent_name("owner/my.repo"), "my-repo");
        assert_eq!(agent_name("owner/_x"), "x");
        assert_eq!(agent_name("owner/..."), "agent");
        assert_eq!(agent_name(&format!("o/{}", "x".repeat(100))).len(), NAME);
    }

    #[test]
    fn a_repository_is_found_by_each_of_its_names_that_is_no_others() {
        let all = ["ada/engine", "ada/loom", "bob/loom"].map(repository);
        let found = |wanted: &str| find(&all, wanted).map(|one| one.full_name.as_str());
        for wanted in [
            "ada/engine",
            "ADA/Engine.git",
            "engine",
            "https://git.example/ada/engine",
            "https://git.example/ada/engine.git/",
        ] {
            assert_eq!(found(wanted), Some("ada/engine"), "{wanted}");
        }
        assert_eq!(found("bob/loom"), Some("bob/loom"));
        for wanted in ["loom", "engin", "", "carol/engine"] {
            assert_eq!(found(wanted), None, "{wanted}");
        }
        assert_eq!(meant(&all, "loom"), ["ada/loom", "bob/loom"]);
        assert_eq!(meant(&all, "ada/lom"), ["ada/loom"]);
        assert_eq!(meant(&all, "engin"), ["engine"]);
        assert!(meant(&all, "weather").is_empty());
    }
}
