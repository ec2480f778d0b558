//! What callers send, read by name.

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use serde::Deserialize;
use serde_json::{Map, Value};
use store::page;
use utoipa::IntoParams;

use crate::auth::Role;
use crate::error::{Error, Result};
use crate::request::fields::Fields;
use crate::service::api_keys::Wanted;
use crate::service::invites::{self, HOURS};
use crate::service::project_settings::Changes;
use crate::service::projects::{NewProject, ProjectChanges};

const TEXT: usize = 2_000;
const WORD: usize = 64;
/// Rows of an answer, usually and at most.
const MOST: u32 = 500;

/// Which stretch of a list: `?limit=100&after=…`.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Stretch {
    // Read by hand, so that a wrong one is told by its name.
    /// Rows: 1 to 500, which it is where nothing is said.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 500)]
    limit: Option<String>,
    /// The id of the last row that is known already.
    after: Option<String>,
}

impl Stretch {
    pub(super) fn of(query: Result<Query<Self>, QueryRejection>) -> Result<Self> {
        let query = query.map_err(|wrong| Error::invalid("query", wrong.body_text()))?;
        Ok(query.0)
    }

    pub(super) fn read<Key: std::str::FromStr>(&self) -> Result<page::Stretch<Key>> {
        let limit = match self.limit.as_deref() {
            None => MOST,
            Some(text) => {
                let limit = text.parse().ok().filter(|limit| (1..=MOST).contains(limit));
                limit.ok_or_else(|| Error::invalid("limit", format!("must be 1 to {MOST}")))?
            }
        };
        let after = self.after.as_deref().map(str::parse::<Key>).transpose();
        let after = after.map_err(|_| Error::invalid("after", "must be the id of a row"))?;
        Ok(page::Stretch {
            after,
            ..page::Stretch::first(limit)
        })
    }
}

/// An id of an address; what is none names nothing.
pub(super) fn id<Id: std::str::FromStr>(what: &'static str, text: &str) -> Result<Id> {
    text.parse().map_err(|_| Error::not_found(what, text))
}

pub(super) fn new_project(fields: &Fields) -> Result<NewProject> {
    Ok(NewProject {
        name: fields.required_text(&["name"], TEXT)?,
        slug: fields.text(&["slug"], TEXT)?,
    })
}

pub(super) fn project_changes(body: Map<String, Value>) -> Result<ProjectChanges> {
    let is_cleared = matches!(body.get("primary_agent_id"), Some(Value::Null));
    let fields = Fields::new(body);
    let agent = fields.text(&["primary_agent_id"], WORD)?;
    let agent = agent.map(|text| {
        text.parse()
            .map_err(|_| Error::invalid("primary_agent_id", "must be an agent's id"))
    });
    Ok(ProjectChanges {
        name: fields.text(&["name"], TEXT)?,
        slug: fields.text(&["slug"], TEXT)?,
        primary_agent_id: agent.transpose()?.map(Some).or(is_cleared.then_some(None)),
    })
}

/// The agent, and whether it leads.
pub(super) fn new_member(fields: &Fields) -> Result<(String, bool)> {
    let agent = fields.required_text(&["agent_id"], WORD)?;
    let is_lead = match fields.text(&["role"], WORD)?.as_deref() {
        Some("lead") => true,
        Some("member") | None => false,
        Some(_) => return Err(Error::invalid("role", "must be `lead` or `member`")),
    };
    Ok((agent, is_lead))
}

/// A role of people and keys, if one is named.
pub(super) fn role(fields: &Fields) -> Result<Option<Role>> {
    let role = fields.text(&["role"], WORD)?;
    let role = role.map(|text| text.parse::<Role>().map_err(|_| no_role()));
    role.transpose()
}

pub(super) fn no_role() -> Error {
    Error::invalid("role", "must be `owner`, `admin`, `member` or `viewer`")
}

pub(super) fn new_invite(fields: &Fields) -> Result<invites::Wanted> {
    Ok(invites::Wanted {
        email: fields.required_text(&["email"], TEXT)?,
        role: role(fields)?.unwrap_or(Role::Member),
        hours: number(fields, "expires_in_hours")?.unwrap_or(HOURS),
    })
}

/// Whose a new key is.
pub(super) enum KeyFor {
    Project(Role),
    Agent(String),
}

pub(super) fn new_key(fields: &Fields) -> Result<(KeyFor, Wanted)> {
    let role = role(fields)?;
    let whose = match fields.text(&["agent_id"], WORD)? {
        Some(_) if role.is_some() => {
            let why = "is for keys of the project: an agent's may do what an agent may";
            return Err(Error::invalid("role", why));
        }
        Some(agent) => KeyFor::Agent(agent),
        None => KeyFor::Project(role.unwrap_or(Role::Member)),
    };
    let wanted = Wanted {
        name: fields.required_text(&["name"], TEXT)?,
        days: number(fields, "expires_in_days")?,
    };
    Ok((whose, wanted))
}

pub(super) fn settings_changes(body: &Map<String, Value>) -> Result<Changes> {
    let fields = Fields::new(body.clone());
    let is_cleared = |name: &str| matches!(body.get(name), Some(Value::Null));
    let url = fields.text(&["webhook_url"], TEXT)?;
    let rpm = number(&fields, "rate_limit_rpm")?;
    Ok(Changes {
        webhook_url: url.map(Some).or(is_cleared("webhook_url").then_some(None)),
        rate_limit_rpm: rpm
            .map(Some)
            .or(is_cleared("rate_limit_rpm").then_some(None)),
    })
}

fn number(fields: &Fields, name: &'static str) -> Result<Option<u32>> {
    let number = fields.number(&[name])?;
    let number = number.map(|text| {
        text.parse()
            .map_err(|_| Error::invalid(name, "must be a whole number above 0"))
    });
    number.transpose()
}

/// The agent to talk to, and what the conversation is called.
pub(super) fn new_conversation(fields: &Fields) -> Result<(Option<String>, Option<String>)> {
    Ok((fields.text(&["agent_id"], WORD)?, title(fields)?))
}

pub(super) fn title(fields: &Fields) -> Result<Option<String>> {
    fields.text(&["title"], TEXT)
}
