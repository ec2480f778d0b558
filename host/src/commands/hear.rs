//! Hearing a message: it is a command, it is for the host itself, or it is for an agent.

use store::groups::Target;

use super::arguments::Arguments;
use super::declined::Declined;
use super::grammar::{self, Router};
use super::invoke::{Manner, Told, repeat, run};
use super::near::near;
use super::slash::{HOST, Mention, Slash, mention, slash};
use super::table::{Place, find, table};
use super::talking::{self, Spoken};
use super::yolo;
use crate::context::Context;
use crate::error::Result;
use crate::inbound::Answer;
use crate::service::groups;
use crate::service::inbound::{self as service, KeyedChannel, Said, To};
use crate::service::speakers::{self, Speaker};

/// Hears what someone says, and tells what is answered.
pub async fn hear(cx: &Context, channel: KeyedChannel, said: Said) -> Result<Told, Declined> {
    let text = said.text.clone();
    let named = mention(&text);
    if let Some(answer) = as_usual(cx, channel, &said).await? {
        return Ok(Told::Answer(answer));
    }
    // In a group, whom someone talks to is decided in the order in which they speak.
    let door = match &said.group {
        Some(group) => {
            let name = format!("{}/{}/{}", channel.id, group.id, said.user);
            let wait = cx.config.work.turn_wait;
            Some(
                cx.external
                    .door(channel.organization_id, &name, wait)
                    .await?,
            )
        }
        None => None,
    };
    let name = named.map(|named| named.name).filter(|name| !is_host(name));
    let speaker = speakers::meet(cx, channel, &said, name).await?;
    if let Some(participants) = &said.participants {
        groups::meet(cx, &speaker, participants).await?;
    }
    if let (true, Some(id)) = (speaker.row.is_known_command, said.message_id.as_deref())
        && let Some(told) = repeat(cx, &speaker, id).await?
    {
        return Ok(told);
    }
    if speaker.row.known_message_id.is_some() && !speaker.row.is_known_command {
        // Said before: the first one's answer is this one's, unless that was a command that came to nothing.
        let entered = service::enter(cx, &speaker, said.clone(), To::Channel).await?;
        let owner = channel.organization_id;
        let is_command = service::is_command(cx, owner, &entered.accepted).await?;
        if !is_command {
            drop(door);
            return service::answer(cx, entered)
                .await
                .map(Told::Answer)
                .map_err(Into::into);
        }
    }
    let heard = Heard::of(&speaker, &text, named);
    match heard {
        Heard::Command(slash) => {
            if is_with_host(named) {
                groups::aim(cx, &speaker, Target::Host).await?;
            }
            drop(door);
            command(cx, speaker, said, slash).await
        }
        Heard::Host(request) => {
            groups::aim(cx, &speaker, Target::Host).await?;
            drop(door);
            let request = request.to_owned();
            yolo::ask(cx, speaker, said, &request).await
        }
        Heard::Agent(text) => {
            if speaker.talks_as_usual() {
                cx.usual.keep(channel.id, &said.user);
            }
            let spoken = Spoken {
                said: Said {
                    text: text.to_owned(),
                    ..said
                },
                speaker,
            };
            let entered = talking::enter(cx, spoken).await;
            drop(door);
            talking::answer(cx, entered?).await
        }
    }
}

/// The answer to what is said by someone who was found to talk as usual, and still does. None: nothing was stored.
async fn as_usual(
    cx: &Context,
    channel: KeyedChannel,
    said: &Said,
) -> Result<Option<Answer>, Declined> {
    let is_talk = said.group.is_none()
        && said.participants.is_none()
        && mention(&said.text).is_none()
        && slash(&said.text).is_none();
    if !is_talk || !cx.usual.is_guessed(channel.id, &said.user) {
        return Ok(None);
    }
    match service::enter_usual(cx, channel, said).await? {
        Some(entered) => Ok(Some(service::answer(cx, entered).await?)),
        None => {
            cx.usual.forget(channel.id, &said.user);
            Ok(None)
        }
    }
}

/// What a message turned out to be.
enum Heard<'a> {
    /// A command.
    Command(Slash<'a>),
    /// A request to the host itself, in one's own words.
    Host(&'a str),
    /// Something for an agent.
    Agent(&'a str),
}

impl<'a> Heard<'a> {
    fn of(speaker: &Speaker, text: &'a str, named: Option<Mention<'a>>) -> Self {
        let to_host = is_with_host(named);
        // A name that is no agent's is one among people, and part of what is said.
        let is_named = to_host || speaker.row.agent.is_mentioned;
        let rest = named.filter(|_| is_named).map_or(text, |named| named.rest);
        if let Some(slash) = slash(rest).filter(|_| to_host || !is_named) {
            return Heard::Command(slash);
        }
        if to_host || (!is_named && speaker.is_group && speaker.row.is_with_host) {
            return Heard::Host(rest);
        }
        if speaker.row.is_yolo
            && !speaker.is_group
            && !is_named
            && !speaker.row.is_signed_out
            && grammar::Grammar.route(rest).is_some()
        {
            return Heard::Host(rest);
        }
        Heard::Agent(rest)
    }
}

fn is_with_host(named: Option<Mention<'_>>) -> bool {
    named.is_some_and(|named| is_host(named.name))
}

fn is_host(name: &str) -> bool {
    name.eq_ignore_ascii_case(HOST)
}

/// A command as it was written. What is wrong with it is told as a reply.
pub(super) async fn command(
    cx: &Context,
    speaker: Speaker,
    said: Said,
    slash: Slash<'_>,
) -> Result<Told, Declined> {
    let Some(command) = find(slash.name) else {
        let text = unknown(slash.name, speaker.is_group).sentence();
        return host_says(cx, &speaker, said, text).await;
    };
    match Arguments::of_message(command, slash.rest) {
        Ok(arguments) => match run(cx, speaker, command, said, arguments, Manner::Reply).await {
            Err(declined) if declined.is_told() => Ok(Told::Outcome(declined.outcome())),
            told => told,
        },
        Err(error) => {
            let text = Declined::Error(error).sentence();
            host_says(cx, &speaker, said, text).await
        }
    }
}

/// That there is no such command, with those that may have been meant.
pub(super) fn unknown(name: &str, is_group: bool) -> Declined {
    let fits = |place: Place| match place {
        Place::Anywhere => true,
        Place::Direct => !is_group,
        Place::Group => is_group,
    };
    let names = table()
        .filter(|command| fits(command.place))
        .flat_map(|command| command.names.iter().copied());
    let near = near(name, names).into_iter().map(|name| format!("/{name}"));
    Declined::Unknown {
        what: "command",
        name: format!("/{name}"),
        place: "here",
        near: near.collect(),
        also: "/help shows all",
    }
}

/// Keeps a message, and has the host answer it.
pub(super) async fn host_says(
    cx: &Context,
    speaker: &Speaker,
    said: Said,
    text: String,
) -> Result<Told, Declined> {
    let entered = service::enter(cx, speaker, said, To::Host(text)).await?;
    let answer: Answer = service::answer(cx, entered).await?;
    Ok(Told::Answer(answer))
}
