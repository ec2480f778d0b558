//! A caption: the text that goes with a file, under it ("sendPhoto", "sendDocument": up to 1024 characters).

use std::borrow::Cow;

use teloxide_core::payloads::{SendDocument, SendDocumentSetters, SendPhoto, SendPhotoSetters};
use teloxide_core::types::{InlineKeyboardMarkup, InputFile, ParseMode};

use super::super::chat::Chat;
use super::super::html;
use crate::message::{Outbound, OutboundAttachment};
use crate::split::{TextLimit, TextUnit};

/// The longest caption as it is seen, counted as cautiously as can be.
const CAPTION: TextLimit = TextLimit::new(1_024, TextUnit::Utf16);

/// What stands under a file.
pub(super) struct Caption<'a> {
    text: Cow<'a, str>,
    plain: &'a str,
    mode: Option<ParseMode>,
    buttons: Option<InlineKeyboardMarkup>,
}

/// The one file of a message whose text fits under it.
pub(super) fn of(outbound: &Outbound) -> Option<&OutboundAttachment> {
    let [file] = outbound.attachments.as_slice() else {
        return None;
    };
    let is_whole = outbound.parts_sent == 0 && outbound.replaces.is_none();
    if !is_whole || outbound.text.trim().is_empty() || !CAPTION.fits(&outbound.text) {
        return None;
    }
    let fits = |text: &str| {
        let seen = html::visible(&html::of_markdown(text));
        !seen.trim().is_empty() && CAPTION.fits(&seen)
    };
    (!outbound.markdown || fits(&outbound.text)).then_some(file)
}

impl<'a> Caption<'a> {
    pub(super) fn none() -> Self {
        Self::plain("", None)
    }

    pub(super) fn plain(text: &'a str, buttons: Option<InlineKeyboardMarkup>) -> Self {
        Self {
            text: Cow::Borrowed(text),
            plain: text,
            mode: None,
            buttons,
        }
    }

    pub(super) fn markdown(text: &'a str, buttons: Option<InlineKeyboardMarkup>) -> Self {
        Self {
            text: Cow::Owned(html::of_markdown(text)),
            plain: text,
            mode: Some(ParseMode::Html),
            buttons,
        }
    }

    pub(super) fn is_html(&self) -> bool {
        self.mode.is_some()
    }

    /// The text with a note under it, where the file cannot be there.
    pub(super) fn before(&self, note: &str) -> String {
        match self.plain {
            "" => note.to_owned(),
            text => format!("{text}\n\n{note}"),
        }
    }
}

pub(super) fn photo(chat: &Chat, file: InputFile, caption: &Caption<'_>) -> SendPhoto {
    let mut request = SendPhoto::new(chat.recipient.clone(), file);
    request.message_thread_id = chat.thread;
    request.parse_mode = caption.mode;
    if !caption.text.is_empty() {
        request = request.caption(caption.text.clone());
    }
    match &caption.buttons {
        Some(buttons) => request.reply_markup(buttons.clone()),
        None => request,
    }
}

pub(super) fn document(chat: &Chat, file: InputFile, caption: &Caption<'_>) -> SendDocument {
    let mut request = SendDocument::new(chat.recipient.clone(), file);
    request.message_thread_id = chat.thread;
    request.parse_mode = caption.mode;
    if !caption.text.is_empty() {
        request = request.caption(caption.text.clone());
    }
    match &caption.buttons {
        Some(buttons) => request.reply_markup(buttons.clone()),
        None => request,
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::message::AttachmentSource;

    #[test]
    fn a_text_goes_with_the_one_file_that_it_fits_under() {
        let file = || OutboundAttachment {
            name: "a.txt".to_owned(),
            content_type: "text/plain".to_owned(),
            source: AttachmentSource::Bytes(Bytes::from_static(b"x")),
        };
        let with = |text: &str, files: usize| Outbound {
            attachments: (0..files).map(|_| file()).collect(),
            ..Outbound::plain("d1", text)
        };
        assert!(of(&with("Here.", 1)).is_some());
        assert!(of(&with(&"\u{1f600}".repeat(512), 1)).is_some());
        for other in [
            with("Here.", 0),
            with("Here.", 2),
            with(" ", 1),
            with(&"x".repeat(1_025), 1),
            Outbound {
                parts_sent: 1,
                ..with("Here.", 1)
            },
            Outbound {
                replaces: Some("7".to_owned()),
                ..with("Here.", 1)
            },
        ] {
            assert!(of(&other).is_none(), "{other:?}");
        }
    }
}
