//! What agents have used of models today, as far as this host knows: each answer that is written down tells the sums anew.
//! Hosts that share a database hear of each other's answers with their own next one, so that a limit may be passed by those.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::NaiveDate;
use store::ids::{AgentId, ProjectId};
use store::journal::Today;

/// More are not kept: the next look at each is one statement.
const KNOWN: usize = 10_000;

/// The sums of a day.
#[derive(Default)]
pub struct KnownUsage(Mutex<Day>);

#[derive(Default)]
struct Day {
    day: NaiveDate,
    agents: HashMap<AgentId, i64>,
    projects: HashMap<ProjectId, i64>,
}

impl KnownUsage {
    /// What is known of an agent and its project on a day.
    pub fn get(&self, day: NaiveDate, agent: AgentId, project: ProjectId) -> Option<Today> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.day != day {
            return None;
        }
        Some(Today {
            agent_tokens: *known.agents.get(&agent)?,
            project_tokens: *known.projects.get(&project)?,
        })
    }

    /// Notes sums that were read; those that are higher are newer.
    pub fn note(&self, day: NaiveDate, agent: AgentId, project: ProjectId, today: Today) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.day != day || known.agents.len() >= KNOWN {
            *known = Day {
                day,
                ..Day::default()
            };
        }
        let agents = known.agents.entry(agent).or_default();
        *agents = today.agent_tokens.max(*agents);
        let projects = known.projects.entry(project).or_default();
        *projects = today.project_tokens.max(*projects);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_grow_during_a_day_and_begin_anew_with_the_next() {
        let (known, agent, project) = (KnownUsage::default(), AgentId::new(), ProjectId::new());
        let [first, second] = [20, 21].map(|day| NaiveDate::from_ymd_opt(2026, 11, day).unwrap());
        let today = |agent_tokens, project_tokens| Today {
            agent_tokens,
            project_tokens,
        };
        assert_eq!(known.get(first, agent, project), None);
        known.note(first, agent, project, today(5, 9));
        known.note(first, agent, project, today(4, 10));
        assert_eq!(known.get(first, agent, project), Some(today(5, 10)));
        assert_eq!(known.get(first, AgentId::new(), project), None);
        assert_eq!(known.get(second, agent, project), None);
        known.note(second, agent, project, today(1, 1));
        assert_eq!(known.get(second, agent, project), Some(today(1, 1)));
    }
}
