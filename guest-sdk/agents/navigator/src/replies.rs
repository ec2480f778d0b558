//! What the navigator says, in the language that it was asked in.

use cloister_guest::projects::Project;

use crate::request::Language;

/// Projects that one reply lists.
const LISTED: usize = 50;
/// Characters of a name that a reply repeats.
const REPEATED: usize = 60;

/// Replies in one language.
#[derive(Clone, Copy)]
pub struct Said(pub Language);

impl Said {
    fn choose(self, english: String, chinese: String, russian: String) -> String {
        match self.0 {
            Language::English => english,
            Language::Chinese => chinese,
            Language::Russian => russian,
        }
    }

    pub fn list(self, all: &[Project], current: Option<&Project>) -> String {
        if all.is_empty() {
            return self.choose(
                "You have no projects yet. Say “create a new project named …” to make one."
                    .to_owned(),
                "你还没有项目。可以说“创建一个名为……的项目”。".to_owned(),
                "Проектов пока нет. Скажите «создай проект под названием …», чтобы завести первый."
                    .to_owned(),
            );
        }
        let head = self.choose(
            match all.len() {
                1 => "There is one project:".to_owned(),
                many => format!("There are {many} projects:"),
            },
            format!("共有 {} 个项目：", all.len()),
            format!("Доступные проекты ({}):", all.len()),
        );
        let tail = self.choose(
            "Say “switch to the … project” to go on in another one.".to_owned(),
            "要切换项目，可以说“切换到……项目”。".to_owned(),
            "Чтобы сменить проект, скажите «переключись на проект …».".to_owned(),
        );
        let list = self.lines(all.iter(), current);
        match all.len() {
            1 => format!("{head}\n{list}"),
            _ => format!("{head}\n{list}\n{tail}"),
        }
    }

    pub fn current(self, project: &Project) -> String {
        let project = called(project);
        self.choose(
            format!("You are in the project {project}."),
            format!("当前项目是 {project}。"),
            format!("Вы в проекте {project}."),
        )
    }

    pub fn nowhere(self, all: &[Project]) -> String {
        let list = self.list(all, None);
        self.choose(
            format!("No project is chosen yet. {list}"),
            format!("还没有选择项目。{list}"),
            format!("Проект ещё не выбран. {list}"),
        )
    }

    pub fn switched(self, project: &Project) -> String {
        let project = called(project);
        self.choose(
            format!("Switched to the project {project}."),
            format!("已切换到项目 {project}。"),
            format!("Переключено на проект {project}."),
        )
    }

    pub fn already(self, project: &Project) -> String {
        let project = called(project);
        self.choose(
            format!("You are in the project {project} already."),
            format!("你已经在项目 {project} 中了。"),
            format!("Вы уже в проекте {project}."),
        )
    }

    pub fn where_to(self, all: &[Project]) -> String {
        let list = self.list(all, None);
        self.choose(
            format!("To which project? {list}"),
            format!("要切换到哪个项目？{list}"),
            format!("На какой проект? {list}"),
        )
    }

    pub fn which(self, name: &str, several: &[&Project]) -> String {
        let (name, list) = (short(name), self.lines(several.iter().copied(), None));
        self.choose(
            format!("“{name}” can be several projects. Say which one, best by the id in brackets:\n{list}"),
            format!("“{name}”可能指多个项目，请用括号中的 id 说明是哪一个：\n{list}"),
            format!("«{name}» подходит к нескольким проектам. Уточните, лучше по идентификатору в скобках:\n{list}"),
        )
    }

    pub fn unknown(self, name: &str, all: &[Project]) -> String {
        let (name, list) = (short(name), self.list(all, None));
        self.choose(
            format!("There is no project “{name}”. {list}"),
            format!("没有名为“{name}”的项目。{list}"),
            format!("Проекта «{name}» нет. {list}"),
        )
    }

    pub fn created(self, project: &Project) -> String {
        let project = called(project);
        self.choose(
            format!("Created the project {project} and switched to it."),
            format!("已创建项目 {project}，并切换到该项目。"),
            format!("Проект {project} создан, переключаюсь на него."),
        )
    }

    pub fn what_name(self) -> &'static str {
        match self.0 {
            Language::English => "What shall it be called? Say “create a new project named …”.",
            Language::Chinese => "项目叫什么名字？可以说“创建一个名为……的项目”。",
            Language::Russian => "Как его назвать? Скажите «создай проект под названием …».",
        }
    }

    pub fn taken(self, name: &str) -> String {
        let name = short(name);
        self.choose(
            format!("There is a project “{name}” already. Say “switch to the {name} project”, or choose another name."),
            format!("已经有名为“{name}”的项目。可以说“切换到{name}项目”，或者换一个名字。"),
            format!("Проект «{name}» уже есть. Скажите «переключись на проект {name}» или выберите другое название."),
        )
    }

    pub fn no_name(self, name: &str, why: &str) -> String {
        let name = short(name);
        self.choose(
            format!("A project cannot be called “{name}” ({why}). Choose another name."),
            format!("项目不能叫“{name}”（{why}）。请换一个名字。"),
            format!("Проект нельзя назвать «{name}» ({why}). Выберите другое название."),
        )
    }

    pub fn may_not_create(self) -> &'static str {
        match self.0 {
            Language::English => {
                "You may not create projects here. Ask an owner of the organization to create it, or to make you one."
            }
            Language::Chinese => "你没有在这里创建项目的权限，请联系组织的所有者。",
            Language::Russian => {
                "У вас нет права создавать здесь проекты. Попросите владельца организации создать его."
            }
        }
    }

    fn lines<'a>(
        self,
        projects: impl ExactSizeIterator<Item = &'a Project>,
        current: Option<&Project>,
    ) -> String {
        let left = projects.len().saturating_sub(LISTED);
        let here = self.choose(
            " (current)".to_owned(),
            "（当前）".to_owned(),
            " (текущий)".to_owned(),
        );
        let line = |project: &Project| {
            let is_current = current.is_some_and(|current| current.id == project.id);
            format!(
                "• {}{}",
                called(project),
                if is_current { here.as_str() } else { "" }
            )
        };
        let mut lines: Vec<String> = projects.take(LISTED).map(line).collect();
        if left > 0 {
            lines.push(self.choose(
                format!("… and {left} more"),
                format!("……还有 {left} 个"),
                format!("… и ещё {left}"),
            ));
        }
        lines.join("\n")
    }
}

/// Its name, and the id where that says more.
fn called(project: &Project) -> String {
    match project.name == project.slug {
        true => project.name.clone(),
        false => format!("{} ({})", project.name, project.slug),
    }
}

fn short(name: &str) -> String {
    match name.char_indices().nth(REPEATED) {
        Some((at, _)) => format!("{}…", name.get(..at).unwrap_or_default()),
        None => name.to_owned(),
    }
}
