//! A manifest is `cloister.toml` at the root of a repository: which module in it is an agent's, and what that wants.

use serde::Deserialize;
use serde_json::Value;

/// Where it is.
pub(super) const FILE: &str = "cloister.toml";
/// Bytes that one may have.
const SIZE: usize = 64 << 10;

/// What it says. What else is in it is for others, such as `cloister agent push`.
#[derive(Debug, Default, Deserialize, PartialEq)]
pub(super) struct Manifest {
    /// The path of the module, from the root of the repository: a `.wasm` file.
    pub(super) module: Option<String>,
    /// What the module gets with every event.
    pub(super) configuration: Option<toml::Table>,
    /// The capabilities that it would have.
    #[serde(default)]
    pub(super) capabilities: Vec<String>,
}

impl Manifest {
    /// Reads one; the error is for whoever wrote it.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, String> {
        if bytes.len() > SIZE {
            return Err(format!("has more than {SIZE} bytes"));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| "is not text in UTF-8".to_owned())?;
        let read: Manifest = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        match &read.module {
            Some(path) if !path.ends_with(".wasm") => Err(format!(
                "names `{path}` as its module, which is no `.wasm` file"
            )),
            _ => Ok(read),
        }
    }

    /// The configuration as agents have it.
    pub(super) fn json(&self) -> Option<Value> {
        let table = self.configuration.as_ref()?;
        serde_json::to_value(table).ok()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_manifest_names_a_module_and_what_it_wants() {
        let text = "name = \"greeter\"\nmodule = \"out/a.wasm\"\ncapabilities = [\"log\"]\n[configuration]\nword = \"hi\"";
        let read = Manifest::read(text.as_bytes()).unwrap();
        assert_eq!(read.module.as_deref(), Some("out/a.wasm"));
        assert_eq!(read.capabilities, ["log"]);
        assert_eq!(read.json(), Some(json!({ "word": "hi" })));
        // The one that `cloister agent new` writes says nothing of this.
        let scaffold = Manifest::read(b"name = \"greeter\"").unwrap();
        assert_eq!(scaffold, Manifest::default());
    }

    #[test]
    fn what_is_wrong_with_it_is_told() {
        for (text, why) in [
            (&b"module = 3"[..], "string"),
            (b"module = \"a.exe\"", "a.exe"),
            (b"module = ", ""),
            (b"\xff", "UTF-8"),
            (&[b' '; SIZE + 1], "bytes"),
        ] {
            let told = Manifest::read(text).unwrap_err();
            assert!(told.contains(why), "{told}");
        }
    }
}
