//! A workflow is an ordered list of rules that picks which agent, team or canned reply handles a channel's messages: the
//! first rule that a message meets decides. A message that meets none goes to the channel's primary agent.

mod canned;
mod hours;
mod rules;
mod text;

use chrono::{DateTime, Utc};
use store::ids::AgentId;
use store::inbox::Route;
use store::workflows::Facts;
use uuid::Uuid;

pub use self::canned::Canned;
use self::hours::Hours;
pub use self::rules::{Mistake, parse};
use self::text::TextTest;

/// A workflow as messages are routed by it.
#[derive(Debug, Default)]
pub struct Workflow {
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    when: When,
    then: Then,
}

/// What a message has to be: all of what is given.
#[derive(Debug, Default)]
struct When {
    text: Option<TextTest>,
    contacts: Option<Vec<Uuid>>,
    is_group: Option<bool>,
    hours: Option<Hours>,
    is_first: Option<bool>,
}

/// What becomes of it.
#[derive(Debug)]
struct Then {
    reply: Option<String>,
    to: To,
}

/// Who handles a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum To {
    /// An agent.
    Agent(AgentId),
    /// A team, which holds the conversation from then on.
    Team(Uuid),
    /// No one.
    Nobody,
    /// Whoever a later rule names.
    NextRule,
}

/// A message, as rules see it.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// What was said.
    pub text: &'a str,
    /// Whether it was said in a group.
    pub is_group: bool,
    /// What the tables know.
    pub facts: Facts,
    /// When.
    pub at: DateTime<Utc>,
}

impl Workflow {
    /// Whether a rule asks for what only the tables know.
    pub fn needs_facts(&self) -> bool {
        self.rules
            .iter()
            .any(|rule| rule.when.contacts.is_some() || rule.when.is_first.is_some())
    }

    /// Decides who handles a message.
    pub fn route(&self, asked: &Asked<'_>) -> Route {
        let mut replies = Vec::new();
        let mut to = To::NextRule;
        for rule in self.rules.iter().filter(|rule| rule.when.meets(asked)) {
            replies.extend(rule.then.reply.clone());
            to = rule.then.to;
            if to != To::NextRule {
                break;
            }
        }
        Route {
            by: None,
            is_answered: matches!(to, To::Agent(_) | To::NextRule),
            agent_id: match to {
                To::Agent(agent) => Some(agent),
                _ => None,
            },
            team_id: match to {
                To::Team(team) => Some(team),
                _ => None,
            },
            canned: Canned::column(replies),
            is_decided: false,
        }
    }

    /// The agents and teams that rules name, each with the rule's place.
    pub fn named(&self) -> impl Iterator<Item = (usize, Named)> {
        let named = |rule: &Rule| match rule.then.to {
            To::Agent(agent) => Some(Named::Agent(agent)),
            To::Team(team) => Some(Named::Team(team)),
            To::Nobody | To::NextRule => None,
        };
        self.rules
            .iter()
            .enumerate()
            .filter_map(move |(place, rule)| Some((place, named(rule)?)))
    }
}

/// Someone whom a rule names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// An agent.
    Agent(AgentId),
    /// A team.
    Team(Uuid),
}

impl When {
    fn meets(&self, asked: &Asked<'_>) -> bool {
        let is_contact = |contacts: &Vec<Uuid>| {
            let contact = asked.facts.contact_id.map(|id| id.uuid());
            contact.is_some_and(|contact| contacts.contains(&contact))
        };
        self.is_group.is_none_or(|group| group == asked.is_group)
            && self
                .is_first
                .is_none_or(|first| first != asked.facts.is_known_chat)
            && self.contacts.as_ref().is_none_or(is_contact)
            && self.hours.as_ref().is_none_or(|hours| hours.meet(asked.at))
            && self.text.as_ref().is_none_or(|text| text.meets(asked.text))
    }
}

#[cfg(test)]
mod tests;
