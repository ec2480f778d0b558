//! The shapes of the external message API, with the names of its document.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::error::{Error, Result};
use crate::request::fields::Fields;
use crate::service::external::{self, Declined, Named, Said, Told};

const SESSION: usize = 128;
const MESSAGE: usize = 64 * 1_024;
const NAME: usize = 200;
const ID: usize = 256;

/// A message.
pub(super) fn said(object: Map<String, Value>) -> Result<Said, Declined> {
    read(object, |fields| {
        let text = fields.text(&["message"], MESSAGE)?;
        text.ok_or(Declined::Missing { what: "Message" })
    })
}

/// A message with a file, whose text may be left out.
pub(super) fn said_with_file(object: Map<String, Value>) -> Result<Said, Declined> {
    read(object, |fields| {
        let text = fields.text(&["message", "caption"], MESSAGE)?;
        Ok(text.unwrap_or_default())
    })
}

fn read(
    mut object: Map<String, Value>,
    text: impl FnOnce(&Fields) -> Result<String, Declined>,
) -> Result<Said, Declined> {
    let path = object.remove("currentPath");
    let data = [
        ("runtimeData", "runtime_data"),
        ("toolRuntimeData", "tool_runtime_data"),
    ];
    let data = data.map(|(name, key)| (name, key, object.remove(name)));
    let fields = Fields::new(object);
    let text = text(&fields)?;
    let session = session(&fields)?;
    let project = fields.text(&["projectId"], NAME)?;
    let project = project.filter(|id| !id.trim().eq_ignore_ascii_case("none"));
    let name = fields.text(&["projectName"], NAME)?;
    let path = match path {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(external::path("currentPath", &text)?),
        Some(_) => return Err(Error::invalid("currentPath", "must be a string").into()),
    };
    let mut metadata = Vec::new();
    if fields.flag("publicMode")? {
        metadata.push(("public_mode".to_owned(), "true".to_owned()));
    }
    for (name, key, value) in data {
        match value {
            None | Some(Value::Null) => {}
            Some(data @ Value::Object(_)) => metadata.push((key.to_owned(), data.to_string())),
            Some(_) => return Err(Error::invalid(name, "must be an object").into()),
        }
    }
    Ok(Said {
        session,
        text,
        message_id: fields.text(&["messageId"], ID)?,
        project: project.or(name),
        chat: fields.text(&["chatId"], NAME)?,
        path,
        metadata,
        files: Vec::new(),
    })
}

fn session(fields: &Fields) -> Result<String, Declined> {
    let is_good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | ':' | '-');
    let session = fields.text(&["sessionId"], usize::MAX)?;
    let session = session.ok_or(Declined::Missing { what: "sessionId" })?;
    if session.len() > SESSION || !session.chars().all(is_good) {
        let why = format!("must be 1 to {SESSION} letters, digits, `.`, `_`, `:` and `-`");
        return Err(Error::invalid("sessionId", why).into());
    }
    Ok(session)
}

/// A project that there is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = external::Project)]
pub(super) struct Project {
    #[schema(example = "backend")]
    id: String,
    #[schema(example = "Backend")]
    name: String,
}

impl Project {
    pub(super) fn of(project: Named) -> Self {
        let Named { id, name } = project;
        Self { id, name }
    }
}

/// Where a session goes on.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = external::Context)]
pub(super) struct Active {
    /// The session's project; null while it has none.
    #[schema(required, example = "backend")]
    active_project_id: Option<String>,
    #[schema(required, example = "Backend")]
    active_project_name: Option<String>,
    /// The session's chat; null while it has none.
    #[schema(required, example = "0192f0c1-b2a3-7d4e-8f90-a1b2c3d4e5f6")]
    active_chat_id: Option<String>,
    /// Where in the project it is; empty at its root.
    current_path: String,
}

/// A project that a session was switched to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = external::Switched)]
pub(super) struct Switched {
    #[schema(example = "backend")]
    to_project_id: String,
    #[schema(example = "Backend")]
    to_project_name: String,
}

/// The answer to a message.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = external::Reply)]
pub(super) struct Reply {
    /// Always true.
    success: bool,
    #[schema(example = "user-42")]
    session_id: String,
    /// What was said; empty while there is nothing yet.
    #[schema(example = "hello")]
    reply: String,
    /// There where the reply is still to come: it is kept in the session, and the same `messageId` asks for it again.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pending: bool,
    /// Why it is still to come.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    note: Option<&'static str>,
    context: Active,
    /// The project that this message switched to.
    #[schema(required)]
    switched_project: Option<Switched>,
    /// The project that this message made.
    #[schema(required)]
    created_project: Option<Project>,
}

impl Reply {
    pub(super) fn of(session_id: String, told: Told) -> Self {
        let active = told.active;
        let (active_project_id, active_project_name) = active
            .project
            .map(|project| (project.id, project.name))
            .unzip();
        Self {
            success: true,
            session_id,
            pending: told.reply.is_none(),
            reply: told.reply.unwrap_or_default(),
            note: told.note,
            context: Active {
                active_project_id,
                active_project_name,
                active_chat_id: active.chat.map(|chat| chat.to_string()),
                current_path: active.path,
            },
            switched_project: told.switched.map(|project| Switched {
                to_project_id: project.id,
                to_project_name: project.name,
            }),
            created_project: told.created.map(Project::of),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(body: Value) -> Result<Said, Declined> {
        said(body.as_object().unwrap().clone())
    }

    #[test]
    fn the_documents_own_example_is_read() {
        let said = read(json!({
            "sessionId": "user-42",
            "message": "hello",
            "projectId": "my-project-id",
            "chatId": "optional-chat-id",
            "currentPath": "optional/relative/path"
        }))
        .unwrap();
        assert_eq!(
            (said.session.as_str(), said.text.as_str()),
            ("user-42", "hello")
        );
        assert_eq!(said.project.as_deref(), Some("my-project-id"));
        assert_eq!(said.chat.as_deref(), Some("optional-chat-id"));
        assert_eq!(said.path.as_deref(), Some("optional/relative/path"));
    }

    #[test]
    fn the_project_none_is_none() {
        let said = |fields: Value| {
            let mut body = json!({ "sessionId": "s", "message": "m" });
            let more = fields.as_object().unwrap().clone();
            body.as_object_mut().unwrap().extend(more);
            read(body).unwrap()
        };
        assert_eq!(said(json!({ "projectId": "none" })).project, None);
        let named = said(json!({ "projectId": "none", "projectName": "Backend" }));
        assert_eq!(named.project.as_deref(), Some("Backend"));
        let both = said(json!({ "projectId": "a", "projectName": "b" }));
        assert_eq!(both.project.as_deref(), Some("a"));
        let data = said(json!({ "runtimeData": { "a": 1 }, "publicMode": true }));
        assert_eq!(data.metadata.len(), 2);
    }

    #[test]
    fn what_is_missing_is_told_in_the_documents_words() {
        let told = |body| match read(body).unwrap_err() {
            Declined::Missing { what } => format!("{what} is required"),
            Declined::Error(error) => error.to_string(),
            other => panic!("{other:?}"),
        };
        assert_eq!(told(json!({})), "Message is required");
        assert_eq!(told(json!({ "message": " " })), "Message is required");
        assert_eq!(told(json!({ "message": "x" })), "sessionId is required");
        let long = "x".repeat(129);
        for session in ["a b", "a/b", "ü", &long] {
            let body = json!({ "message": "x", "sessionId": session });
            assert!(told(body).starts_with("sessionId: must be"), "{session}");
        }
    }
}
