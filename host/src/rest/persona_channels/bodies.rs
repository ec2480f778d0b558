//! The bodies that callers send: read field by field, so that all that is wrong is told at once, by its place.

use axum::extract::{FromRequest, Request};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::failure::{Failure, Wrong};
use crate::request::body::{self, JSON_LIMIT};

/// A JSON object.
pub(super) struct Body(Map<String, Value>);

/// What is read of a body, and what was found wrong on the way.
pub(super) struct Reading {
    object: Map<String, Value>,
    place: Vec<String>,
    wrong: Vec<Wrong>,
    /// Whether there is nothing to read, which was told already.
    is_missing: bool,
}

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &S) -> Result<Self, Failure> {
        let bytes = body::read(request, JSON_LIMIT).await?;
        let wrong = |kind, msg, input| {
            Failure::Body(vec![Wrong {
                kind,
                loc: vec!["body".to_owned()],
                msg,
                input,
            }])
        };
        if bytes.is_empty() {
            return Err(wrong("missing", "Field required", Value::Null));
        }
        match serde_json::from_slice(&bytes) {
            Ok(Value::Object(object)) => Ok(Self(object)),
            Ok(_) => Err(wrong(
                "dict_type",
                "Input should be a valid dictionary",
                Value::Null,
            )),
            Err(_) => Err(wrong("json_invalid", "JSON decode error", json!({}))),
        }
    }
}

impl Body {
    /// Begins to read it.
    pub(super) fn read(self) -> Reading {
        Reading {
            object: self.0,
            place: vec!["body".to_owned()],
            wrong: Vec::new(),
            is_missing: false,
        }
    }
}

impl Reading {
    /// A text that has to be there.
    pub(super) fn text(&mut self, name: &str) -> String {
        match self.object.get(name) {
            None => {
                self.complain(name, "missing", "Field required", json!({}));
                String::new()
            }
            Some(Value::String(text)) => text.clone(),
            Some(_) => {
                self.not_text(name);
                String::new()
            }
        }
    }

    /// A text that may be left out, or be null.
    pub(super) fn text_if_any(&mut self, name: &str) -> Option<String> {
        match self.object.get(name) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text.clone()).filter(|text| !text.is_empty()),
            Some(_) => {
                self.not_text(name);
                None
            }
        }
    }

    /// An object that has to be there; what is wrong with it is to be taken back by [`Reading::back`].
    pub(super) fn object(&mut self, name: &str) -> Reading {
        let mut place = self.place.clone();
        place.push(name.to_owned());
        let object = match self.object.get(name) {
            Some(Value::Object(object)) => object.clone(),
            None => {
                self.complain(name, "missing", "Field required", json!({}));
                return Reading::nothing(place);
            }
            Some(_) => {
                let msg = "Input should be a valid dictionary";
                self.complain(name, "dict_type", msg, Value::Null);
                return Reading::nothing(place);
            }
        };
        Reading {
            object,
            place,
            wrong: Vec::new(),
            is_missing: false,
        }
    }

    /// The same that may be left out.
    pub(super) fn object_if_any(&mut self, name: &str) -> Option<Reading> {
        match self.object.get(name) {
            None | Some(Value::Null) => None,
            Some(_) => Some(self.object(name)),
        }
    }

    /// Takes over what was found wrong within.
    pub(super) fn back(&mut self, inner: Reading) {
        if !inner.is_missing {
            self.wrong.extend(inner.wrong);
        }
    }

    /// The end: nothing may be wrong.
    pub(super) fn done(self) -> Result<(), Failure> {
        match self.wrong.is_empty() {
            true => Ok(()),
            false => Err(Failure::Body(self.wrong)),
        }
    }

    fn nothing(place: Vec<String>) -> Reading {
        Reading {
            object: Map::new(),
            place,
            wrong: Vec::new(),
            is_missing: true,
        }
    }

    fn not_text(&mut self, name: &str) {
        self.complain(
            name,
            "string_type",
            "Input should be a valid string",
            Value::Null,
        );
    }

    /// What was sent is not told again, though FastAPI would: it may hold a token.
    fn complain(&mut self, name: &str, kind: &'static str, msg: &'static str, input: Value) {
        let mut loc = self.place.clone();
        loc.push(name.to_owned());
        // A field that is read twice is wrong once.
        if self.wrong.iter().any(|wrong| wrong.loc == loc) {
            return;
        }
        self.wrong.push(Wrong {
            kind,
            loc,
            msg,
            input,
        });
    }
}

/// A channel to add.
#[derive(Deserialize, ToSchema)]
#[schema(as = persona_channels::NewChannel)]
#[expect(dead_code, reason = "read field by field, above")]
pub(super) struct NewChannel {
    /// `telegram` or `discord`.
    #[schema(example = "telegram")]
    kind: String,
    /// What the provider gave.
    credentials: Credentials,
}

/// What a provider gave.
#[derive(Deserialize, ToSchema)]
#[schema(as = persona_channels::Credentials)]
#[expect(dead_code, reason = "read field by field, above")]
pub(super) struct Credentials {
    /// The bot's token.
    #[schema(example = "123456789:AAabcdefghijklmnopqrstuvwxyz0123456")]
    token: String,
}

/// A code to claim.
#[derive(Deserialize, ToSchema)]
#[schema(as = persona_channels::Pairing)]
#[expect(dead_code, reason = "read field by field, above")]
pub(super) struct Pairing {
    /// The code that was shown on the channel, in any case.
    #[schema(example = "AB12CD")]
    code: String,
}

/// Something to say.
#[derive(Deserialize, ToSchema)]
#[schema(as = persona_channels::Saying)]
#[expect(dead_code, reason = "read field by field, above")]
pub(super) struct Saying {
    /// What to say.
    #[schema(example = "good morning")]
    message: String,
}

/// A persona to make.
#[derive(Deserialize, ToSchema)]
#[schema(as = persona_channels::NewPersona)]
#[expect(dead_code, reason = "read field by field, above")]
pub(super) struct NewPersona {
    /// Its name: letters, digits, `-` and `_`.
    #[schema(example = "adam")]
    name: String,
    /// What it thinks with: kept in the agent's configuration, under `thinking`, for its module to read.
    thinking_model: String,
    /// Where that is.
    thinking_url: Option<String>,
    /// Whose it is.
    thinking_provider: Option<String>,
    /// The module that it runs, by its digest; left out, the built-in one.
    module: Option<String>,
    /// The token of a Telegram bot.
    telegram_token: Option<String>,
    /// The token of a Discord bot.
    discord_token: Option<String>,
}

/// What to change of a persona.
#[derive(Deserialize, ToSchema)]
#[schema(as = persona_channels::Changes)]
#[expect(dead_code, reason = "read field by field, above")]
pub(super) struct Changes {
    /// `active`, `hibernate` or `sick`.
    #[schema(example = "active")]
    status: Option<String>,
    /// What it thinks with.
    #[schema(value_type = Option<Object>)]
    thinking: Option<Value>,
}
