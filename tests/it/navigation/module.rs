//! The module as it is built in: what it exports and asks for, and its tools over the component's own border.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use host::builtin::NAVIGATOR;
use sandbox::types::{Call, Error, ErrorCode, FailureCode, Project};
use sandbox::{Capabilities, Digest, Exports, Limits, Module, Projects, Stop};
use serde_json::{Value, json};

use super::given::engine;

async fn module() -> Arc<Module> {
    let bytes = async || Ok::<_, Infallible>(NAVIGATOR.to_vec());
    engine().load(Digest::of(NAVIGATOR), bytes).await.unwrap()
}

fn call(name: &str, arguments: Value) -> Call {
    Call {
        id: "1".to_owned(),
        name: name.to_owned(),
        arguments: arguments.to_string(),
        metadata: Vec::new(),
    }
}

/// One project, and what was asked about it.
#[derive(Default)]
struct Garden(Mutex<Vec<String>>);

fn garden() -> Project {
    Project {
        id: "00000000-0000-7000-8000-000000000001".to_owned(),
        slug: "garden".to_owned(),
        name: "Garden".to_owned(),
    }
}

#[async_trait]
impl Projects for Garden {
    async fn entries(&self) -> Result<Vec<Project>, Error> {
        Ok(vec![garden()])
    }

    async fn current(&self) -> Result<Option<Project>, Error> {
        Ok(None)
    }

    async fn switch_to(&self, id: String) -> Result<Project, Error> {
        self.0.lock().unwrap().push(id);
        Ok(garden())
    }

    async fn create(&self, name: String) -> Result<Project, Error> {
        self.0.lock().unwrap().push(name.clone());
        Err(Error {
            code: ErrorCode::Conflict,
            message: name,
        })
    }
}

#[test]
fn it_is_an_agent_and_a_toolset_that_asks_for_projects_alone() {
    let inspection = sandbox::inspect(NAVIGATOR).unwrap();
    let exports = Exports {
        handler: true,
        toolset: true,
    };
    assert_eq!(inspection.exports, exports);
    let mut capabilities = inspection.capabilities;
    capabilities.sort();
    // The log is where a panic would say what it was.
    assert_eq!(capabilities, ["log", "projects"]);
    assert!(NAVIGATOR.len() < 400 << 10, "{} bytes", NAVIGATOR.len());
}

#[tokio::test]
async fn its_tools_are_called_as_a_toolsets() {
    let (module, limits) = (module().await, Limits::default());
    let tools = module.tools(Capabilities::default(), &limits).await;
    let tools = tools.outcome.unwrap();
    let names: Vec<_> = tools.iter().map(|tool| tool.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "list_projects",
            "get_current_project",
            "switch_project",
            "create_project"
        ]
    );

    let asked = Arc::new(Garden::default());
    let granted = Capabilities {
        projects: Some(asked.clone()),
        ..Capabilities::default()
    };
    let switch = call("switch_project", json!({ "project": "garden" }));
    let run = module.call_tool(switch, granted.clone(), &limits).await;
    let outcome = run.outcome.unwrap();
    let content: Value = serde_json::from_str(&outcome.content).unwrap();
    assert_eq!(
        content,
        json!({ "project": { "id": "garden", "name": "Garden" } })
    );
    assert_eq!(
        outcome.text.unwrap(),
        "Switched to the project Garden (garden)."
    );
    assert_eq!(run.usage.host_calls, 2);

    let create = call("create_project", json!({ "name": "Garden" }));
    let run = module.call_tool(create, granted, &limits).await;
    let Err(Stop::Failed(failure)) = run.outcome else {
        panic!("{run:?}");
    };
    assert_eq!(failure.code, FailureCode::InvalidInput);
    assert_eq!(*asked.0.lock().unwrap(), [garden().id, "Garden".to_owned()]);
}

#[tokio::test]
async fn without_the_capability_its_tools_are_denied() {
    let (module, limits) = (module().await, Limits::default());
    let list = call("list_projects", json!({}));
    let run = module
        .call_tool(list, Capabilities::default(), &limits)
        .await;
    let Err(Stop::Failed(failure)) = run.outcome else {
        panic!("{run:?}");
    };
    assert_eq!(failure.code, FailureCode::Denied);
    assert!(
        failure.message.contains("`projects`"),
        "{}",
        failure.message
    );
}
