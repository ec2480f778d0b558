//! How programs outside refer to projects, and to places in them.

use store::ids::ProjectId;
use store::projects::Project;

use super::declined::{Declined, available};
use crate::error::{Error, Result};

/// Characters of a path.
const PATH: usize = 1_024;

/// Whether the text is this project's id, in any of its forms.
pub(super) fn is_id(text: &str, slug: &str, id: ProjectId) -> bool {
    text == slug || text.parse() == Ok(id)
}

/// The project that the text refers to: by its exact id, else by its name, whatever its case and the space around it.
pub(super) fn project<'a>(text: &str, projects: &'a [Project]) -> Result<&'a Project, Declined> {
    let by_slug = projects.iter().find(|project| project.slug == text);
    let by_id = || {
        let id: ProjectId = text.parse().ok()?;
        projects.iter().find(|project| project.id == id)
    };
    if let Some(project) = by_slug.or_else(by_id) {
        return Ok(project);
    }
    let wanted = text.trim().to_lowercase();
    let mut named = projects
        .iter()
        .filter(|project| project.name.trim().to_lowercase() == wanted);
    let reference = || text.trim().to_owned();
    match (named.next(), named.next()) {
        (Some(project), None) => Ok(project),
        (Some(_), Some(_)) => Err(Declined::AmbiguousProject {
            reference: reference(),
            available: available(projects),
        }),
        (None, _) => Err(Declined::NoProject {
            reference: reference(),
            available: available(projects),
        }),
    }
}

/// A path relative to its project, as it is kept: without empty steps and steps that stay where they are.
pub fn path(field: &str, text: &str) -> Result<String> {
    let wrong = |why: &str| Error::invalid(field, why);
    if text.chars().count() > PATH {
        return Err(wrong(&format!("has more than {PATH} characters")));
    }
    if text.chars().any(char::is_control) {
        return Err(wrong("must not contain control characters"));
    }
    let has_drive = text.as_bytes().get(1) == Some(&b':');
    if text.starts_with('/') || text.contains('\\') || has_drive {
        return Err(wrong(
            "must be relative to the project, with `/` between its parts, such as `src/main`",
        ));
    }
    let steps: Vec<&str> = text
        .split('/')
        .map(str::trim)
        .filter(|step| !step.is_empty() && *step != ".")
        .collect();
    if steps.contains(&"..") {
        return Err(wrong("must not contain `..`: it stays in the project"));
    }
    Ok(steps.join("/"))
}

#[cfg(test)]
mod tests {
    use store::ids::OrganizationId;

    use super::*;

    fn named(slug: &str, name: &str) -> Project {
        Project {
            organization_id: OrganizationId::new(),
            id: ProjectId::new(),
            slug: slug.to_owned(),
            name: name.to_owned(),
            created_at: chrono::Utc::now(),
            primary_agent_id: None,
        }
    }

    #[test]
    fn an_exact_id_comes_before_a_name() {
        let projects = [
            named("backend", "Frontend"),
            named("frontend", "Backend"),
            named("twin", "Twin"),
            named("twin-2", " twin"),
        ];
        let found = |text: &str| match project(text, &projects) {
            Ok(project) => project.slug.clone(),
            Err(Declined::AmbiguousProject { .. }) => "ambiguous".to_owned(),
            Err(Declined::NoProject { reference, .. }) => format!("no {reference}"),
            Err(other) => panic!("{other:?}"),
        };
        assert_eq!(found("backend"), "backend");
        assert_eq!(found(" BACKEND "), "frontend");
        assert_eq!(found("twin"), "twin");
        assert_eq!(found("Twin"), "ambiguous");
        assert_eq!(found(" back "), "no back");
        assert_eq!(found(&projects[1].id.to_string()), "frontend");
        assert_eq!(found(&projects[1].id.public()), "frontend");
        assert!(is_id("backend", "backend", projects[0].id));
        assert!(!is_id("Backend", "backend", projects[0].id));
    }

    #[test]
    fn a_path_stays_in_its_project() {
        for (given, kept) in [
            ("", ""),
            ("src", "src"),
            ("./src//main/.", "src/main"),
            ("notes and plans/..today", "notes and plans/..today"),
        ] {
            assert_eq!(path("currentPath", given).unwrap(), kept, "{given}");
        }
        for bad in [
            "/etc",
            "..",
            "a/../b",
            "a\\b",
            "C:x",
            "a\nb",
            &"x".repeat(1_025),
        ] {
            assert_eq!(
                path("currentPath", bad).unwrap_err().code(),
                "invalid",
                "{bad:?}"
            );
        }
    }
}
