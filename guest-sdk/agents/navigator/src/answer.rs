//! An answer: a request carried out, and what is said of it.

use cloister_guest::projects::Project;
use cloister_guest::{Context, Error, ErrorCode, Failure, Replies};

use crate::find::{Found, exactly, find};
use crate::replies::Said;
use crate::request::{Certainty, Read, Request};

/// Carries out a request. What turns out to mean no project is left alone.
pub fn answer(cx: &Context, read: &Read) -> Result<Replies, Failure> {
    let projects = cx.projects();
    let say = Said(read.language);
    let text = match &read.request {
        Request::List => say.list(&projects.entries()?, projects.current()?.as_ref()),
        Request::Current => match projects.current()? {
            Some(project) => say.current(&project),
            None => say.nowhere(&projects.entries()?),
        },
        Request::Switch { names, certainty } => {
            let all = projects.entries()?;
            match switch(cx, say, &all, names, *certainty)? {
                Some(text) => text,
                None => return Ok(().into()),
            }
        }
        Request::SwitchSomewhere => say.where_to(&projects.entries()?),
        Request::Create { name } => match projects.create(name) {
            Ok(project) => say.created(&project),
            Err(error) => not_created(say, name, error)?,
        },
        Request::CreateSomething => say.what_name().to_owned(),
    };
    Ok(text.into())
}

fn switch(
    cx: &Context,
    say: Said,
    all: &[Project],
    names: &[String],
    certainty: Certainty,
) -> Result<Option<String>, Failure> {
    let found = match certainty {
        Certainty::Exact => exactly(all, names),
        Certainty::Likely | Certainty::Sure => find(all, names),
    };
    let name = names.first().map_or("", String::as_str);
    Ok(match found {
        Found::One(project) => {
            let was_here = cx
                .projects()
                .current()?
                .is_some_and(|current| current.id == project.id);
            let project = cx.projects().switch_to(&project.id)?;
            Some(match was_here {
                true => say.already(&project),
                false => say.switched(&project),
            })
        }
        Found::Several(several) => Some(say.which(name, &several)),
        Found::None if certainty == Certainty::Sure => Some(say.unknown(name, all)),
        Found::None => None,
    })
}

/// What is said where a project was not made, if that is not the host's trouble.
fn not_created(say: Said, name: &str, error: Error) -> Result<String, Failure> {
    match error.code {
        ErrorCode::Denied => Ok(say.may_not_create().to_owned()),
        ErrorCode::Conflict => Ok(say.taken(name)),
        ErrorCode::Invalid => Ok(say.no_name(name, &error.message)),
        _ => Err(error.into()),
    }
}
