use super::check;
use crate::request::Language;

#[test]
fn which_projects_there_are() {
    check(
        Language::English,
        &[(
            "list",
            &[
                "what projects are available?",
                "What projects are available",
                "which projects are there?",
                "Which projects do I have?",
                "what projects do we have",
                "What projects do you have?",
                "what other projects are there?",
                "what are my projects?",
                "what are the available projects?",
                "What're my projects?",
                "which projects can I use?",
                "what projects can I switch to?",
                "what projects can we work on",
                "which projects do I have access to?",
                "list projects",
                "List all projects.",
                "list all of my projects",
                "list the projects",
                "list my projects please",
                "show projects",
                "show me the projects",
                "Show me all available projects!",
                "show me the list of projects",
                "show my project list",
                "give me a list of all projects",
                "please list the available projects",
                "can you list the projects?",
                "Could you please show me the available projects?",
                "can you tell me which projects are available?",
                "tell me what projects there are",
                "do you know which projects exist",
                "hello, what projects are available?",
                "Hi! Which projects are there?",
                "hey — which projects are available",
                "Could you, please, list the projects?",
                "I want to see my projects",
                "I'd like to see the projects",
                "can I see the projects?",
                "may I see my projects?",
                "are there any other projects?",
                "do I have other projects?",
                "how many projects do I have?",
                "how many projects are there?",
                "WHAT PROJECTS ARE AVAILABLE???",
                "what projects are available right now, please?",
                "projects",
                "Projects?",
                "my projects",
                "project list",
                "what projects?",
                "ok, list projects",
                "show available projects",
                "display my projects",
                "what are all my projects?",
                "give me the list of projects",
                "Could you give me a list of available projects?",
                "can you show me what projects I have?",
            ],
        )],
    );
}

#[test]
fn which_one_it_is() {
    check(
        Language::English,
        &[(
            "current",
            &[
                "which project am I in?",
                "What project am I in",
                "which project am I currently in?",
                "which project am i in right now?",
                "what project are we working on?",
                "which project am I working in now?",
                "In which project am I?",
                "what is the current project?",
                "What's the current project?",
                "whats my active project",
                "what’s the active project?",
                "which project is active?",
                "which project is currently active?",
                "Which project is selected at the moment?",
                "current project",
                "Current project?",
                "show me the current project",
                "tell me which project I'm in",
                "can you tell me which project I am in?",
                "remind me which project I'm in, please",
                "what is the name of the current project?",
                "which project is this?",
                "what project are we on?",
                "hey, which project am I on?",
                "what project is active now",
                "which project are we currently in",
                "What's my current project?",
                "tell me the current project",
                "am I in a project?",
            ],
        )],
    );
}

#[test]
fn going_on_in_another_one() {
    check(
        Language::English,
        &[
            (
                "switch backend",
                &[
                    "switch to the backend project",
                    "Switch to the backend project.",
                    "switch to backend project",
                    "switch to project backend",
                    "switch to the project backend",
                    "switch to the project named backend",
                    "switch to my backend project",
                    "switch to the \"backend\" project",
                    "switch to project 'backend'",
                    "switch to “backend” project",
                    "switch to the project called “backend”",
                    "please switch to the backend project",
                    "Please, switch to the backend project!",
                    "can you switch to the backend project?",
                    "Could you switch me to the backend project, please?",
                    "switch over to the backend project",
                    "switch back to the backend project",
                    "switch project to backend",
                    "switch the project to backend",
                    "switch project: backend",
                    "switch project backend",
                    "change to the backend project",
                    "change the current project to backend",
                    "go to the backend project",
                    "go to project backend",
                    "let's go to the backend project",
                    "Let’s switch to the backend project now",
                    "move to the backend project",
                    "I want to switch to the backend project",
                    "I'd like to switch to the backend project",
                    "i need you to switch to the backend project",
                    "take me to the backend project",
                    "back to the backend project",
                    "switch me to backend project",
                    "switch to the project with id backend",
                    "activate the backend project",
                    "Hi! Can you switch to the backend project?",
                    "open the backend project",
                    "open project backend",
                    "select the backend project",
                    "set the active project to backend",
                    "make backend the active project",
                    "hello, switch to the backend project please",
                    "can we switch to the backend project?",
                ],
            ),
            (
                "switch Customer Support",
                &[
                    "switch to the Customer Support project",
                    "Go to project Customer Support",
                ],
            ),
            (
                "switch crm-support",
                &[
                    "switch to crm-support project",
                    "switch to the project `crm-support`",
                ],
            ),
            (
                "switch Research & Development, Inc.",
                &["switch to the \"Research & Development, Inc.\" project"],
            ),
        ],
    );
}

#[test]
fn only_if_there_is_such_a_project() {
    check(
        Language::English,
        &[
            (
                "switch ~backend",
                &[
                    "use the backend project",
                    "let's work on the backend project",
                    "load project backend",
                ],
            ),
            (
                "switch =backend",
                &[
                    "switch to backend",
                    "go to backend",
                    "open backend",
                    "use backend please",
                    "back to backend",
                ],
            ),
            ("switch =dark mode", &["switch to dark mode"]),
            ("switch =the weather page", &["use \"the weather page\""]),
            (
                "switch =backend and tell me a joke",
                &["switch to the project backend and tell me a joke"],
            ),
            ("switch =page", &["go to the project page"]),
        ],
    );
}

#[test]
fn going_somewhere() {
    check(
        Language::English,
        &[(
            "switch?",
            &[
                "switch projects",
                "switch project",
                "change project",
                "I want to switch to another project",
                "can we switch to a different project?",
                "switch to a project",
            ],
        )],
    );
}

#[test]
fn making_one() {
    check(
        Language::English,
        &[
            (
                "create crm-support",
                &[
                    "create a new project named crm-support",
                    "Create a new project named crm-support.",
                    "create a project named crm-support",
                    "create a project called crm-support",
                    "create new project named \"crm-support\"",
                    "create a new project named 'crm-support', please",
                    "create project crm-support",
                    "create a project \"crm-support\"",
                    "create a new project: crm-support",
                    "create a new project called: crm-support",
                    "make a new project called crm-support",
                    "add a project named crm-support",
                    "start a new project called crm-support",
                    "set up a new project called crm-support",
                    "please create a new project named crm-support",
                    "can you create a new project named crm-support?",
                    "Could you please create a project called crm-support for me?",
                    "I want to create a new project named crm-support",
                    "I'd like you to create a project called crm-support",
                    "I need a new project called crm-support",
                    "let's create a project named crm-support",
                    "new project: crm-support",
                    "new project named crm-support",
                    "create a new project and call it crm-support",
                    "create a new project with the name crm-support",
                    "create a new project with name \"crm-support\"",
                    "create the \"crm-support\" project",
                    "create a new project, name it crm-support",
                    "make a new project crm-support",
                    "create a new project named crm-support and switch to it",
                    "hello! create a new project named crm-support",
                    "Create another project named crm-support thanks",
                ],
            ),
            (
                "create Apollo",
                &[
                    "create project Apollo",
                    "create a new project Apollo",
                    "create a project titled Apollo",
                ],
            ),
            ("create demo", &["create project demo"]),
            (
                "create Customer Support",
                &[
                    "create a project called Customer Support",
                    "create a new project named “Customer Support”",
                ],
            ),
            (
                "create Research and Development",
                &["create a project named Research and Development"],
            ),
            ("create my garden", &["create a project called my garden"]),
            (
                "create?",
                &[
                    "create a new project",
                    "create a project",
                    "new project",
                    "I want to create a new project",
                    "can you create a project for me?",
                ],
            ),
        ],
    );
}
