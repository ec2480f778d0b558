//! The tools, for agents that have a model: the same four things, with JSON in and out.

use cloister_guest::projects::Project;
use cloister_guest::{Call, Context, Error, ErrorCode, Failure, FailureCode, Outcome, Tool};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::find::{Found, find};
use crate::replies::Said;
use crate::request::Language;

const SAY: Said = Said(Language::English);

/// The tools that there are.
pub fn all() -> Vec<Tool> {
    let project = json!({
        "type": "object",
        "properties": {
            "id": { "type": "string", "description": "What programs call the project by" },
            "name": { "type": "string", "description": "What people call it" }
        },
        "required": ["id", "name"]
    });
    let one = json!({
        "type": "object",
        "properties": { "project": project },
        "required": ["project"]
    });
    let nothing = json!({ "type": "object", "properties": {}, "additionalProperties": false });
    let given = |field: &str, schema: serde_json::Value| {
        json!({
            "type": "object",
            "properties": { field: schema },
            "required": [field],
            "additionalProperties": false
        })
    };
    let wanted = json!({
        "type": "string", "minLength": 1, "maxLength": 200,
        "description": "The project's id, or its name, or a part of its name that no other project's has"
    });
    let name = json!({
        "type": "string", "minLength": 1, "maxLength": 100, "description": "What the project is to be called"
    });
    let listed = json!({
        "type": "object",
        "properties": {
            "projects": { "type": "array", "items": project },
            "currentProjectId": { "type": ["string", "null"] }
        },
        "required": ["projects", "currentProjectId"]
    });
    let maybe = json!({
        "type": "object",
        "properties": { "project": { "anyOf": [project, { "type": "null" }] } },
        "required": ["project"]
    });
    let tool = |name, description, input: &serde_json::Value, output: &serde_json::Value| {
        Tool::new(name, description)
            .input(input.to_string())
            .output(output.to_string())
    };
    vec![
        tool(
            "list_projects",
            "Lists the projects that the user may see, and says in which one the conversation goes on.",
            &nothing,
            &listed,
        ),
        tool(
            "get_current_project",
            "Says in which project the conversation goes on, if in any.",
            &nothing,
            &maybe,
        ),
        tool(
            "switch_project",
            "Goes on in another project, from the user's next message on.",
            &given("project", wanted),
            &one,
        ),
        tool(
            "create_project",
            "Creates a project and goes on in it, from the user's next message on.",
            &given("name", name),
            &one,
        ),
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    project: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    name: String,
}

/// A project as programs see it.
#[derive(Serialize)]
struct Shown<'a> {
    id: &'a str,
    name: &'a str,
}

impl<'a> Shown<'a> {
    fn of(project: &'a Project) -> Self {
        Shown {
            id: &project.slug,
            name: &project.name,
        }
    }
}

/// Runs one of them.
pub fn run(cx: &Context, call: &Call) -> Result<Outcome, Failure> {
    let projects = cx.projects();
    match call.name.as_str() {
        "list_projects" => {
            call.parse::<Nothing>()?;
            let (all, current) = (projects.entries()?, projects.current()?);
            let shown: Vec<_> = all.iter().map(Shown::of).collect();
            let id = current.as_ref().map(|project| &project.slug);
            let content = json!({ "projects": shown, "currentProjectId": id });
            Ok(Outcome::json(content.to_string()).text(SAY.list(&all, current.as_ref())))
        }
        "get_current_project" => {
            call.parse::<Nothing>()?;
            let current = projects.current()?;
            let content = json!({ "project": current.as_ref().map(Shown::of) });
            let text = match &current {
                Some(project) => SAY.current(project),
                None => SAY.nowhere(&projects.entries()?),
            };
            Ok(Outcome::json(content.to_string()).text(text))
        }
        "switch_project" => {
            let wanted: Wanted = call.parse()?;
            let all = projects.entries()?;
            let id = match find(&all, std::slice::from_ref(&wanted.project)) {
                Found::One(project) => &project.id,
                Found::Several(several) => {
                    return Err(Failure::invalid(SAY.which(&wanted.project, &several)));
                }
                Found::None => return Err(Failure::not_found(SAY.unknown(&wanted.project, &all))),
            };
            let project = projects.switch_to(id)?;
            Ok(one(&project, SAY.switched(&project)))
        }
        "create_project" => {
            let new: New = call.parse()?;
            match projects.create(&new.name) {
                Ok(project) => Ok(one(&project, SAY.created(&project))),
                Err(error) => Err(not_created(&new.name, error)),
            }
        }
        unknown => Err(Failure::not_found(format!(
            "there is no tool `{unknown}`: there are list_projects, get_current_project, switch_project and create_project"
        ))),
    }
}

fn one(project: &Project, text: String) -> Outcome {
    Outcome::json(json!({ "project": Shown::of(project) }).to_string()).text(text)
}

fn not_created(name: &str, error: Error) -> Failure {
    match error.code {
        ErrorCode::Denied => Failure::new(FailureCode::Denied, SAY.may_not_create()),
        ErrorCode::Conflict => Failure::invalid(SAY.taken(name)),
        ErrorCode::Invalid => Failure::invalid(SAY.no_name(name, &error.message)),
        _ => error.into(),
    }
}
