//! Automatic persisted queries: a client sends the SHA-256 of a query instead of the query, and the query once where this
//! host does not know it. What is known is bounded; what was used longest ago is forgotten first.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::{Request, ServerError, Value};
use sha2::{Digest, Sha256};

use super::failure;

/// Queries that are kept at most, and their bytes.
const MOST: (usize, usize) = (1_000, 8 << 20);

/// The queries that this host knows.
#[derive(Default)]
pub(super) struct Persisted(Mutex<Known>);

#[derive(Default)]
struct Known {
    queries: HashMap<String, (u64, Arc<str>)>,
    used: BTreeMap<u64, String>,
    clock: u64,
    bytes: usize,
}

impl Persisted {
    /// Puts in the query of a request that names it by its hash, or remembers the one that came along.
    pub(super) fn resolve(&self, request: &mut Request) -> Result<(), ServerError> {
        let Some(asked) = request.extensions.remove("persistedQuery") else {
            return Ok(());
        };
        let hash = hash(&asked).ok_or_else(|| {
            let message = "`persistedQuery` must be {\"version\": 1, \"sha256Hash\": …}";
            failure::refused("invalid", message)
        })?;
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if request.query.is_empty() {
            let query = known.get(&hash);
            // The words that clients wait for.
            let query = query.ok_or_else(|| {
                failure::refused("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")
            })?;
            request.query = query.to_string();
            return Ok(());
        }
        if hex::encode(Sha256::digest(&request.query)) != hash {
            return Err(failure::refused(
                "invalid",
                "`sha256Hash` is not the hash of the query",
            ));
        }
        known.keep(hash, request.query.as_str().into());
        Ok(())
    }
}

fn hash(asked: &Value) -> Option<String> {
    let Value::Object(asked) = asked else {
        return None;
    };
    let is_first =
        matches!(asked.get("version"), Some(Value::Number(version)) if version.as_u64() == Some(1));
    match asked.get("sha256Hash") {
        Some(Value::String(hash)) if is_first => Some(hash.to_ascii_lowercase()),
        _ => None,
    }
}

impl Known {
    fn get(&mut self, hash: &str) -> Option<Arc<str>> {
        let query = self.queries.get(hash)?.1.clone();
        self.touch(hash, query.clone());
        Some(query)
    }

    fn keep(&mut self, hash: String, query: Arc<str>) {
        self.touch(&hash, query);
        while self.queries.len() > MOST.0 || self.bytes > MOST.1 {
            let Some((_, oldest)) = self.used.pop_first() else {
                return;
            };
            if let Some((_, query)) = self.queries.remove(&oldest) {
                self.bytes -= query.len();
            }
        }
    }

    fn touch(&mut self, hash: &str, query: Arc<str>) {
        self.clock += 1;
        self.bytes += query.len();
        if let Some((used, query)) = self.queries.insert(hash.to_owned(), (self.clock, query)) {
            self.used.remove(&used);
            self.bytes -= query.len();
        }
        self.used.insert(self.clock, hash.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::value;

    use super::*;

    fn request(query: &str, of: &str) -> Request {
        let mut request = Request::new(query);
        let hash = hex::encode(Sha256::digest(of));
        let asked = value!({ "version": 1, "sha256Hash": hash });
        request
            .extensions
            .insert("persistedQuery".to_owned(), asked);
        request
    }

    #[test]
    fn a_query_is_known_by_its_hash_once_it_was_sent() {
        let persisted = Persisted::default();
        let told = |mut request: Request| persisted.resolve(&mut request).map(|()| request.query);

        let unknown = told(request("", "{ a }")).unwrap_err();
        assert_eq!(unknown.message, "PersistedQueryNotFound");
        assert_eq!(told(request("{ a }", "{ a }")).unwrap(), "{ a }");
        assert_eq!(told(request("", "{ a }")).unwrap(), "{ a }");
        assert!(told(request("{ b }", "{ a }")).is_err());
    }

    #[test]
    fn what_was_used_longest_ago_is_forgotten() {
        let persisted = Persisted::default();
        let keep = |text: &str| persisted.resolve(&mut request(text, text)).unwrap();
        keep("{ first }");
        keep("{ second }");
        for number in 0..MOST.0 - 2 {
            keep(&format!("{{ a{number} }}"));
        }
        persisted.resolve(&mut request("", "{ first }")).unwrap();
        keep("{ one_more }");
        assert!(persisted.resolve(&mut request("", "{ first }")).is_ok());
        assert!(persisted.resolve(&mut request("", "{ second }")).is_err());
    }

    #[test]
    fn large_queries_do_not_fill_the_memory() {
        let persisted = Persisted::default();
        for number in 0..20 {
            let text = format!("{number}{}", "x".repeat(1 << 20));
            persisted.resolve(&mut request(&text, &text)).unwrap();
        }
        let known = persisted.0.lock().unwrap();
        assert!(known.bytes <= MOST.1 && known.queries.len() == known.used.len());
    }
}
