//! Sending: a message goes out part by part, its text in pieces that Telegram takes, then its files; a short text goes with
//! its one file, as the caption. Telegram has no idempotency key, so what it took already is never sent again.

mod caption;

use std::time::{Duration, Instant};

use bytes::Bytes;
use serde::Deserialize;
use teloxide_core::payloads::{
    EditMessageText, EditMessageTextSetters, SendMessage, SendMessageSetters,
};
use teloxide_core::types::{
    FileId, InlineKeyboardButton, InlineKeyboardMarkup, InputFile, MessageId, ParseMode,
};

use self::caption::{Caption, document, photo};

use super::api::{Bot, Fault};
use super::chat::Chat;
use super::file::NAMED;
use super::part::File;
use super::{TEXT, html, sign, update};
use crate::driver::SendError;
use crate::message::{AttachmentSource, Outbound, OutboundAttachment, Receipt, Target};
use crate::split::{TextLimit, split};

/// Bytes that a photo may have, and any other file.
const PHOTO: usize = 10_000_000;
const DOCUMENT: usize = 50_000_000;
/// Bytes of a button's data, and characters of its label.
const DATA: usize = 64;
const LABEL: usize = 60;
/// Buttons of a message.
const BUTTONS: usize = 100;
/// How long parts are sent at one attempt: one more has to fit into what the host gives an attempt.
const ENOUGH: Duration = Duration::from_secs(8);
/// Markdown of so little is not cut again for what it is shown as.
const SMALL: usize = 512;

/// A message as Telegram answers with it.
#[derive(Debug, Deserialize)]
pub(super) struct Sent {
    pub message_id: i64,
}

/// What goes in one request.
enum Part<'a> {
    Text(String),
    File(&'a OutboundAttachment),
    /// A file with the text that belongs to it.
    Captioned(&'a OutboundAttachment, &'a str),
}

pub(super) async fn deliver(
    bot: &Bot<'_>,
    target: &Target,
    outbound: &Outbound,
) -> Result<Receipt, SendError> {
    deliver_within(ENOUGH, bot, target, outbound).await
}

/// The same, with so much time for all parts but the last.
pub(super) async fn deliver_within(
    enough: Duration,
    bot: &Bot<'_>,
    target: &Target,
    outbound: &Outbound,
) -> Result<Receipt, SendError> {
    let started = Instant::now();
    let mut receipt = Receipt::default();
    let mut chat = Chat::parse(&target.platform_chat_id);
    let parts = parts(outbound);
    let last_text = parts
        .iter()
        .rposition(|part| !matches!(part, Part::File(_)));
    let before = usize::try_from(outbound.parts_sent).unwrap_or(usize::MAX);
    if let (Some(draft), 0, None | Some(Part::File(_))) =
        (&outbound.replaces, before, parts.first())
    {
        // No text takes its place. A draft that stays is ugly, and no reason to keep the rest.
        let _ = sign::withdraw(bot, &chat, draft).await;
    }
    for (number, part) in parts.iter().enumerate().skip(before) {
        if number > before && started.elapsed() >= enough {
            return Err(SendError::Interrupted {
                parts: u32::try_from(number).unwrap_or(u32::MAX),
                error: Box::new(SendError::Retry {
                    after: Some(Duration::ZERO),
                    status: None,
                    what: "the rest of the message follows".to_owned(),
                }),
            });
        }
        let message = Message {
            bot,
            markdown: outbound.markdown,
            buttons: match last_text == Some(number) {
                true => keyboard(&outbound.choices),
                false => None,
            },
            replaces: outbound.replaces.as_deref().filter(|_| number == 0),
        };
        let mut sent = message.send(&chat, part).await;
        if let Err(Fault::Refused {
            migrated_to: Some(id),
            ..
        }) = &sent
        {
            chat = chat.moved_to(*id);
            receipt.moved_to = Some(chat.key());
            sent = message.send(&chat, part).await;
        }
        match sent {
            Ok(sent) => {
                receipt.status = Some(200);
                receipt
                    .platform_message_id
                    .get_or_insert_with(|| sent.message_id.to_string());
            }
            Err(fault) if number > before => {
                return Err(SendError::Interrupted {
                    parts: u32::try_from(number).unwrap_or(u32::MAX),
                    error: Box::new(fault.into()),
                });
            }
            Err(fault) => return Err(fault.into()),
        }
    }
    Ok(receipt)
}

/// The same parts at every attempt: what has gone out in part, or takes the place of a draft, has no caption.
fn parts(outbound: &Outbound) -> Vec<Part<'_>> {
    if let Some(file) = caption::of(outbound) {
        return vec![Part::Captioned(file, &outbound.text)];
    }
    let mut texts = pieces(&outbound.text, TEXT, outbound.markdown);
    if texts.is_empty() && !outbound.choices.is_empty() {
        texts.push("Please choose:".to_owned());
    }
    let texts = texts.into_iter().map(Part::Text);
    texts
        .chain(outbound.attachments.iter().map(Part::File))
        .collect()
}

/// The pieces of a text. Markdown may be longer as it is shown than as it is written: a table, a list.
fn pieces(text: &str, limit: TextLimit, markdown: bool) -> Vec<String> {
    let pieces = split(text, limit).into_iter();
    if !markdown || limit.max() <= SMALL {
        return pieces.collect();
    }
    let shorter = TextLimit::new(limit.max() / 2, limit.unit());
    let fitting = |piece: String| {
        let seen = html::visible(&html::of_markdown(&piece));
        match TEXT.fits(&seen) {
            true => vec![piece],
            false => self::pieces(&piece, shorter, markdown),
        }
    };
    pieces.flat_map(fitting).collect()
}

/// One message of Telegram.
struct Message<'a> {
    bot: &'a Bot<'a>,
    markdown: bool,
    buttons: Option<InlineKeyboardMarkup>,
    replaces: Option<&'a str>,
}

impl Message<'_> {
    async fn send(&self, chat: &Chat, part: &Part<'_>) -> Result<Sent, Fault> {
        match part {
            Part::Text(text) => self.text(chat, text).await,
            Part::File(file) => self.file(chat, file, &Caption::none()).await,
            Part::Captioned(file, text) => self.captioned(chat, file, text).await,
        }
    }

    /// As HTML where it is Markdown; where Telegram cannot read that, as it was written.
    async fn text(&self, chat: &Chat, text: &str) -> Result<Sent, Fault> {
        if !self.markdown {
            return self.shown(chat, text, None).await;
        }
        let html = html::of_markdown(text);
        let seen = html::visible(&html);
        if seen.trim().is_empty() || !TEXT.fits(&seen) {
            return self.shown(chat, text, None).await;
        }
        match self.shown(chat, &html, Some(ParseMode::Html)).await {
            Err(fault) if fault.is_about_entities() => self.shown(chat, text, None).await,
            result => result,
        }
    }

    /// In place of a message that was shown already, or anew where that cannot be.
    async fn shown(&self, chat: &Chat, text: &str, mode: Option<ParseMode>) -> Result<Sent, Fault> {
        if let Some(id) = self.replaces.and_then(|id| id.parse().ok()) {
            let edited = edit(self.bot, chat, id, text, mode, self.buttons.clone()).await;
            match edited {
                Err(fault) if fault.is_about_entities() => return Err(fault),
                Err(Fault::Refused { code: 400, .. }) => {}
                result => return result,
            }
        }
        let mut request = SendMessage::new(chat.recipient.clone(), text);
        request.message_thread_id = chat.thread;
        request.parse_mode = mode;
        if let Some(buttons) = &self.buttons {
            request = request.reply_markup(buttons.clone());
        }
        self.bot.call(&request).await
    }

    /// As HTML where it is Markdown, as it was written where Telegram cannot read that; and where the file is none that it
    /// takes, the text alone.
    async fn captioned(
        &self,
        chat: &Chat,
        file: &OutboundAttachment,
        text: &str,
    ) -> Result<Sent, Fault> {
        let plain = Caption::plain(text, self.buttons.clone());
        let sent = match self.markdown {
            true => {
                let shown = Caption::markdown(text, self.buttons.clone());
                match self.file(chat, file, &shown).await {
                    Err(fault) if fault.is_about_entities() => self.file(chat, file, &plain).await,
                    result => result,
                }
            }
            false => self.file(chat, file, &plain).await,
        };
        match sent {
            Err(Fault::Refused {
                code: 400,
                migrated_to: None,
                ..
            }) => {
                let note = format!("{text}\n\n{} could not be sent.", file.name);
                self.shown(chat, &note, None).await
            }
            result => result,
        }
    }

    async fn file(
        &self,
        chat: &Chat,
        file: &OutboundAttachment,
        caption: &Caption<'_>,
    ) -> Result<Sent, Fault> {
        match &file.source {
            AttachmentSource::Url(url) => self.linked(chat, file, url, caption).await,
            AttachmentSource::Bytes(bytes) if bytes.len() > DOCUMENT => {
                let note = format!(
                    "{} has {} bytes, more than Telegram carries.",
                    file.name,
                    bytes.len()
                );
                self.shown(chat, &caption.before(&note), None).await
            }
            AttachmentSource::Bytes(bytes) => self.uploaded(chat, file, bytes, caption).await,
        }
    }

    /// Telegram fetches it itself, if it can; else people get the address.
    async fn linked(
        &self,
        chat: &Chat,
        file: &OutboundAttachment,
        url: &str,
        caption: &Caption<'_>,
    ) -> Result<Sent, Fault> {
        let note = caption.before(&format!("{}: {url}", file.name));
        // A file that came from Telegram goes back by its name there.
        let there = match (url.strip_prefix(NAMED), url.parse()) {
            (Some(id), _) => InputFile::file_id(FileId(id.to_owned())),
            (None, Ok(address)) => InputFile::url(address),
            (None, Err(_)) => return self.shown(chat, &note, None).await,
        };
        let sent = match is_photo(file) {
            true => self.bot.call(&photo(chat, there, caption)).await,
            false => self.bot.call(&document(chat, there, caption)).await,
        };
        match sent {
            Err(fault) if caption.is_html() && fault.is_about_entities() => Err(fault),
            Err(Fault::Refused {
                code: 400,
                migrated_to: None,
                ..
            }) => self.shown(chat, &note, None).await,
            result => result,
        }
    }

    async fn uploaded(
        &self,
        chat: &Chat,
        file: &OutboundAttachment,
        bytes: &Bytes,
        caption: &Caption<'_>,
    ) -> Result<Sent, Fault> {
        // Only its place in the form is made by this; the bytes go with the form.
        let here = || InputFile::memory(Bytes::new());
        let with = File {
            name: &file.name,
            content_type: &file.content_type,
            bytes,
        };
        if is_photo(file) && bytes.len() <= PHOTO {
            let request = photo(chat, here(), caption);
            match self.bot.upload(&request, &with).await {
                // Not every picture is one that Telegram shows; any is a file.
                Err(Fault::Refused {
                    code: 400,
                    migrated_to: None,
                    ..
                }) => {}
                result => return result,
            }
        }
        let request = document(chat, here(), caption);
        self.bot.upload(&request, &with).await
    }
}

/// Puts another text into a message. One that is the same already is as good.
pub(super) async fn edit(
    bot: &Bot<'_>,
    chat: &Chat,
    id: i32,
    text: &str,
    mode: Option<ParseMode>,
    buttons: Option<InlineKeyboardMarkup>,
) -> Result<Sent, Fault> {
    let mut request = EditMessageText::new(chat.recipient.clone(), MessageId(id), text);
    request.parse_mode = mode;
    if let Some(buttons) = buttons {
        request = request.reply_markup(buttons);
    }
    let same = || Sent {
        message_id: id.into(),
    };
    match bot.call::<_, super::api::Ignored>(&request).await {
        Ok(_) => Ok(same()),
        Err(Fault::Refused {
            code: 400,
            description,
            ..
        }) if description.contains("not modified") => Ok(same()),
        Err(fault) => Err(fault),
    }
}

fn is_photo(file: &OutboundAttachment) -> bool {
    let content_type = file.content_type.as_str();
    matches!(content_type, "image/jpeg" | "image/png" | "image/webp")
}

/// A row a choice.
fn keyboard(choices: &[(String, String)]) -> Option<InlineKeyboardMarkup> {
    if choices.is_empty() {
        return None;
    }
    let button = |(number, (label, value)): (usize, &(String, String))| {
        let data = match (1..=DATA).contains(&value.len()) && !value.starts_with(update::BY_LABEL) {
            true => value.clone(),
            false => format!("{}{number}", update::BY_LABEL),
        };
        let label: String = label.chars().take(LABEL).collect();
        [InlineKeyboardButton::callback(label, data)]
    };
    let rows = choices.iter().take(BUTTONS).enumerate().map(button);
    Some(InlineKeyboardMarkup::new(rows))
}
