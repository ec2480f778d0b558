//! Messages that are for an agent.

use cloister_guest::testing::Host;

use super::told;
use crate::Navigator;

#[test]
fn what_is_not_about_finding_ones_way() {
    let messages = [
        "",
        "   ",
        "?!",
        "👋",
        "hello",
        "hello, how do I switch a light?",
        "How do I switch projects?",
        "how can I create a project?",
        "how do I switch to the backend project?",
        "create a project plan for my garden",
        "create a project plan",
        "Create a new project plan",
        "Create a Project Plan",
        "create project documentation",
        "make a project schedule",
        "list the projects my boss mentioned yesterday and explain",
        "list projects in Rust for beginners",
        "list the project files",
        "show me projects that use wasm",
        "show the project to my boss",
        "what is a project?",
        "what are projects?",
        "what projects should I do for my portfolio?",
        "which projects did NASA run in 1969?",
        "what is the current project status?",
        "what is the current project about?",
        "which project is the best?",
        "which project am I late with?",
        "tell me about the backend project",
        "the backend project is late",
        "I switched to the backend project",
        "I have created a project named crm-support",
        "don't switch to the backend project",
        "do not create a project named crm-support",
        "should I switch to the backend project?",
        "why did you switch to the backend project?",
        "when you switch to the backend project, tell me",
        "switch to the backend project and summarise the open issues",
        "switch to the backend project. Then list the open issues.",
        "what projects are available? I want to buy one.",
        "switch the light on",
        "create a file named project",
        "create a new project named crm-support and add three agents to it",
        "create a new project named crm-support in GitHub",
        "can I create a project named crm-support?",
        "create a React project",
        "open a new project in the editor",
        "I am working on a project named Apollo",
        "my project",
        "project",
        "a project",
        "use the project",
        "open the project",
        "what does the switch_project tool do?",
        "translate: switch to the backend project",
        "summarise \"what projects are available?\"",
        "\"what projects are available?\"",
        "write an email about the new project",
        "what projects are available in the market for solar panels?",
        "who are the members of this project?",
        "delete the backend project",
        "rename the project to backend",
        "is the backend project available?",
        "project management tips",
        "i want to project a film on a wall",
        "list\nprojects\nand files",
        "change the project name to backend",
        "你好",
        "如何切换灯？",
        "怎么创建项目？",
        "如何切换到后端项目？",
        "创建一个项目计划",
        "帮我写一个项目方案",
        "为我的花园创建一个项目计划",
        "我们的项目什么时候上线？",
        "后端项目进展如何？",
        "这个项目有哪些风险？",
        "项目经理是谁？",
        "不要切换到后端项目",
        "我昨天创建了一个名为花园的项目",
        "列出项目风险",
        "有哪些项目管理工具？",
        "把项目翻译成英文",
        "привет",
        "как переключить свет?",
        "как создать проект?",
        "создай план проекта",
        "создай проект договора",
        "создай проект сайта для школы",
        "расскажи о проекте бэкенд",
        "какие проекты вёл мой начальник в прошлом году?",
        "не переключайся на проект бэкенд",
        "я создал проект под названием сад",
        "в каком проекте лучше работать новичку?",
        "покажи проект начальнику",
        "проект опаздывает",
        "переключи свет в комнате",
        "когда закончится проект?",
    ];
    let projects = ["Backend", "бэкенд", "后端", "花园", "crm-support", "Apollo"];
    let mut wrong = Vec::new();
    for message in messages {
        let host = Host::<Navigator>::new();
        let mut host = projects
            .iter()
            .fold(host, |host, name| host.with_project(name));
        let replies = host.say(message).unwrap();
        if !replies.is_empty() {
            wrong.push((message, told(message), replies.texts().concat()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_is_long_is_for_an_agent() {
    let long = format!("create a project named {}", "x".repeat(300));
    assert_eq!(told(&long), None);
    let many = format!("list {}projects", "all ".repeat(60));
    assert_eq!(told(&many), None);
}

#[test]
fn nothing_makes_it_stumble() {
    let pieces = [
        "switch to ",
        "the ",
        "project ",
        "\"",
        "'",
        "«",
        "”",
        "create a project named ",
        "项目",
        "切换到",
        "проект ",
        ",",
        ".",
        "\n",
        "\u{200b}",
        "\u{0}",
        "🦀",
        "é",
        "prj_",
        ": ",
        "名为",
        "и ",
        "`",
    ];
    // Every three of them, in every order.
    for one in pieces {
        for two in pieces {
            for three in pieces {
                let _ = told(&format!("{one}{two}{three}"));
            }
        }
    }
}
