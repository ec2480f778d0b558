//! What a message carries beside its text. A file is named by its id: where its bytes are, Telegram tells when asked
//! ("getFile"), in an address that has the bot's token in it.

use serde::Deserialize;

use super::super::file::NAMED;
use crate::callback::HeardAttachment;

/// The files of a message.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Media {
    photo: Vec<File>,
    document: Option<File>,
    voice: Option<File>,
    audio: Option<File>,
    video: Option<File>,
    video_note: Option<File>,
    animation: Option<File>,
    sticker: Option<Sticker>,
}

#[derive(Deserialize)]
struct File {
    file_id: String,
    file_name: Option<String>,
    mime_type: Option<String>,
    file_size: Option<u64>,
}

#[derive(Deserialize)]
struct Sticker {
    #[serde(flatten)]
    file: File,
    emoji: Option<String>,
    #[serde(default)]
    is_animated: bool,
    #[serde(default)]
    is_video: bool,
}

impl Media {
    /// The files, and the text that they stand for where nothing else was said.
    pub(super) fn attachments(self) -> (Vec<HeardAttachment>, Option<String>) {
        // An animation comes as a document as well.
        let document = self.document.filter(|_| self.animation.is_none());
        let mut files = Vec::new();
        let mut add = |file: Option<File>, name: &str, content_type: &str| {
            files.extend(file.map(|file| file.attachment(name, content_type)));
        };
        // The sizes of one photo, the largest last.
        add(
            self.photo.into_iter().next_back(),
            "photo.jpg",
            "image/jpeg",
        );
        add(document, "document", "application/octet-stream");
        add(self.voice, "voice.ogg", "audio/ogg");
        add(self.audio, "audio.mp3", "audio/mpeg");
        add(self.video, "video.mp4", "video/mp4");
        add(self.video_note, "video.mp4", "video/mp4");
        add(self.animation, "animation.mp4", "video/mp4");
        let mut emoji = None;
        if let Some(sticker) = self.sticker {
            let (name, content_type) = match (sticker.is_animated, sticker.is_video) {
                (true, _) => ("sticker.tgs", "application/x-tgsticker"),
                (_, true) => ("sticker.webm", "video/webm"),
                _ => ("sticker.webp", "image/webp"),
            };
            files.push(sticker.file.attachment(name, content_type));
            emoji = sticker.emoji;
        }
        (files, emoji)
    }
}

impl File {
    fn attachment(self, name: &str, content_type: &str) -> HeardAttachment {
        // A name is what someone chose, and no path.
        let own = self
            .file_name
            .as_deref()
            .and_then(|own| own.rsplit(['/', '\\']).next());
        HeardAttachment {
            name: own.filter(|own| !own.is_empty()).unwrap_or(name).to_owned(),
            content_type: self.mime_type.unwrap_or_else(|| content_type.to_owned()),
            size: self.file_size,
            url: format!("{NAMED}{}", self.file_id),
        }
    }
}
