//! `cloister agent check`: what a built module imports, exports and asks for, and whether this host can run it. It takes no
//! running host, and looks as closely as an upload does: the module is inspected, compiled and linked.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use sandbox::{
    Digest, Engine, EngineConfig, Exports, INTERFACE_VERSION, Inspection, LoadError, Outline,
};

use crate::cli::{COMPILE_MODULE, Failure};
use crate::config::Limits;
use crate::service::agents::GRANTED;

/// Say what a built agent asks for, and whether this host can run it
#[derive(Args)]
pub(crate) struct Check {
    /// A WebAssembly file, as it would be pushed
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    limits: Limits,
}

/// What each capability gives, for those who decide whether to allow it.
const WORDS: [(&str, &str); 12] = [
    ("log", "writes lines for its owner"),
    ("state", "remembers keys and values"),
    ("history", "reads what was said in a conversation before"),
    (
        "progress",
        "shows that it is typing, and its answer as it comes",
    ),
    ("schedule", "sets timers"),
    ("outbox", "speaks first, in conversations that it serves"),
    ("workspace", "keeps files, within its quota"),
    ("projects", "sees and makes projects"),
    ("model", "asks a language model, which may cost money"),
    (
        "secrets",
        "has secrets of its owner's put into its requests",
    ),
    (
        "tools",
        "uses the tools of its project's toolsets: modules and servers",
    ),
    ("http", "makes requests to the hosts that its owner names"),
];

impl Check {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let shown = self.file.display();
        let cannot_read = |error| Failure::unacceptable(format!("cannot read {shown}: {error}"));
        let bytes = std::fs::read(&self.file).map_err(cannot_read)?;
        say!(
            "{shown}: {} KiB, module {}",
            bytes.len().div_ceil(1024),
            Digest::of(&bytes)
        );
        let size = bytes.len() as u64;
        if size > self.limits.module_size {
            let most = self.limits.module_size;
            let why = format!(
                "it has {size} bytes, and at most {most} are accepted: build it smaller, or raise CLOISTER_MODULE_SIZE"
            );
            return Err(Self::cannot_run(&why));
        }
        // Named before anything is judged, so that whoever is told of an unknown import sees it among the others.
        let outline = sandbox::outline(&bytes).unwrap_or_default();
        let cache = tempfile::tempdir()
            .map_err(|error| Failure::failed(format!("cannot make a temporary folder: {error}")))?;
        let engine = self.engine(cache.path().to_owned())?;
        let inspected = engine.inspect(bytes).await;
        let inspection = match inspected {
            Ok(inspection) => inspection,
            Err(refusal) => {
                tell_outline(&outline);
                return Err(Self::cannot_run(&format!("{refusal} ({})", refusal.code())));
            }
        };
        tell(&inspection);
        let component = async || Ok::<_, std::io::Error>(inspection.component.clone());
        match engine.load(inspection.digest, component).await {
            Ok(_) => {
                say!("This host can run it.");
                Ok(())
            }
            Err(LoadError::Refused(refusal)) if !refusal.is_host_fault() => {
                Err(Self::cannot_run(&format!("{refusal} ({})", refusal.code())))
            }
            Err(error) => Err(Failure::failed(crate::error::chain(&error))),
        }
    }

    fn cannot_run(why: &str) -> Failure {
        Failure::unacceptable(format!("this host cannot run it: {why}"))
    }

    /// An engine for this one module, with nothing that stays.
    fn engine(&self, cache_dir: PathBuf) -> Result<Engine, Failure> {
        let failed = |error: String| Failure::failed(error);
        let own = std::env::current_exe().map_err(|error| failed(error.to_string()))?;
        let mut cache_key = [0; 32];
        getrandom::fill(&mut cache_key).map_err(|error| failed(error.to_string()))?;
        Engine::new(EngineConfig {
            cache_dir,
            cache_key,
            compiler: vec![own.into(), OsString::from(COMPILE_MODULE)],
            code_cache_bytes: self.limits.code_cache,
            max_instances: 1,
            compile_memory: self.limits.compile_memory,
            compile_time: self.limits.compile_time,
        })
        .map_err(|error| failed(crate::error::chain(&error)))
    }
}

fn tell(inspection: &Inspection) {
    let Exports { handler, toolset } = inspection.exports;
    let what = match (handler, toolset) {
        (true, true) => "an agent, and a set of tools",
        (true, false) => "an agent",
        _ => "a set of tools, which nobody can talk to",
    };
    let version = &inspection.interface_version;
    say!(
        "It is {what}, for the contract cloister:agent {version}; this host has {INTERFACE_VERSION}."
    );
    if inspection.capabilities.is_empty() {
        say!("It asks for no capability: it only answers.");
    } else {
        say!("It asks for");
    }
    for (name, words) in WORDS {
        if inspection.capabilities.iter().any(|asked| asked == name) {
            say!("  {name:<10} {words}; {}", allowed(name));
        }
    }
    // Of a core module, as of the component that it was turned into.
    tell_outline(&sandbox::outline(&inspection.component).unwrap_or_default());
}

/// What it takes for an agent to have a capability.
fn allowed(name: &str) -> &'static str {
    match name {
        name if GRANTED.contains(&name) => "every agent may",
        "projects" => "held by the host's own navigator alone: for this agent it will be denied",
        _ => "denied until its owner allows it (`allowCapability`)",
    }
}

fn tell_outline(outline: &Outline) {
    let lists = [("exports", &outline.exports), ("imports", &outline.imports)];
    for (what, names) in lists.into_iter().filter(|(_, names)| !names.is_empty()) {
        say!("It {what}");
        for name in names {
            say!("  {name}");
        }
    }
}

#[cfg(test)]
mod tests {
    use sandbox::CAPABILITIES;

    use super::*;

    #[test]
    fn there_are_words_for_every_capability() {
        assert_eq!(WORDS.map(|(name, _)| name), CAPABILITIES);
    }
}
