//! Drivers of messaging platforms: they check what an owner configured, verify and parse what a platform sends, split
//! what an agent says and bring it there. This crate knows no database, no HTTP client and no web server: the host hands
//! it an [`Http`], bytes and settings, and translates its types.
//!
//! A channel kind is one driver file, which owns the shape of its settings and credential, and one line in the
//! [`Registry`]. The modules in reading order:

pub mod callback;
pub mod driver;
pub mod http;
pub mod kind;
pub mod message;
pub mod poll;
pub mod registry;
pub mod scan;
pub mod secret;

pub mod signature;
pub mod split;

pub mod telegram;
pub mod web;
pub mod webhook;
pub mod wechat;

#[cfg(test)]
mod conformance;

pub use callback::{
    Callback, CallbackAnswer, CallbackError, Called, Event, Heard, HeardAttachment,
};
pub use driver::{BoundChannel, Driver, SendError, Settings, SettingsError};
pub use http::{ANSWER, Headers, Http, HttpError, Method, Request, Response};
pub use kind::{Kind, UnknownKind};
pub use message::{AttachmentSource, Outbound, OutboundAttachment, Receipt, Sign, Target, Window};
pub use poll::{Cursor, Opening, PollError, Polled, Update};
pub use registry::{Moved, Registry};
pub use scan::{Code, Looked, Scan, ScanError, Scanned};
pub use secret::Secret;
pub use split::{TextLimit, TextUnit};
