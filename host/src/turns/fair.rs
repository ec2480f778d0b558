//! Fairness between agents: each has its own queue, the queues take turns, and none may hold every place.

use std::collections::{HashMap, VecDeque};

use store::ids::AgentId;

/// Jobs that wait, by agent, and how many run.
#[derive(Debug)]
pub(super) struct Fair<J> {
    queues: HashMap<AgentId, VecDeque<J>>,
    /// Agents with a queue, the one whose turn it is first.
    ring: VecDeque<AgentId>,
    running: HashMap<AgentId, usize>,
    total: usize,
    waiting: usize,
    most: usize,
    most_per_agent: usize,
}

impl<J> Fair<J> {
    /// At most `most` jobs run at once, at most `most_per_agent` of one agent.
    pub(super) fn new(most: usize, most_per_agent: usize) -> Self {
        Self {
            queues: HashMap::new(),
            ring: VecDeque::new(),
            running: HashMap::new(),
            total: 0,
            waiting: 0,
            most,
            most_per_agent,
        }
    }

    /// Adds a job to its agent's queue.
    pub(super) fn add(&mut self, agent: AgentId, job: J) {
        let queue = self.queues.entry(agent).or_default();
        if queue.is_empty() {
            self.ring.push_back(agent);
        }
        queue.push_back(job);
        self.waiting += 1;
    }

    /// The next job that may run; it counts as running from now on.
    pub(super) fn next(&mut self) -> Option<(AgentId, J)> {
        if self.total >= self.most {
            return None;
        }
        for _ in 0..self.ring.len() {
            let agent = self.ring.pop_front()?;
            if self.running.get(&agent).copied().unwrap_or(0) >= self.most_per_agent {
                self.ring.push_back(agent);
                continue;
            }
            let Some(job) = self.queues.get_mut(&agent).and_then(VecDeque::pop_front) else {
                continue;
            };
            if self
                .queues
                .get(&agent)
                .is_some_and(|queue| !queue.is_empty())
            {
                self.ring.push_back(agent);
            } else {
                self.queues.remove(&agent);
            }
            *self.running.entry(agent).or_default() += 1;
            self.total += 1;
            self.waiting -= 1;
            return Some((agent, job));
        }
        None
    }

    /// Takes a place for a job that is not in line, where there is one and none of its agent waits: it counts as running from now on.
    pub(super) fn begin(&mut self, agent: AgentId) -> bool {
        let running = self.running.get(&agent).copied().unwrap_or(0);
        let is_free = self.total < self.most && running < self.most_per_agent;
        if !is_free || self.queues.contains_key(&agent) {
            return false;
        }
        *self.running.entry(agent).or_default() += 1;
        self.total += 1;
        true
    }

    /// A job of the agent is over.
    pub(super) fn over(&mut self, agent: AgentId) {
        self.total = self.total.saturating_sub(1);
        if let Some(running) = self.running.get_mut(&agent) {
            *running -= 1;
            if *running == 0 {
                self.running.remove(&agent);
            }
        }
    }

    /// How many wait.
    pub(super) fn waiting(&self) -> usize {
        self.waiting
    }

    /// Agents of whom more than `many` jobs wait.
    pub(super) fn crowded(&self, many: usize) -> Vec<AgentId> {
        self.queues
            .iter()
            .filter(|(_, queue)| queue.len() > many)
            .map(|(agent, _)| *agent)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agents_take_turns() {
        let (busy, calm) = (AgentId::new(), AgentId::new());
        let mut fair = Fair::new(10, 10);
        for job in 0..3 {
            fair.add(busy, job);
        }
        fair.add(calm, 10);
        let order: Vec<i32> = std::iter::from_fn(|| fair.next())
            .map(|(_, job)| job)
            .collect();
        assert_eq!(order, [0, 10, 1, 2]);
        assert_eq!((fair.waiting(), fair.total), (0, 4));
    }

    #[test]
    fn an_agent_at_its_cap_lets_others_pass() {
        let (busy, calm) = (AgentId::new(), AgentId::new());
        let mut fair = Fair::new(10, 1);
        fair.add(busy, 0);
        fair.add(busy, 1);
        fair.add(calm, 10);
        assert_eq!(fair.next().map(|(_, job)| job), Some(0));
        assert_eq!(fair.next().map(|(_, job)| job), Some(10));
        assert_eq!(fair.next().map(|(_, job)| job), None);
        fair.over(busy);
        assert_eq!(fair.next().map(|(_, job)| job), Some(1));
    }

    #[test]
    fn a_job_that_is_not_in_line_passes_no_other_and_no_cap() {
        let (agent, other, third) = (AgentId::new(), AgentId::new(), AgentId::new());
        let mut fair = Fair::new(2, 1);
        assert!(fair.begin(agent));
        assert!(!fair.begin(agent), "one of an agent");
        fair.add(other, 0);
        assert!(!fair.begin(other), "one waits");
        assert_eq!(fair.next().map(|(_, job)| job), Some(0));
        assert!(!fair.begin(third), "two in all");
        fair.over(agent);
        assert!(fair.begin(third));
    }

    #[test]
    fn all_places_taken_means_wait() {
        let agent = AgentId::new();
        let mut fair = Fair::new(1, 10);
        fair.add(agent, 0);
        fair.add(agent, 1);
        assert!(fair.next().is_some());
        assert!(fair.next().is_none());
        assert_eq!(fair.waiting(), 1);
    }
}
