//! The gateway ("Gateway", "Opcodes and Status Codes"): one connection over which Discord tells what happens. A session
//! outlives its connections: whoever knows its id and how far it was read goes on where that was.

mod missed;
mod session;

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use url::Url;

pub(super) use self::missed::missed;
use self::session::Session;
use super::api::{Bot, Fault, Route};
use super::message::{self, Listener};
use super::settings::{self, Application, BotToken, Configuration, Hears};
use super::{IDENTIFY, interaction};
use crate::callback::Event;
use crate::driver::BoundChannel;
use crate::poll::{Cursor, PollError, Update};
use crate::stream::{Dial, Ending, Said, Talk};

/// `GUILDS`, `GUILD_MESSAGES`, `DIRECT_MESSAGES`; and `MESSAGE_CONTENT`, which takes the owner's word at Discord.
const INTENTS: u64 = 1 | 1 << 9 | 1 << 12;
const MESSAGE_CONTENT: u64 = 1 << 15;
/// The longest wait that Discord may ask for before another session.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
/// How often a beat may be, whatever Discord says.
const BEATS: std::ops::RangeInclusive<u64> = 100..=600_000;

/// What a bot without the intent hears less, and what to do.
const NO_CONTENT: &str = "Discord gives this bot no texts of server messages that do not mention it: switch \"Message Content Intent\" on \
     at discord.com/developers/applications under Bot, Privileged Gateway Intents, then restart the agent. Direct \
     messages and messages that mention the bot are answered.";

#[derive(Deserialize)]
struct Where {
    url: Url,
    session_start_limit: Option<Starts>,
}

#[derive(Deserialize)]
struct Starts {
    remaining: Option<u64>,
    reset_after: Option<u64>,
}

/// Where to connect: to the session that the cursor tells of, or to a new one.
pub(super) async fn dial(
    bot: &Bot<'_>,
    channel: &BoundChannel,
    cursor: Option<&Cursor>,
) -> Result<Dial, PollError> {
    let configuration = settings::configuration(channel).ok_or_else(|| PollError::Later {
        after: None,
        what: "the channel's configuration cannot be read".to_owned(),
    })?;
    let session = cursor.and_then(|cursor| Session::read(cursor, configuration.bot_id.as_deref()));
    let wants_content = configuration.hears == Hears::Everything;
    if let Some(session) = session.clone().filter(Session::is_resumable)
        && let Some(url) = session.address()
    {
        return Ok(Dial {
            url,
            wait: Duration::ZERO,
            note: note(wants_content && !session.has_content),
            talk: Box::new(Conversation::new(bot, &configuration, session, 0)),
        });
    }
    let application: Application = bot.get(&Route::Application).await.map_err(failed)?;
    let found: Where = bot.get(&Route::Gateway).await.map_err(failed)?;
    // What was refused a moment ago is not asked for again.
    let was_refused = session.as_ref().is_some_and(Session::was_refused_content);
    let has_content = wants_content && application.has_message_content() && !was_refused;
    let mut wait = bot.identify_in(IDENTIFY);
    let starts = found.session_start_limit;
    if let Some(Starts {
        remaining: Some(0),
        reset_after,
    }) = starts
    {
        let asked = Duration::from_millis(reset_after.unwrap_or(60_000)).min(LONGEST);
        wait = wait.max(asked);
    }
    let intents = match has_content {
        true => INTENTS | MESSAGE_CONTENT,
        false => INTENTS,
    };
    let since = session.and_then(|session| session.since);
    let session = Session::new(has_content, since);
    Ok(Dial {
        url: session::versioned(found.url),
        wait,
        note: note(wants_content && !has_content),
        talk: Box::new(Conversation::new(bot, &configuration, session, intents)),
    })
}

fn listener(configuration: &Configuration) -> Listener {
    Listener {
        bot_id: configuration.bot_id.clone().unwrap_or_default(),
        only_mentions: configuration.hears == Hears::Mentions,
    }
}

fn note(is_deaf: bool) -> Option<String> {
    is_deaf.then(|| NO_CONTENT.to_owned())
}

fn failed(fault: Fault) -> PollError {
    let what = fault.what();
    match fault {
        Fault::Refused { status: 401, .. } => PollError::Expired { what },
        Fault::Refused { retry_after, .. } => PollError::Later {
            after: retry_after,
            what,
        },
        Fault::Limited(after) => PollError::Later {
            after: Some(after),
            what,
        },
        Fault::Http(_) | Fault::Strange(_) => PollError::Later { after: None, what },
    }
}

/// One connection's side of the gateway.
struct Conversation {
    token: BotToken,
    listener: Listener,
    /// What a new session asks for; of one that is resumed, nothing.
    intents: u64,
    session: Session,
    /// The sequence of the last update that was handed out.
    told: u64,
    /// Whether the last beat was answered.
    is_acknowledged: bool,
    /// Whether the session goes on over this connection.
    is_live: bool,
    /// When the session was last heard, this one or the one before it.
    heard_at: Option<DateTime<Utc>>,
}

/// A frame without what it brings, which is read where it is of interest: some are large.
#[derive(Deserialize)]
struct Frame {
    op: u64,
    s: Option<u64>,
    t: Option<String>,
}

#[derive(Deserialize)]
struct Brings<T> {
    d: T,
}

#[derive(Deserialize)]
struct Hello {
    heartbeat_interval: u64,
}

#[derive(Deserialize)]
struct Ready {
    session_id: String,
    resume_gateway_url: Option<Url>,
    user: Option<Identified>,
}

#[derive(Deserialize)]
struct Identified {
    id: String,
}

impl Conversation {
    fn new(
        bot: &Bot<'_>,
        configuration: &Configuration,
        mut session: Session,
        intents: u64,
    ) -> Self {
        let heard_at = session.since;
        if session.is_resumable() {
            session.since = None;
        }
        Self {
            token: bot.token().clone(),
            listener: listener(configuration),
            intents,
            told: session.sequence,
            heard_at,
            session,
            is_acknowledged: true,
            is_live: false,
        }
    }

    /// Identifies, or resumes what there is.
    fn greeting(&self) -> String {
        let token = self.token.expose();
        let greeting = match self.session.is_resumable() {
            true => json!({ "op": 6, "d": {
                "token": token, "session_id": self.session.id, "seq": self.session.sequence
            } }),
            false => json!({ "op": 2, "d": {
                "token": token, "intents": self.intents,
                "properties": { "os": std::env::consts::OS, "browser": "cloister", "device": "cloister" }
            } }),
        };
        greeting.to_string()
    }

    fn heartbeat(&self) -> Said {
        let sequence = (self.session.sequence > 0).then_some(self.session.sequence);
        Said::Send(json!({ "op": 1, "d": sequence }).to_string())
    }

    fn hello(&mut self, frame: &str) -> Vec<Said> {
        let Ok(hello) = brought::<Hello>(frame) else {
            return strange("a greeting without its interval");
        };
        let every = hello.heartbeat_interval.clamp(*BEATS.start(), *BEATS.end());
        let every = Duration::from_millis(every);
        self.is_acknowledged = true;
        let first = every.mul_f64(f64::from(random()) / 255.0);
        vec![Said::Beat { first, every }, Said::Send(self.greeting())]
    }

    fn dispatch(&mut self, frame: &str, kind: &str, sequence: Option<u64>) -> Vec<Said> {
        self.session.sequence = self.session.sequence.max(sequence.unwrap_or(0));
        let event = match kind {
            "READY" => return self.ready(frame),
            "RESUMED" => {
                self.is_live = true;
                return vec![Said::Works];
            }
            "MESSAGE_CREATE" => self.read(frame, message::read),
            "INTERACTION_CREATE" => self.read(frame, |value, _| interaction::read(value)),
            _ => return Vec::new(),
        };
        vec![self.update(event)]
    }

    fn read(&self, frame: &str, read: impl Fn(&Value, &Listener) -> Event) -> Event {
        match brought::<Value>(frame) {
            Ok(value) => read(&value, &self.listener),
            Err(error) => message::bad(&json!(frame), &error.to_string()),
        }
    }

    fn ready(&mut self, frame: &str) -> Vec<Said> {
        let Ok(ready) = brought::<Ready>(frame) else {
            return strange("a session without its id");
        };
        let bot = ready.user.map(|user| user.id);
        // Until all of that is stored, the next session begins there as well.
        let missed = self.heard_at.map(|since| Said::Missed {
            since,
            cursor: Session::new(self.session.has_content, Some(since)).to_cursor(),
        });
        self.is_live = true;
        self.session
            .begun(ready.session_id, ready.resume_gateway_url, bot.clone());
        if let Some(bot) = bot {
            self.listener.bot_id = bot;
        }
        let begun = self.update(Event::Ignored {
            reason: "session_begun",
        });
        missed.into_iter().chain([begun, Said::Works]).collect()
    }

    /// An update behind which listening goes on at the last event that was heard.
    fn update(&mut self, event: Event) -> Said {
        self.told = self.session.sequence;
        Said::Update(Box::new(Update {
            event,
            cursor: self.session.to_cursor(),
            opens: None,
        }))
    }

    /// The session is gone: another one, after a while that Discord asks for.
    fn afresh(&self, why: &str) -> Ending {
        let after = Duration::from_millis(1_000 + 4_000 * u64::from(random()) / 255);
        Ending::Again {
            why: why.to_owned(),
            cursor: Some(Session::new(self.session.has_content, self.heard_at).to_cursor()),
            after,
        }
    }
}

impl Talk for Conversation {
    fn hear(&mut self, frame: &str) -> Vec<Said> {
        let Ok(head) = serde_json::from_str::<Frame>(frame) else {
            return strange("a frame that is not in the gateway's shape");
        };
        if self.is_live {
            self.heard_at = Some(Utc::now());
        }
        match head.op {
            0 => self.dispatch(frame, head.t.as_deref().unwrap_or_default(), head.s),
            1 => vec![self.heartbeat()],
            7 => ends(Ending::again("Discord asks to connect again")),
            9 => match brought::<bool>(frame) {
                Ok(true) => ends(Ending::again("Discord asks to resume the session again")),
                _ => ends(self.afresh("Discord has ended the session")),
            },
            10 => self.hello(frame),
            11 => {
                self.is_acknowledged = true;
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn beat(&mut self) -> Vec<Said> {
        if !self.is_acknowledged {
            return ends(Ending::again("Discord does not answer any more"));
        }
        self.is_acknowledged = false;
        let mut said = vec![self.heartbeat()];
        // What was heard and is of no interest need not be heard again.
        if self.session.is_resumable() && self.session.sequence > self.told {
            said.push(self.update(Event::Ignored {
                reason: "nothing_said",
            }));
        }
        said
    }

    fn closed(&mut self, code: Option<u16>) -> Ending {
        let stuck = |what: &str| Ending::Stuck {
            what: format!("Discord has closed the connection: {what}"),
        };
        match code {
            Some(4004) => Ending::Expired {
                what: "Discord does not take the bot's token any more (4004): reset it in the Developer Portal under \
                       Bot, and set the new one"
                    .to_owned(),
            },
            Some(4010) => stuck("it was told of a shard that is none (4010)"),
            Some(4011) => stuck(
                "the bot is on too many servers for one connection (4011), which this host does not split",
            ),
            Some(4012) => stuck("version 10 of the gateway is no more (4012); update this host"),
            Some(4013) => stuck("it knows nothing of what the bot asked for (4013); update this host"),
            Some(4014) if self.intents & MESSAGE_CONTENT != 0 => Ending::Again {
                why: NO_CONTENT.to_owned(),
                cursor: Some(Session::without_content(self.heard_at).to_cursor()),
                after: Duration::ZERO,
            },
            Some(4014) => stuck(
                "the bot may not have what it asked for (4014); look at Bot, Privileged Gateway Intents in the \
                 Developer Portal",
            ),
            Some(code @ (1000 | 1001 | 4003 | 4007 | 4009)) => {
                self.afresh(&format!("Discord has ended the session ({code})"))
            }
            Some(code) => Ending::again(format!("Discord has closed the connection ({code})")),
            None => Ending::again("the connection to Discord broke"),
        }
    }
}

fn brought<T: DeserializeOwned>(frame: &str) -> Result<T, serde_json::Error> {
    serde_json::from_str::<Brings<T>>(frame).map(|brings| brings.d)
}

fn ends(ending: Ending) -> Vec<Said> {
    vec![Said::Ends(ending)]
}

fn strange(what: &str) -> Vec<Said> {
    ends(Ending::again(format!("Discord sent {what}")))
}

/// Without randomness, waits are merely less spread.
fn random() -> u8 {
    let mut random = [127_u8; 1];
    let _ = getrandom::fill(&mut random);
    random[0]
}

#[cfg(test)]
mod tests;
