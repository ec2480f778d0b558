//! Secrets: a secret is what an owner has stored for an agent, to be put into its requests to some hosts. It is sealed, and
//! nobody is shown it again.

use std::collections::HashMap;

use serde_json::json;
use store::StoreError;
use store::ids::{AgentId, OrganizationId, SecretId};
use store::secrets::{self as rows, AgentSecret, Written};
use url::Url;

use super::agents;
use super::audit::{self, Change};
use super::outside;
use super::placed::{self, Within};
use crate::auth::{Caller, Operation, Reach};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::outgoing::AllowedHost;
use crate::vault::{Aad, Secret};

/// Secrets of one agent.
const SECRETS: usize = 50;
/// Bytes of a secret. Fewer would be found, and hidden, where nobody wrote them.
const VALUE: std::ops::RangeInclusive<usize> = 8..=4_096;
/// Bytes of a name.
const NAME: usize = 64;

/// A secret to store.
#[derive(Clone, Debug)]
pub struct NewSecret {
    /// The agent, by id or name.
    pub agent: String,
    /// Its name.
    pub name: String,
    /// The secret itself.
    pub value: Secret<String>,
    /// The hosts that it is for.
    pub hosts: Vec<String>,
}

/// A secret, ready to be put into a request.
#[derive(Clone, Debug)]
pub struct Opened {
    /// Its name.
    pub name: String,
    /// The secret itself.
    pub value: Secret<String>,
    /// As its owner wrote them.
    pub hosts: Vec<String>,
}

impl Opened {
    /// Whether it is for an address.
    pub fn is_for(&self, url: &Url) -> bool {
        let parsed = self.hosts.iter().filter_map(|host| host.parse().ok());
        let mut hosts = parsed.filter(|host: &AllowedHost| !host.is_any());
        hosts.any(|host| host.covers(url))
    }
}

/// Where a secret is sealed.
pub(super) fn value_place(id: &SecretId) -> Aad<'static> {
    Aad {
        table: "secrets",
        row: id.uuid(),
        field: "value",
    }
}

/// What an agent writes in a secret's place.
pub fn placeholder(name: &str) -> String {
    format!("{{{{secret:{name}}}}}")
}

/// The secrets of each agent, by name.
pub async fn of_agents(
    cx: &Context,
    reach: &Reach,
    agents: &[Within<AgentId>],
) -> Result<HashMap<Within<AgentId>, Vec<AgentSecret>>> {
    let agents = placed::allowed(reach, agents, Operation::ReadProject);
    let ids = placed::ids(&agents);
    let mut secrets: HashMap<AgentId, Vec<AgentSecret>> = HashMap::new();
    for secret in rows::of_agents(&cx.store, reach.organization_id(), &ids).await? {
        secrets.entry(secret.agent_id).or_default().push(secret);
    }
    let of = |agent: Within<AgentId>| (agent, secrets.remove(&agent.id()).unwrap_or_default());
    Ok(agents.into_iter().map(of).collect())
}

/// Stores a secret, in the place of one of the same name. Which hosts it is for is said with it each time: whoever may change
/// them shall not have a secret that they do not know sent to themselves.
pub async fn set(cx: &Context, caller: &Caller, new: NewSecret) -> Result<AgentSecret> {
    let agent = agents::find_for(cx, caller, &new.agent, Operation::ManageGrants).await?;
    let name = checked_name(&new.name)?;
    check_value(&new.value)?;
    let hosts = checked_hosts(&new.hosts)?;
    let owner = agent.organization_id;
    let there = rows::of_agents(&cx.store, owner, &[agent.id]).await?;
    if there.len() >= SECRETS && !there.iter().any(|secret| secret.name == name) {
        let why = format!("has {SECRETS} secrets already: delete one that it does not need");
        return Err(Error::conflict(format!("Agent `{}`", agent.name), why));
    }
    let id = SecretId::new();
    let value = cx
        .vault
        .seal(new.value.expose().as_bytes(), &value_place(&id));
    let row = Written {
        organization_id: owner,
        agent_id: agent.id,
        name: name.to_owned(),
        id,
        value: value.map_err(Error::internal)?,
        hosts,
    };
    let change = Change::of("setSecret", agent.project_id, "agent", agent.id);
    let change = change.with(json!({ "name": name, "hosts": row.hosts }));
    audit::change(cx, caller, change, async {
        match rows::write(&cx.store, &row).await {
            Err(StoreError::NotFound) => Err(Error::not_found("Agent", &agent.name)),
            written => Ok(written?),
        }
    })
    .await
}

/// Removes a secret. It is returned as it was.
pub async fn delete(cx: &Context, caller: &Caller, agent: &str, name: &str) -> Result<AgentSecret> {
    let agent = agents::find_for(cx, caller, agent, Operation::ManageGrants).await?;
    let change = Change::of("deleteSecret", agent.project_id, "agent", agent.id);
    let change = change.with(json!({ "name": name }));
    audit::change(cx, caller, change, async {
        match rows::delete(&cx.store, agent.organization_id, agent.id, name).await {
            Err(StoreError::NotFound) => Err(Error::not_found("Secret", name)),
            deleted => Ok(deleted?),
        }
    })
    .await
}

/// The secrets of an agent, for its own requests.
pub async fn opened(cx: &Context, owner: OrganizationId, agent: AgentId) -> Result<Vec<Opened>> {
    let secrets = rows::of_agents(&cx.store, owner, &[agent]).await?;
    let open = |secret: AgentSecret| {
        let value = cx.vault.open(&secret.value, &value_place(&secret.id));
        let text = String::from_utf8(value.map_err(Error::internal)?.into_inner());
        Ok(Opened {
            name: secret.name,
            value: Secret::new(text.map_err(Error::internal)?),
            hosts: secret.hosts,
        })
    };
    secrets.into_iter().map(open).collect()
}

fn checked_name(name: &str) -> Result<&str> {
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    match (1..=NAME).contains(&name.len()) && name.chars().all(good) {
        true => Ok(name),
        false => {
            let why = format!("must be 1 to {NAME} letters, digits, `_`, `-` and `.`");
            Err(Error::invalid("name", why))
        }
    }
}

fn check_value(value: &Secret<String>) -> Result<()> {
    let text = value.expose();
    let shows = text.chars().all(|c| c == ' ' || c.is_ascii_graphic());
    match VALUE.contains(&text.len()) && shows && text.trim() == text {
        true => Ok(()),
        false => {
            let (least, most) = (VALUE.start(), VALUE.end());
            let why = format!(
                "must be {least} to {most} visible ASCII characters, without spaces around them"
            );
            Err(Error::invalid("value", why))
        }
    }
}

fn checked_hosts(hosts: &[String]) -> Result<Vec<String>> {
    let hosts = outside::checked_hosts("hosts", hosts)?;
    let any = |host: &String| host.parse().is_ok_and(|host: AllowedHost| host.is_any());
    if hosts.is_empty() || hosts.iter().any(any) {
        let why = "must name the hosts that the secret is for, such as `api.example.com`";
        return Err(Error::invalid("hosts", why));
    }
    Ok(hosts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_goes_to_its_hosts_alone() {
        let secret = Opened {
            name: "weather".to_owned(),
            value: Secret::new("hunter2hunter2".to_owned()),
            hosts: vec!["api.example.com".to_owned(), "*".to_owned()],
        };
        let is_for = |url: &str| secret.is_for(&url.parse().unwrap());
        assert!(is_for("https://api.example.com/"));
        assert!(!is_for("https://example.com/"));
        assert!(!format!("{secret:?}").contains("hunter2"));
    }

    #[test]
    fn names_values_and_hosts_are_checked() {
        for wrong in ["", "a b", "a}}", &"x".repeat(65)] {
            assert!(checked_name(wrong).is_err(), "{wrong}");
        }
        assert!(checked_name("weather.api-key_2").is_ok());
        for wrong in [
            "short",
            " padded-secret ",
            "two\nlines-of-it",
            "geheimnisübung",
        ] {
            assert!(
                check_value(&Secret::new(wrong.to_owned())).is_err(),
                "{wrong}"
            );
        }
        assert!(check_value(&Secret::new("Basic with spaces".to_owned())).is_ok());
        for wrong in [
            vec![],
            vec!["*".to_owned()],
            vec!["*:8443".to_owned()],
            vec!["a b".to_owned()],
        ] {
            assert!(checked_hosts(&wrong).is_err(), "{wrong:?}");
        }
    }
}
