//! What the navigator answers, and what comes of it.

use cloister_guest::FailureCode;
use cloister_guest::testing::{Capability, Host};

use crate::Navigator;

fn host() -> Host<Navigator> {
    Host::new()
        .with_project("Backend")
        .with_project("Garden plans")
}

fn said(host: &mut Host<Navigator>, text: &str) -> String {
    host.say(text).unwrap().texts().concat()
}

#[test]
fn the_way_from_project_to_project() {
    let mut host = host();
    assert_eq!(
        said(&mut host, "what projects are available?"),
        "There are 2 projects:\n• Backend (backend)\n• Garden plans (garden-plans)\n\
         Say “switch to the … project” to go on in another one."
    );
    assert!(said(&mut host, "which project am I in?").starts_with("No project is chosen yet."));
    assert_eq!(
        said(&mut host, "switch to the backend project"),
        "Switched to the project Backend (backend)."
    );
    assert_eq!(
        said(&mut host, "which project am I in?"),
        "You are in the project Backend (backend)."
    );
    assert_eq!(
        said(&mut host, "switch to the backend project"),
        "You are in the project Backend (backend) already."
    );
    assert!(said(&mut host, "list projects").contains("• Backend (backend) (current)\n• Garden"));
    assert_eq!(
        said(&mut host, "create a new project named crm-support"),
        "Created the project crm-support and switched to it."
    );
    assert_eq!(
        said(&mut host, "which project am I in?"),
        "You are in the project crm-support."
    );
    assert_eq!(host.projects().len(), 3);
}

#[test]
fn it_answers_in_the_language_of_the_question() {
    let mut host = host();
    assert_eq!(
        said(&mut host, "切换到 backend 项目"),
        "已切换到项目 Backend (backend)。"
    );
    assert_eq!(
        said(&mut host, "我在哪个项目？"),
        "当前项目是 Backend (backend)。"
    );
    assert!(
        said(&mut host, "какие проекты есть?")
            .starts_with("Доступные проекты (2):\n• Backend (backend) (текущий)")
    );
    let made = said(&mut host, "создай проект «Сад»");
    assert!(made.starts_with("Проект Сад (project-"), "{made}");
    assert!(made.ends_with("создан, переключаюсь на него."), "{made}");
}

#[test]
fn what_it_cannot_do_it_says_with_what_to_do() {
    let mut host = host().with_project("Garden tools");
    let unknown = said(&mut host, "switch to the attic project");
    assert!(
        unknown.starts_with("There is no project “attic”. There are 3 projects:"),
        "{unknown}"
    );
    assert!(said(&mut host, "切换到阁楼项目").starts_with("没有名为“阁楼”的项目。共有 3 个项目："));
    let ambiguous = said(&mut host, "switch to the garden project");
    assert!(
        ambiguous.contains("“garden” can be several projects"),
        "{ambiguous}"
    );
    assert!(
        ambiguous.ends_with("• Garden plans (garden-plans)\n• Garden tools (garden-tools)"),
        "{ambiguous}"
    );
    assert_eq!(host.current_project(), None);
    let taken = said(&mut host, "create a project named BACKEND");
    assert!(
        taken.starts_with("There is a project “BACKEND” already."),
        "{taken}"
    );
    assert_eq!(
        said(&mut host, "create a new project"),
        "What shall it be called? Say “create a new project named …”."
    );
    assert!(
        said(&mut host, "switch projects").starts_with("To which project? There are 3 projects:")
    );
    assert_eq!(host.projects().len(), 3);
}

#[test]
fn who_may_not_make_projects_is_told_whom_to_ask() {
    let mut host = host().without_new_projects();
    assert!(said(&mut host, "create a project named crm").contains("Ask an owner"));
    assert!(said(&mut host, "создай проект под названием crm").contains("владельца"));
    assert!(said(&mut host, "创建一个名为 crm 的项目").contains("所有者"));
    assert_eq!(host.projects().len(), 2);
}

#[test]
fn what_is_for_an_agent_gets_no_reply() {
    let mut host = host();
    for text in [
        "hello, how do I switch a light?",
        "create a project plan for my garden",
        "switch to dark mode",
        "use the attic project",
    ] {
        assert!(host.say(text).unwrap().is_empty(), "{text}");
    }
    assert_eq!(host.press("list projects").unwrap().len(), 0);
    assert_eq!(host.notify("member-joined", "{}").unwrap().len(), 0);
}

#[test]
fn a_long_list_is_cut_and_says_so() {
    let host = (0..60).fold(Host::<Navigator>::new(), |host, number| {
        host.with_project(&format!("P{number}"))
    });
    let mut host = host;
    let list = said(&mut host, "list projects");
    assert!(
        list.starts_with("There are 60 projects:\n• P0 (p0)\n"),
        "{list}"
    );
    assert!(list.contains("• P49 (p49)\n… and 10 more\n"), "{list}");
    let mut none = Host::<Navigator>::new();
    assert!(said(&mut none, "list projects").starts_with("You have no projects yet."));
}

#[test]
fn without_the_capability_it_fails_as_denied() {
    let mut host = host().without(Capability::Projects);
    assert_eq!(
        host.say("list projects").unwrap_err().code,
        FailureCode::Denied
    );
    assert_eq!(host.say("hello").unwrap().len(), 0);
}
