//! Finding a project by what someone calls it: by its id, then by its name as a whole, then by a part of it.

use cloister_guest::projects::Project;

use crate::text::fold;

/// What the projects have for a name.
#[derive(Debug, PartialEq, Eq)]
pub enum Found<'a> {
    /// The one.
    One(&'a Project),
    /// Several, that it could mean equally well.
    Several(Vec<&'a Project>),
    /// None.
    None,
}

/// The project that is called by one of these names as a whole; the longest counts first.
pub fn exactly<'a>(projects: &'a [Project], names: &[String]) -> Found<'a> {
    for name in names.iter().rev() {
        let has_id = |project: &&Project| is_id_of(project, name);
        if let Some(project) = projects.iter().find(has_id) {
            return Found::One(project);
        }
    }
    for name in names.iter().rev() {
        let folded = fold(name.trim());
        match choose(projects, |project| fold(project.name.trim()) == folded) {
            Found::None => {}
            found => return found,
        }
    }
    Found::None
}

/// The project that is called so, as a whole or in part.
pub fn find<'a>(projects: &'a [Project], names: &[String]) -> Found<'a> {
    match exactly(projects, names) {
        Found::None => {}
        found => return found,
    }
    let part = names.first().map(|name| loosely(name)).unwrap_or_default();
    if part.is_empty() {
        return Found::None;
    }
    choose(projects, |project| {
        loosely(&project.name).contains(&part) || loosely(&project.slug).contains(&part)
    })
}

fn choose(projects: &[Project], fits: impl Fn(&Project) -> bool) -> Found<'_> {
    let mut found: Vec<&Project> = projects.iter().filter(|project| fits(project)).collect();
    match (found.pop(), found.is_empty()) {
        (None, _) => Found::None,
        (Some(one), true) => Found::One(one),
        (Some(last), false) => {
            found.push(last);
            Found::Several(found)
        }
    }
}

/// By the name in addresses, or by the id in any of its forms.
fn is_id_of(project: &Project, name: &str) -> bool {
    let digits = |text: &str| {
        text.trim_start_matches("prj_")
            .replace('-', "")
            .to_lowercase()
    };
    let name = name.trim();
    project.slug == name || project.id == name || digits(&project.id) == digits(name)
}

/// Without what people leave out or mix up.
fn loosely(name: &str) -> String {
    let plain = fold(name).replace(['-', '_'], " ");
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}
