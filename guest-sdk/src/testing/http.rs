//! The servers of a test: they answer what the test says, and what they were asked is kept.

use super::Host;
use super::world::World;
use crate::http::{Cause, Problem, Request, Response};
use crate::secrets::Secret;

/// What a test's servers make of a request.
pub(super) type Servers = Box<dyn FnMut(&Request) -> Result<Response, Problem>>;

impl<G> Host<G> {
    /// Every request is answered as `answer` says. Without that, no host is allowed. Secrets stay placeholders in a test.
    pub fn with_http(
        self,
        answer: impl FnMut(&Request) -> Result<Response, Problem> + 'static,
    ) -> Host<G> {
        self.edit().servers = Some(Box::new(answer));
        self
    }

    /// All requests, as the agent made them.
    pub fn requests(&self) -> Vec<Request> {
        self.look().requests.clone()
    }

    /// The owner has stored a secret, for these hosts.
    pub fn with_secret(self, name: &str, hosts: &[&str]) -> Host<G> {
        let secret = Secret {
            name: name.to_owned(),
            placeholder: format!("{{{{secret:{name}}}}}"),
            hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
        };
        let mut world = self.edit();
        world.secrets.push(secret);
        world.secrets.sort_by(|a, b| a.name.cmp(&b.name));
        drop(world);
        self
    }
}

impl World {
    pub(super) fn fetch(&mut self, request: &Request) -> Result<Response, Problem> {
        let Some(servers) = &mut self.servers else {
            let message = "the owner has allowed this agent no host: a test does so `with_http`";
            return Err(Problem::of(Cause::Denied, message));
        };
        self.requests.push(request.clone());
        servers(request)
    }
}
