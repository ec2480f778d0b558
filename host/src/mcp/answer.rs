//! What a tool of a server answers, as a program and as a model can read it.

use rmcp::model::{CallToolResult, ContentBlock, ResourceContents};
use serde_json::Value;

use super::trouble::HIDDEN;
use crate::vault::Secret;

/// What a tool has answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// JSON for a program, where there is some.
    pub structured: Option<Value>,
    /// The same in words.
    pub text: String,
    /// Whether it says that it failed.
    pub is_error: bool,
}

impl Answer {
    pub(super) fn of(result: CallToolResult) -> Self {
        let parts: Vec<String> = result.content.into_iter().map(words).collect();
        Self {
            structured: result.structured_content,
            text: parts.join("\n"),
            is_error: result.is_error == Some(true),
        }
    }

    /// The same without what the server was asked with, should it say that again.
    pub(super) fn without(mut self, hidden: Option<&Secret<String>>) -> Self {
        let Some(hidden) = hidden else { return self };
        self.text = self.text.replace(hidden.expose(), HIDDEN);
        if let Some(value) = &mut self.structured {
            hide(value, hidden.expose());
        }
        self
    }
}

fn hide(value: &mut Value, hidden: &str) {
    match value {
        Value::String(text) => *text = text.replace(hidden, HIDDEN),
        Value::Array(values) => values.iter_mut().for_each(|value| hide(value, hidden)),
        Value::Object(fields) => {
            let kept = std::mem::take(fields).into_iter().map(|(name, mut value)| {
                hide(&mut value, hidden);
                (name.replace(hidden, HIDDEN), value)
            });
            *fields = kept.collect();
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// What is no text is named.
fn words(block: ContentBlock) -> String {
    match block {
        ContentBlock::Text(text) => text.text,
        ContentBlock::Image(image) => format!("[an image, {}]", image.mime_type),
        ContentBlock::Audio(audio) => format!("[a recording, {}]", audio.mime_type),
        ContentBlock::Resource(embedded) => match embedded.resource {
            ResourceContents::TextResourceContents { text, .. } => text,
            ResourceContents::BlobResourceContents { uri, .. } => format!("[a file, {uri}]"),
            _ => "[something that is not known here]".to_owned(),
        },
        ContentBlock::ResourceLink(link) => format!("[a link, {}]", link.uri),
        _ => "[something that is not known here]".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_no_text_is_named() {
        let result = json!({ "content": [
            { "type": "text", "text": "Two of them:" },
            { "type": "image", "data": "AAAA", "mimeType": "image/png" },
            { "type": "resource", "resource": { "uri": "file:///a.txt", "text": "inside" } },
            { "type": "resource", "resource": { "uri": "file:///b.bin", "blob": "AAAA" } },
        ] });
        let answer = Answer::of(serde_json::from_value(result).unwrap());
        assert_eq!(
            answer.text,
            "Two of them:\n[an image, image/png]\ninside\n[a file, file:///b.bin]"
        );
        assert!(!answer.is_error && answer.structured.is_none());
    }

    #[test]
    fn what_the_server_was_asked_with_is_not_told() {
        let secret = Secret::new("hunter2-and-more".to_owned());
        let answer = Answer {
            structured: Some(json!({ "a": ["x hunter2-and-more y"], "hunter2-and-more": 1 })),
            text: "Bearer hunter2-and-more".to_owned(),
            is_error: false,
        };
        let answer = answer.without(Some(&secret));
        assert_eq!(answer.text, format!("Bearer {HIDDEN}"));
        let told = answer.structured.unwrap().to_string();
        assert!(!told.contains("hunter2"), "{told}");
    }
}
