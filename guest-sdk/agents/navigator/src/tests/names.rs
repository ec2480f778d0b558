//! What a message names, and which of the projects that is.

use cloister_guest::testing::Host;

use super::told;
use crate::Navigator;

/// The project that is gone on in after a message, of these.
fn chosen(projects: &[&str], message: &str) -> Option<String> {
    let host = Host::<Navigator>::new();
    let mut host = projects
        .iter()
        .fold(host, |host, name| host.with_project(name));
    host.say(message).unwrap();
    let current = host.current_project()?;
    let chosen = host
        .projects()
        .into_iter()
        .find(|project| project.id == current)?;
    Some(chosen.name)
}

fn check(projects: &[&str], message: &str, expected: &str) {
    assert_eq!(
        chosen(projects, message).as_deref(),
        Some(expected),
        "{message}"
    );
}

#[test]
fn a_name_is_kept_as_it_is_written() {
    for (message, name) in [
        (
            "Create a project named ACME Überseehandel",
            "ACME Überseehandel",
        ),
        (
            "create a project named “a, b; c. And so on!”",
            "a, b; c. And so on!",
        ),
        ("create a project named v1.2", "v1.2"),
        ("create a project named  two   spaces ", "two   spaces"),
        ("create a project named Ёлка", "Ёлка"),
        ("create a project named 花园", "花园"),
        ("创建一个名为 ACME 花园 的项目", "ACME 花园"),
    ] {
        assert_eq!(told(message), Some(format!("create {name}")), "{message}");
    }
}

#[test]
fn an_id_comes_first_then_a_whole_name_then_a_part() {
    let projects = ["Backend", "Old backend", "Front end", "front"];
    check(&projects, "switch to the backend project", "Backend");
    check(&projects, "switch to the BACKEND project", "Backend");
    check(
        &projects,
        "switch to the old-backend project",
        "Old backend",
    );
    check(&projects, "switch to the old project", "Old backend");
    check(&projects, "switch to the front project", "front");
    check(&projects, "switch to project front-end", "Front end");
    check(
        &["Garden", "The site"],
        "switch to the site project",
        "The site",
    );
    check(
        &["Site project", "Garden"],
        "switch to the site project",
        "Site project",
    );
    check(
        &["Сад и огород"],
        "переключись на проект сад и огород",
        "Сад и огород",
    );
    check(&["花园计划"], "切换到花园项目", "花园计划");
    check(&["Backend"], "switch to Backend", "Backend");
}

#[test]
fn every_form_of_an_id_is_one() {
    let mut host = Host::<Navigator>::new()
        .with_project("One")
        .with_project("Two");
    let id = host.projects()[1].id.clone();
    for form in [
        id.clone(),
        id.replace('-', ""),
        format!("prj_{}", id.replace('-', "")),
    ] {
        let mut host = Host::<Navigator>::new()
            .with_project("One")
            .with_project("Two");
        host.say(&format!("switch to project {form}")).unwrap();
        assert_eq!(host.current_project(), Some(id.clone()), "{form}");
    }
    host.say("switch to the two project").unwrap();
    assert_eq!(host.current_project(), Some(id));
}

#[test]
fn what_may_be_no_project_has_to_be_one_exactly() {
    for message in [
        "switch to dark mode",
        "go to back",
        "open the door",
        "switch to page",
    ] {
        assert_eq!(chosen(&["Backend", "Dark"], message), None, "{message}");
    }
    check(&["Dark mode"], "switch to dark mode", "Dark mode");
    check(
        &["Backend and tests"],
        "switch to the project backend and tests",
        "Backend and tests",
    );
}
