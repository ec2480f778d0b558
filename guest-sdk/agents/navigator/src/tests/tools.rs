//! The tools.

use cloister_guest::testing::Host;
use cloister_guest::{FailureCode, Toolset};
use serde_json::{Value, json};

use crate::Navigator;

fn host() -> Host<Navigator> {
    Host::new()
        .with_project("Backend")
        .with_project("Garden plans")
        .with_project("Garden tools")
}

fn call(host: &mut Host<Navigator>, name: &str, arguments: Value) -> Value {
    let outcome = host.call(name, &arguments.to_string()).unwrap();
    assert!(outcome.text.is_some(), "{name} says nothing");
    serde_json::from_str(&outcome.content).unwrap()
}

fn refused(host: &mut Host<Navigator>, name: &str, arguments: Value) -> (FailureCode, String) {
    let failure = host.call(name, &arguments.to_string()).unwrap_err();
    (failure.code, failure.message)
}

#[test]
fn each_has_schemas_of_what_goes_in_and_out() {
    let tools = Navigator::tools();
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
    for tool in tools {
        let input: Value = serde_json::from_str(&tool.input_schema).unwrap();
        let output: Value = serde_json::from_str(tool.output_schema.as_deref().unwrap()).unwrap();
        assert_eq!(input["type"], "object", "{}", tool.name);
        assert_eq!(output["type"], "object", "{}", tool.name);
        assert!(tool.description.ends_with('.'), "{}", tool.name);
    }
}

#[test]
fn they_find_the_way() {
    let mut host = host();
    assert_eq!(
        call(&mut host, "get_current_project", json!({})),
        json!({ "project": null })
    );
    let backend = json!({ "id": "backend", "name": "Backend" });
    assert_eq!(
        call(&mut host, "switch_project", json!({ "project": "backend" })),
        json!({ "project": backend })
    );
    assert_eq!(
        call(&mut host, "get_current_project", json!({})),
        json!({ "project": backend })
    );
    let listed = call(&mut host, "list_projects", json!({}));
    assert_eq!(listed["currentProjectId"], "backend");
    assert_eq!(listed["projects"].as_array().unwrap().len(), 3);
    assert_eq!(listed["projects"][0], backend);
    let made = call(
        &mut host,
        "create_project",
        json!({ "name": "CRM support" }),
    );
    assert_eq!(
        made,
        json!({ "project": { "id": "crm-support", "name": "CRM support" } })
    );
    assert_eq!(call(&mut host, "get_current_project", json!({})), made);
    assert_eq!(
        call(
            &mut host,
            "switch_project",
            json!({ "project": "  garden PLANS " })
        )["project"]["id"],
        "garden-plans"
    );
    assert_eq!(
        call(&mut host, "switch_project", json!({ "project": "tools" }))["project"]["id"],
        "garden-tools"
    );
}

#[test]
fn a_refusal_says_what_there_is() {
    let mut host = host();
    let (code, why) = refused(&mut host, "switch_project", json!({ "project": "attic" }));
    assert_eq!(code, FailureCode::NotFound);
    assert!(why.contains("• Backend (backend)"), "{why}");
    let (code, why) = refused(&mut host, "switch_project", json!({ "project": "garden" }));
    assert_eq!(code, FailureCode::InvalidInput);
    assert!(
        why.contains("garden-plans") && why.contains("garden-tools") && !why.contains("backend"),
        "{why}"
    );
    let (code, why) = refused(&mut host, "create_project", json!({ "name": "backend" }));
    assert_eq!(code, FailureCode::InvalidInput);
    assert!(why.contains("already"), "{why}");
    for arguments in [
        json!({}),
        json!({ "name": 1 }),
        json!({ "project": "x" }),
        json!([]),
        json!({ "name": "" }),
    ] {
        let (code, why) = refused(&mut host, "create_project", arguments.clone());
        assert_eq!(code, FailureCode::InvalidInput, "{arguments}: {why}");
    }
    assert_eq!(
        refused(&mut host, "delete_project", json!({})).0,
        FailureCode::NotFound
    );
    let mut host = host.without_new_projects();
    assert_eq!(
        refused(&mut host, "create_project", json!({ "name": "new" })).0,
        FailureCode::Denied
    );
    assert_eq!(host.projects().len(), 3);
}
