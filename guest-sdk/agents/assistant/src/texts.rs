//! What the assistant says without a model, in the script in which it was spoken to: English, Chinese or Russian.

use cloister_guest::model::Cause;

/// What there is to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text {
    /// There is no model to ask.
    NotConfigured,
    /// The owner has not granted one.
    Denied,
    /// All that may be used today is used.
    Limit,
    /// The model does not answer now.
    Later,
    /// The model's provider refuses.
    Refused,
    /// There is no answer in what the model said.
    Nothing,
}

impl Text {
    /// What to say of a problem.
    pub fn for_cause(cause: Cause) -> Text {
        match cause {
            Cause::NotConfigured => Text::NotConfigured,
            Cause::Denied => Text::Denied,
            Cause::Limit => Text::Limit,
            Cause::RateLimited | Cause::TimedOut | Cause::Cut | Cause::Unavailable => Text::Later,
            Cause::Invalid | Cause::Failed | Cause::Malformed | Cause::Other => Text::Refused,
        }
    }
}

/// A sentence in the script of what was said.
pub fn of(said: &str, text: Text) -> &'static str {
    let [english, chinese, russian] = match text {
        Text::NotConfigured => [
            "I have no language model to think with yet: an admin of this project sets one up with `createProvider`, or \
             whoever runs this host sets CLOISTER_MODEL_URL, CLOISTER_MODEL_NAME and CLOISTER_MODEL_KEY.",
            "我还没有可以使用的语言模型：请项目管理员用 `createProvider` 设置一个，或由运行本主机的人设置 CLOISTER_MODEL_URL、\
             CLOISTER_MODEL_NAME 和 CLOISTER_MODEL_KEY。",
            "У меня пока нет языковой модели: администратор проекта подключает её через `createProvider`, либо тот, кто \
             запускает этот хост, задаёт CLOISTER_MODEL_URL, CLOISTER_MODEL_NAME и CLOISTER_MODEL_KEY.",
        ],
        Text::Denied => [
            "My owner has not let me use a language model yet: an admin of this project allows it with `allowCapability` and \
             `model`.",
            "我的所有者还没有允许我使用语言模型：请项目管理员用 `allowCapability` 授予 `model`。",
            "Владелец ещё не разрешил мне языковую модель: администратор проекта разрешает её через `allowCapability` и \
             `model`.",
        ],
        Text::Limit => [
            "I have used up what I may use of the language model today; please come back tomorrow.",
            "我今天可用的语言模型额度已经用完，请明天再来。",
            "На сегодня мой лимит обращений к языковой модели исчерпан; возвращайтесь, пожалуйста, завтра.",
        ],
        Text::Later => [
            "The language model does not answer right now; please try again in a moment.",
            "语言模型暂时没有响应，请稍后再试。",
            "Языковая модель сейчас не отвечает; попробуйте, пожалуйста, чуть позже.",
        ],
        Text::Refused => [
            "The language model refused to answer; my owner finds the reason in my log.",
            "语言模型拒绝回答；原因记录在我的日志中，所有者可以查看。",
            "Языковая модель отказалась отвечать; причину владелец найдёт в моём журнале.",
        ],
        Text::Nothing => [
            "I have no answer to that.",
            "这个问题我无法回答。",
            "На это у меня нет ответа.",
        ],
    };
    match script(said) {
        Script::Han => chinese,
        Script::Cyrillic => russian,
        Script::Other => english,
    }
}

enum Script {
    Han,
    Cyrillic,
    Other,
}

/// The script of most letters.
fn script(text: &str) -> Script {
    let (mut han, mut cyrillic, mut other) = (0, 0, 0);
    for c in text.chars().filter(|c| c.is_alphabetic()) {
        match c {
            '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{323af}' => han += 1,
            '\u{400}'..='\u{52f}' => cyrillic += 1,
            _ => other += 1,
        }
    }
    if han > 0 && han >= cyrillic && 3 * han >= other {
        Script::Han
    } else if cyrillic > other {
        Script::Cyrillic
    } else {
        Script::Other
    }
}
