//! The shapes of the Channel API, with the names of its document.

use serde::Serialize;
use serde_json::{Map, Value};
use store::agents::AgentStatus;
use store::page::Time;
use url::Url;
use utoipa::ToSchema;

use crate::commands::Told;
use crate::error::{Error, Result};
use crate::inbound::{Answer, StoredReply};
use crate::request::fields::Fields;
use crate::service::channels::{self, CreatedWebhook, NewWebhook, Webhook, WebhookChanges};
use crate::service::inbound::{File, Group, Said};
use crate::service::registration::Registration;
use crate::service::users::EMAIL;
use crate::vault::Secret;

const NAME: usize = 200;
const PLATFORM: usize = 64;
const ADDRESS: usize = 2_048;
const ID: usize = 256;
const KEY: usize = 1_024;
const MESSAGE: usize = 64 * 1_024;
const FILES: usize = 20;
const PARTICIPANTS: usize = 10_000;
/// The prefix of a reply that is meant for a program.
const STRUCTURED: &str = "__structured:";

/// "Create a channel"; `agentName` and `agentId` are ours: who answers, if not the project's newest agent.
pub(super) fn new_webhook(fields: &Fields) -> Result<NewWebhook> {
    Ok(NewWebhook {
        name: fields.required_text(&["name"], NAME)?,
        platform: fields.required_text(&["platform"], PLATFORM)?,
        callback_url: callback_url(fields)?.ok_or_else(|| fields.missing(&["callbackUrl"]))?,
        agent: fields.text(&["agentName", "agentId", "agent"], NAME)?,
    })
}

/// What to change of a channel: ours, since the document has no such call.
pub(super) fn changes(fields: &Fields) -> Result<WebhookChanges> {
    Ok(WebhookChanges {
        name: fields.text(&["name"], NAME)?,
        callback_url: callback_url(fields)?,
        agent: fields.text(&["agent", "agentName", "agentId"], NAME)?,
    })
}

/// "Text-only channel registration".
pub(super) fn registration(fields: &Fields) -> Result<Registration> {
    let platform = fields.text(&["platform"], PLATFORM)?;
    Ok(Registration {
        key: Secret::new(fields.required_text(&["registrationKey"], KEY)?),
        name: fields.required_text(&["name"], NAME)?,
        platform: platform.unwrap_or_else(|| "custom".to_owned()),
        callback_url: callback_url(fields)?.ok_or_else(|| fields.missing(&["callbackUrl"]))?,
        owner_email: fields.text(&["ownerEmail"], EMAIL)?,
    })
}

fn callback_url(fields: &Fields) -> Result<Option<Url>> {
    let Some(text) = fields.text(&["callbackUrl"], ADDRESS)? else {
        return Ok(None);
    };
    let url = text.parse().map_err(|error| {
        Error::invalid(
            "callbackUrl",
            format!("`{text}` is not an address: {error}"),
        )
    })?;
    Ok(Some(url))
}

/// "Send an inbound message".
pub(super) fn said(fields: &Fields) -> Result<Said> {
    let user = fields.required_text(&["externalUserId"], ID)?;
    let text = fields.text(&["message"], MESSAGE)?;
    let files = fields.objects("attachments", FILES)?;
    let files = files.iter().map(file).collect::<Result<Vec<_>>>()?;
    if text.is_none() && files.is_empty() {
        return Err(Error::invalid(
            "message",
            "is required unless there are attachments",
        ));
    }
    Ok(Said {
        user,
        text: text.unwrap_or_default(),
        group: group(fields)?,
        files,
        ..common(fields)?
    })
}

/// The "common request body fields for every command endpoint". A group may be meant by its id alone, as in the document's
/// examples of buttons.
pub(super) fn called(fields: &Fields) -> Result<Said> {
    let group = match fields.has("isGroup") {
        true => group(fields)?,
        false => {
            let id = fields.text(&["groupExternalId"], ID)?;
            let name = fields.text(&["groupName"], NAME)?;
            id.map(|id| Group { id, name })
        }
    };
    Ok(Said {
        user: fields.required_text(&["externalUserId"], ID)?,
        group,
        ..common(fields)?
    })
}

fn common(fields: &Fields) -> Result<Said> {
    let participants = match fields.has("participants") {
        true => Some(participants(fields)?),
        false => None,
    };
    Ok(Said {
        display_name: fields.text(&["displayName"], NAME)?,
        message_id: fields.text(&["messageId"], ID)?,
        participants,
        ..Said::default()
    })
}

/// "Group participant IDs or participant objects."
fn participants(fields: &Fields) -> Result<Vec<String>> {
    let list = fields
        .list("participants", PARTICIPANTS)?
        .iter()
        .enumerate();
    let id = |(place, entry): (usize, &Value)| {
        let place = format!("participants[{place}]");
        let (entry, names): (Map<String, Value>, &[&str]) = match entry {
            Value::Object(object) => (object.clone(), &["externalUserId", "id", "userId"]),
            entry => (Map::from_iter([("id".to_owned(), entry.clone())]), &["id"]),
        };
        let wrong = |why: String| Error::invalid(place.clone(), why);
        match Fields::new(entry).text(names, ID) {
            Ok(Some(id)) => Ok(id),
            Ok(None) => Err(wrong(
                "must be an id, or an object with externalUserId or id".to_owned(),
            )),
            Err(error) => Err(wrong(error.to_string())),
        }
    };
    list.map(id).collect()
}

/// `isGroup` decides; the other fields of a group may be there all the same.
fn group(fields: &Fields) -> Result<Option<Group>> {
    let id = fields.text(&["groupExternalId"], ID)?;
    let name = fields.text(&["groupName"], NAME)?;
    match (fields.flag("isGroup")?, id) {
        (false, _) => Ok(None),
        (true, Some(id)) => Ok(Some(Group { id, name })),
        (true, None) => Err(Error::invalid(
            "groupExternalId",
            "is required where isGroup is true",
        )),
    }
}

fn file(fields: &Fields) -> Result<File> {
    Ok(File {
        url: fields.required_text(&["url", "fileUrl", "mediaUrl", "attachmentUrl"], ADDRESS)?,
        content_type: fields.text(&["contentType", "mimeType"], NAME)?,
        name: fields.text(&["filename", "name"], NAME)?,
    })
}

/// A channel; the key and the secret are shown in the answer to its creation alone.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = channel_api::Channel)]
pub(super) struct ChannelShown {
    #[schema(example = "ch_0192f0c1b2a37d4e8f90a1b2c3d4e5f6")]
    id: String,
    name: String,
    /// What the product calls its platform.
    platform: String,
    /// Where deliveries go.
    callback_url: String,
    /// For `inbound`; shown once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "chk_…")]
    api_key: Option<String>,
    /// What deliveries are signed with; shown once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "whsec_…")]
    webhook_secret: Option<String>,
    /// That it was registered for people without a browser; not there of others.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    text_only: Option<bool>,
    /// Who answers.
    #[schema(required)]
    agent_id: Option<String>,
    /// `active`, `disabled`, `awaiting_scan`, `expired` or `error`.
    status: &'static str,
    #[schema(format = "date-time")]
    created_at: String,
}

impl ChannelShown {
    pub(super) fn created(created: CreatedWebhook) -> Self {
        Self {
            api_key: Some(created.api_key.into_inner()),
            webhook_secret: Some(created.webhook_secret.into_inner()),
            ..Self::listed(created.webhook)
        }
    }

    pub(super) fn listed(
        Webhook {
            channel,
            platform,
            callback_url,
            is_text_only,
        }: Webhook,
    ) -> Self {
        Self {
            id: channels::public_id(channel.id),
            name: channel.name,
            platform,
            callback_url,
            api_key: None,
            webhook_secret: None,
            text_only: is_text_only.then_some(true),
            agent_id: channel.primary_agent_id.map(|id| id.to_string()),
            status: channel.status.as_str(),
            created_at: time(channel.created_at),
        }
    }
}

/// "List channels".
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = channel_api::ChannelList)]
pub(super) struct ChannelList {
    channels: Vec<ChannelShown>,
}

impl ChannelList {
    pub(super) fn of(list: Vec<Webhook>) -> Self {
        Self {
            channels: list.into_iter().map(ChannelShown::listed).collect(),
        }
    }
}

/// The answer where there is nothing to say.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = channel_api::Done)]
pub(super) struct Done {
    /// Always true.
    ok: bool,
}

impl Default for Done {
    fn default() -> Self {
        Self { ok: true }
    }
}

/// "Rotate API key".
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = channel_api::RotatedKey)]
pub(super) struct RotatedKey {
    id: String,
    /// The new key; the old one is good for nothing from now on.
    #[schema(example = "chk_…")]
    api_key: String,
}

impl RotatedKey {
    pub(super) fn of(id: String, key: Secret<String>) -> Self {
        Self {
            id,
            api_key: key.into_inner(),
        }
    }
}

/// The answer to an inbound message.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = channel_api::Replies)]
pub(super) struct Replies {
    /// Always true.
    ok: bool,
    /// What the agent said, in order. One that begins with `__structured:` has JSON for a program behind it. What is said
    /// later goes to the callback address.
    replies: Vec<String>,
    /// For the product's own developers, where there are no replies and will be none for a while.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    note: Option<&'static str>,
}

/// What a product is told of an agent that is stopped.
const STOPPED: &str = "the agent is stopped; the message waits, and the reply goes to the callback address once it is started";

impl Replies {
    pub(super) fn of(answer: Answer) -> Self {
        let note = matches!(answer, Answer::Stopped).then_some(STOPPED);
        let replies = match answer {
            Answer::Replies(replies) => replies.into_iter().flat_map(texts).collect(),
            Answer::Failed { apology } => vec![apology],
            // What is said later goes to the callback address.
            Answer::Later | Answer::Stopped | Answer::NoAgent => Vec::new(),
        };
        Self {
            ok: true,
            replies,
            note,
        }
    }
}

impl Replies {
    pub(super) fn texts(replies: Vec<String>) -> Self {
        Self {
            ok: true,
            replies,
            note: None,
        }
    }

    pub(super) fn told(told: Told) -> Self {
        match told {
            Told::Answer(answer) => Self::of(answer),
            Told::Outcome(outcome) => Self::texts(outcome.replies),
        }
    }
}

/// An agent, as a command answers it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = channel_api::Agent)]
pub(super) struct AgentShown {
    #[schema(example = "my-agent")]
    name: String,
    /// `running`, `starting`, `stopped` or `failed`.
    #[schema(example = "running")]
    status: &'static str,
}

impl AgentShown {
    pub(super) fn of(name: String, status: AgentStatus) -> Self {
        Self {
            name,
            status: status.as_str(),
        }
    }
}

/// "Get loaded agent terminal link".
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = channel_api::Link)]
pub(super) struct LinkShown {
    pub(super) agent: AgentShown,
    /// It signs in, once and soon, and opens the agent's page.
    pub(super) url: String,
    /// For people.
    pub(super) message: String,
}

/// "Get agent wallet public key".
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = channel_api::PublicKey)]
pub(super) struct KeyShown {
    pub(super) agent: AgentShown,
    /// In base 58.
    pub(super) public_key: String,
    /// For people.
    pub(super) message: String,
}

fn texts(reply: StoredReply) -> impl Iterator<Item = String> {
    let structured = reply.structured.map(|json| format!("{STRUCTURED}{json}"));
    let text = Some(reply.text).filter(|text| !text.is_empty());
    text.into_iter().chain(structured)
}

fn time(time: Time) -> String {
    time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use store::ids::MessageId;

    use super::*;

    fn read(body: Value) -> Result<Said> {
        said(&Fields::new(body.as_object().unwrap().clone()))
    }

    #[test]
    fn the_documents_own_example_is_a_direct_message_with_a_file() {
        let said = read(json!({
            "externalUserId": "U12345",
            "displayName": "Alice",
            "message": "/create my-agent",
            "messageId": "msg_unique_id",
            "isGroup": false,
            "groupExternalId": "G67890",
            "groupName": "Engineering",
            "participants": ["U12345", "U67890"],
            "attachments": [{
                "url": "https://your-cdn.example.com/uploads/screenshot.png",
                "contentType": "image/png",
                "filename": "screenshot.png"
            }]
        }))
        .unwrap();
        assert_eq!(said.user, "U12345");
        assert_eq!(said.display_name.as_deref(), Some("Alice"));
        assert_eq!(said.text, "/create my-agent");
        assert_eq!(said.message_id.as_deref(), Some("msg_unique_id"));
        assert_eq!(said.group, None);
        assert_eq!(said.files[0].name.as_deref(), Some("screenshot.png"));
    }

    #[test]
    fn a_file_is_accepted_in_every_spelling() {
        for name in ["url", "fileUrl", "mediaUrl", "attachmentUrl"] {
            let file =
                json!({ name: "https://x.example/a", "mimeType": "text/plain", "name": "a" });
            let said = read(json!({ "externalUserId": "u", "attachments": [file] })).unwrap();
            assert_eq!(said.files[0].url, "https://x.example/a", "{name}");
            assert_eq!(said.files[0].content_type.as_deref(), Some("text/plain"));
        }
    }

    #[test]
    fn what_is_missing_is_told_by_its_name() {
        let told = |body| read(body).unwrap_err().to_string();
        assert_eq!(
            told(json!({ "message": "x" })),
            "externalUserId: is required"
        );
        assert!(told(json!({ "externalUserId": "u" })).starts_with("message: "));
        let group = json!({ "externalUserId": "u", "message": "x", "isGroup": true });
        assert!(told(group).starts_with("groupExternalId: "));
    }

    #[test]
    fn what_is_for_programs_is_marked() {
        let reply = |text: &str, structured: Option<&str>| StoredReply {
            message_id: MessageId::new(),
            text: text.to_owned(),
            structured: structured.map(str::to_owned),
        };
        let answer = Answer::Replies(vec![reply("hello", None), reply("", Some("{\"a\":1}"))]);
        let shown = serde_json::to_value(Replies::of(answer)).unwrap();
        assert_eq!(
            shown,
            json!({ "ok": true, "replies": ["hello", "__structured:{\"a\":1}"] })
        );
        let later = serde_json::to_value(Replies::of(Answer::Later)).unwrap();
        assert_eq!(later, json!({ "ok": true, "replies": [] }));
    }
}
