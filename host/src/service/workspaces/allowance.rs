//! An allowance is what the files of one agent may amount to: what the operator says, or less where the agent's owner says so
//! among its limits.

use sandbox::{Limits as CallLimits, LimitsError};
use serde_json::Value;
use store::files::Quota;

use crate::config::Limits;

/// Names of an agent's limits that are about its files; all others are about one call.
const BYTES: &str = "workspace_bytes";
const FILES: &str = "workspace_files";

/// What the files of one agent may amount to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// All of them together.
    pub quota: Quota,
    /// Bytes of one of them.
    pub file: i64,
}

/// An agent's limits as its owner wrote them: what a call may use, and what its files may amount to. None may be more than
/// the host allows.
pub fn limits(host: &Limits, written: &Value) -> Result<(CallLimits, Allowance), LimitsError> {
    let most = Allowance::most(host);
    let calls = CallLimits::default();
    let Some(fields) = written.as_object() else {
        return Ok((calls.overridden_by(written)?, most));
    };
    let mut of_calls = fields.clone();
    let bytes = of_calls.remove(BYTES);
    let files = of_calls.remove(FILES);
    let quota = Quota {
        bytes: lowered(BYTES, bytes, most.quota.bytes)?,
        files: lowered(FILES, files, most.quota.files)?,
    };
    let calls = calls.overridden_by(&Value::Object(of_calls))?;
    Ok((calls, Allowance { quota, ..most }))
}

impl Allowance {
    /// What the host allows where an owner says nothing.
    pub fn most(host: &Limits) -> Self {
        let bytes = |size: u64| i64::try_from(size).unwrap_or(i64::MAX);
        Self {
            quota: Quota {
                bytes: bytes(host.workspace_size),
                files: host.workspace_files.into(),
            },
            file: bytes(host.file_size),
        }
    }
}

fn lowered(name: &'static str, written: Option<Value>, most: i64) -> Result<i64, LimitsError> {
    let Some(written) = written.filter(|value| !value.is_null()) else {
        return Ok(most);
    };
    let malformed = || LimitsError::Malformed(format!("`{name}` must be a whole number from 0 on"));
    let asked = written.as_u64().ok_or_else(malformed)?;
    match i64::try_from(asked) {
        Ok(asked) if asked <= most => Ok(asked),
        _ => Err(LimitsError::TooHigh {
            name,
            asked,
            allowed: most.unsigned_abs(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::Config;

    #[test]
    fn an_owner_allows_files_less_and_not_more() {
        let host = Config::from_flags(["--workspace-size", "1MiB"])
            .unwrap()
            .limits;
        let (calls, files) =
            limits(&host, &json!({ "memory": 1024, "workspace_files": 3 })).unwrap();
        assert_eq!(
            (calls.memory, files.quota),
            (
                1024,
                Quota {
                    bytes: 1 << 20,
                    files: 3
                }
            )
        );
        let (_, files) = limits(&host, &json!({})).unwrap();
        assert_eq!(files, Allowance::most(&host));
        let error = |written| limits(&host, &written).unwrap_err().to_string();
        assert!(error(json!({ "workspace_bytes": 1 << 21 })).contains("at most 1048576"));
        assert!(error(json!({ "workspace_files": -1 })).contains("whole number"));
        assert!(error(json!({ "workspace_fils": 1 })).contains("workspace_fils"));
    }
}
