//! One answer: the conversation as the model is to see it, and as many rounds with it as its tools take.

use cloister_guest::model::{
    Cause, Completion, Finish, Message, Part, Problem, Request, Role, ToolChoice,
};
use cloister_guest::{Attachment, AttachmentSource, Context, Error, ErrorCode, Event, Failure};

use crate::hands::Hands;
use crate::memory::Notes;
use crate::settings::Settings;
use crate::summary::Summary;
use crate::texts::{self, Text};
use crate::{prompt, window};

/// Questions that one message may lead to, whatever the owner says.
const ROUNDS: usize = 20;
/// Bytes of the images that the model is shown, all together.
const IMAGES: usize = 1_500_000;
const KINDS: [&str; 4] = ["image/png", "image/jpeg", "image/webp", "image/gif"];

/// Why there is no answer.
pub enum Stop {
    /// The model did not give one.
    Problem(Problem),
    /// Something else went wrong.
    Failure(Failure),
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Stop {
        Stop::Problem(problem)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Stop {
        Stop::Failure(error.into())
    }
}

/// What the model says to this.
pub fn answer(
    cx: &Context,
    event: &Event,
    settings: &Settings,
    text: &str,
    files: &[Attachment],
) -> Result<String, Stop> {
    cx.progress().typing();
    // Without a state or a history it talks all the same.
    let notes = granted(settings.memory.then(|| Notes::read(cx)).transpose())?.flatten();
    let mut summary = granted(Summary::read(cx))?;
    let entries = granted(cx.history().recent(window::MOST))?.unwrap_or_default();
    let known = summary
        .as_ref()
        .and_then(|summary| summary.up_to.as_deref());
    let mut window = window::split(entries, known, settings.history_tokens);
    if let Some(summary) = &mut summary {
        summary.extend(cx, &window.older)?;
    }
    let summary = summary.unwrap_or_default();
    let hands = Hands::new(cx, notes, settings.tools);
    let system = prompt::system(event, settings, &hands, &summary);

    let is_group = event.conversation.is_group;
    let mut request = Request::new().system(system);
    let said = window.shown.drain(..);
    let said = said.map(|entry| window::message(&entry, is_group));
    request.messages.extend(said);
    let name = event.contact().map(|contact| contact.name());
    request.messages.push(asked(
        window::spoken(text, name.filter(|_| is_group)),
        files,
        settings.images,
    ));
    request.max_output_tokens = settings.reply_tokens;
    request.temperature = settings.temperature;
    request.tools.extend_from_slice(hands.tools());
    rounds(cx, request, hands, settings.rounds.clamp(1, ROUNDS), text)
}

/// Asks until there is nothing more to be done for the model.
fn rounds(
    cx: &Context,
    mut request: Request,
    mut hands: Hands,
    most: usize,
    text: &str,
) -> Result<String, Stop> {
    let mut said: Vec<String> = Vec::new();
    for round in 1..=most {
        if round == most && !request.tools.is_empty() {
            request.tool_choice = ToolChoice::None;
        }
        let before = said.join("\n\n");
        let completion = match ask(cx, &request, &before) {
            Err(problem) if round == 1 && may_be_too_much(&problem, &request) => {
                request = plain(request);
                ask(cx, &request, &before)?
            }
            answer => answer?,
        };
        let (finish, answer) = (completion.finish, completion.text());
        if !answer.trim().is_empty() {
            let cut = if finish == Finish::Length { " …" } else { "" };
            said.push(format!("{}{cut}", answer.trim()));
        }
        let results = hands.run(cx, completion.tool_calls())?;
        if results.is_empty() {
            break;
        }
        request.messages.push(completion.into_message());
        request.messages.push(Message {
            role: Role::User,
            parts: results,
        });
    }
    Ok(match said.is_empty() {
        true => texts::of(text, Text::Nothing).to_owned(),
        false => said.join("\n\n"),
    })
}

/// Asks once, and shows the answer as it comes.
fn ask(cx: &Context, request: &Request, before: &str) -> Result<Completion, Problem> {
    cx.model().stream(request)?.finish(|so_far| match before {
        "" => cx.progress().partial(so_far),
        before => cx.progress().partial(format!("{before}\n\n{so_far}")),
    })
}

/// Whether the model may know no tools or no images, which its provider says in as many ways as there are providers.
fn may_be_too_much(problem: &Problem, request: &Request) -> bool {
    let refused = matches!(problem.status, Some(400 | 404 | 415 | 422 | 500 | 501));
    problem.cause == Cause::Failed && refused && (!request.tools.is_empty() || has_images(request))
}

fn has_images(request: &Request) -> bool {
    let mut parts = request.messages.iter().flat_map(|message| &message.parts);
    parts.any(|part| matches!(part, Part::Image(_)))
}

/// The same in words alone.
fn plain(mut request: Request) -> Request {
    request.tools.clear();
    for message in &mut request.messages {
        for part in &mut message.parts {
            if matches!(part, Part::Image(_)) {
                *part = Part::Text("[an image that you cannot see]".to_owned());
            }
        }
    }
    request
}

/// The message that is answered: its images as long as they are small enough, and other files by their names.
fn asked(mut text: String, files: &[Attachment], shows_images: bool) -> Message {
    let (mut left, mut images) = (IMAGES, Vec::new());
    for file in files {
        let bytes = match &file.source {
            AttachmentSource::Inline(bytes) if KINDS.contains(&file.content_type.as_str()) => {
                Some(bytes)
            }
            _ => None,
        };
        let rest = bytes.and_then(|bytes| left.checked_sub(bytes.len()));
        match (bytes, rest) {
            (Some(bytes), Some(rest)) if shows_images => {
                left = rest;
                images.push((file.content_type.clone(), bytes.clone()));
            }
            _ => text.push_str(&window::named(&file.name, &file.content_type)),
        }
    }
    let message = Message::text(Role::User, text);
    images
        .into_iter()
        .fold(message, |message, (kind, bytes)| message.image(kind, bytes))
}

/// What was asked for, or none where it was not granted.
fn granted<T>(answer: Result<T, Error>) -> Result<Option<T>, Error> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.code == ErrorCode::Denied => Ok(None),
        Err(error) => Err(error),
    }
}
