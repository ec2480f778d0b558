//! Sending: a message goes out part by part, its text in pieces that Discord takes, then its files. Each part has a nonce
//! by which Discord recognises it for some minutes ("Create Message"), and mentions no one, whatever an agent says.

use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::TEXT;
use super::api::{Bot, Fault, Route};
use super::form::{File, form};
use super::interaction::{Interaction, buttons};
use super::message::NAMED;
use super::sign;
use crate::driver::SendError;
use crate::http::Method;
use crate::message::{AttachmentSource, Outbound, OutboundAttachment, Receipt, Target};
use crate::split::split;

/// Bytes of a file and of all files of a message ("Uploading Files"), and files of a message.
const FILE: usize = 10 << 20;
const FILES: usize = 24 << 20;
const COUNT: usize = 10;
/// How long parts are sent at one attempt: one more has to fit into what the host gives an attempt.
const ENOUGH: Duration = Duration::from_secs(8);

/// Attempts at which an interaction that is not there is one that is not there yet, and how long until the next.
const SURELY: u32 = 3;
pub(super) const SOON: Duration = Duration::from_millis(300);

/// A message as Discord answers with it.
#[derive(Debug, Deserialize)]
pub(super) struct Sent {
    pub id: String,
}

/// What goes in one request.
enum Part<'a> {
    Text(String),
    Files(Vec<File<'a>>),
}

pub(super) async fn deliver(
    bot: &Bot<'_>,
    target: &Target,
    outbound: &Outbound,
) -> Result<Receipt, SendError> {
    let started = Instant::now();
    let mut receipt = Receipt::default();
    let parts = parts(outbound);
    let last_text = parts.iter().rposition(|part| matches!(part, Part::Text(_)));
    let before = usize::try_from(outbound.parts_sent).unwrap_or(usize::MAX);
    if let (Some(shown), 0, None) = (&outbound.replaces, before, parts.first()) {
        // Nothing takes its place. A draft that stays is ugly, and no reason to keep the rest.
        let _ = sign::withdraw(bot, target, shown).await;
    }
    for (number, part) in parts.iter().enumerate().skip(before) {
        let interrupted = |error| SendError::Interrupted {
            parts: u32::try_from(number).unwrap_or(u32::MAX),
            error: Box::new(error),
        };
        if number > before && started.elapsed() >= ENOUGH {
            return Err(interrupted(SendError::Retry {
                after: Some(Duration::ZERO),
                status: None,
                what: "the rest of the message follows".to_owned(),
            }));
        }
        let message = Message {
            bot,
            channel: &target.platform_chat_id,
            nonce: nonce(&outbound.delivery_id, number),
            components: (last_text == Some(number)).then(|| buttons(&outbound.choices)),
            replies_to: outbound.replies_to.as_deref().filter(|_| number == 0),
            replaces: outbound.replaces.as_deref().filter(|_| number == 0),
            attempt: outbound.attempt,
        };
        match message.send(part).await {
            Ok(sent) => {
                receipt.status = Some(200);
                receipt.platform_message_id.get_or_insert(sent.id);
            }
            Err(fault) if number > before => return Err(interrupted(fault.into())),
            Err(fault) => return Err(fault.into()),
        }
    }
    Ok(receipt)
}

/// The same parts at every attempt.
fn parts(outbound: &Outbound) -> Vec<Part<'_>> {
    let mut text = outbound.text.clone();
    let (files, notes) = files(&outbound.attachments);
    for note in notes {
        text = format!("{}\n{note}", text.trim_end());
    }
    let mut texts = split(text.trim_start_matches('\n'), TEXT);
    if texts.is_empty() && !outbound.choices.is_empty() {
        texts.push("Please choose:".to_owned());
    }
    let texts = texts.into_iter().map(Part::Text);
    texts.chain(files.into_iter().map(Part::Files)).collect()
}

/// Files in batches that Discord takes, and lines about those that it cannot be given.
fn files(attachments: &[OutboundAttachment]) -> (Vec<Vec<File<'_>>>, Vec<String>) {
    let (mut batches, mut notes) = (Vec::<Vec<File<'_>>>::new(), Vec::new());
    let mut left = 0;
    for attachment in attachments {
        let bytes = match &attachment.source {
            AttachmentSource::Url(url) => {
                let url = url.strip_prefix(NAMED).unwrap_or(url);
                notes.push(format!("{}: {url}", attachment.name));
                continue;
            }
            AttachmentSource::Bytes(bytes) if bytes.len() > FILE => {
                let (name, size) = (&attachment.name, bytes.len());
                notes.push(format!(
                    "{name} has {size} bytes, more than Discord carries."
                ));
                continue;
            }
            AttachmentSource::Bytes(bytes) => bytes,
        };
        let file = File {
            name: &attachment.name,
            content_type: &attachment.content_type,
            bytes,
        };
        match batches.last_mut() {
            Some(batch) if batch.len() < COUNT && bytes.len() <= left => batch.push(file),
            _ => {
                batches.push(vec![file]);
                left = FILES;
            }
        }
        left -= bytes.len();
    }
    (batches, notes)
}

/// At most 25 characters, the same for a part at every attempt.
fn nonce(delivery: &str, part: usize) -> String {
    let digest = hex::encode(Sha256::digest(format!("{delivery}/{part}")));
    digest.get(..24).unwrap_or(&digest).to_owned()
}

/// One message of Discord.
struct Message<'a> {
    bot: &'a Bot<'a>,
    channel: &'a str,
    nonce: String,
    components: Option<Value>,
    replies_to: Option<&'a str>,
    replaces: Option<&'a str>,
    attempt: u32,
}

impl Message<'_> {
    /// In place of what is shown already, or anew where that cannot be.
    async fn send(&self, part: &Part<'_>) -> Result<Sent, Fault> {
        if let Some(shown) = self.replaces {
            let replaced = match Interaction::parse(shown) {
                Some(of) => {
                    let route = Route::Original(of.application, of.token);
                    self.put(Method::Patch, &route, self.content(part), part)
                        .await
                }
                None if matches!(part, Part::Text(_)) => {
                    let route = Route::Message(self.channel, shown);
                    self.put(Method::Patch, &route, self.content(part), part)
                        .await
                }
                None => {
                    let route = Route::Message(self.channel, shown);
                    let _ = self.bot.delete(&route).await;
                    return self.anew(part).await;
                }
            };
            let is_interaction = Interaction::parse(shown).is_some();
            match replaced {
                // An answer may be faster than Discord's own note that it is to come.
                Err(fault) if fault.is_of_missing() && is_interaction && self.attempt <= SURELY => {
                    return Err(Fault::Limited(SOON.saturating_mul(self.attempt)));
                }
                // An interaction is forgotten after a quarter of an hour; a message may have been deleted.
                Err(Fault::Refused {
                    status: 400..=404, ..
                }) => {}
                result => return result,
            }
        }
        self.anew(part).await
    }

    async fn anew(&self, part: &Part<'_>) -> Result<Sent, Fault> {
        let mut content = self.content(part);
        if let Some(fields) = content.as_object_mut() {
            fields.insert("nonce".to_owned(), json!(self.nonce));
            fields.insert("enforce_nonce".to_owned(), json!(true));
            if let Some(id) = self.replies_to {
                let reference = json!({ "message_id": id, "fail_if_not_exists": false });
                fields.insert("message_reference".to_owned(), reference);
            }
        }
        let route = Route::Messages(self.channel);
        self.put(Method::Post, &route, content, part).await
    }

    fn content(&self, part: &Part<'_>) -> Value {
        let mut content = json!({ "allowed_mentions": { "parse": [] } });
        if let Some(fields) = content.as_object_mut() {
            if let Part::Text(text) = part {
                fields.insert("content".to_owned(), json!(text));
            }
            if let Some(components) = &self.components {
                fields.insert("components".to_owned(), components.clone());
            }
        }
        content
    }

    async fn put(
        &self,
        method: Method,
        route: &Route<'_>,
        content: Value,
        part: &Part<'_>,
    ) -> Result<Sent, Fault> {
        match part {
            Part::Text(_) => self.bot.json(method, route, &content).await,
            Part::Files(files) => self.bot.form(method, route, form(&content, files)).await,
        }
    }
}

/// Puts another text into a message that is there.
pub(super) async fn edit(bot: &Bot<'_>, route: &Route<'_>, text: &str) -> Result<Sent, Fault> {
    let content = json!({ "content": text, "allowed_mentions": { "parse": [] } });
    bot.json(Method::Patch, route, &content).await
}
