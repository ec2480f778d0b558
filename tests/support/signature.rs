//! Signatures, checked by code that is not the host's: RustCrypto called from here, the document's own JavaScript, and the
//! library of Standard Webhooks for Python.

use std::ffi::OsStr;
use std::io::Write;
use std::process::{Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::callback::Received;
use crate::python;

/// The published snippet, with the request on standard input.
const NODE: &str = r#"
const crypto = require("crypto");
function verifySignature(body, signature, secret) {
  const expected = crypto.createHmac("sha256", secret).update(body).digest("hex");
  return crypto.timingSafeEqual(Buffer.from(signature), Buffer.from(expected));
}
const body = require("fs").readFileSync(0);
process.exit(verifySignature(body, process.argv[1], process.argv[2]) ? 0 : 1);
"#;

/// The library's own check, time included.
const PYTHON: &str = r#"
import sys
from standardwebhooks.webhooks import Webhook
secret, identity, timestamp, signature = sys.argv[1:]
headers = {"webhook-id": identity, "webhook-timestamp": timestamp, "webhook-signature": signature}
Webhook(secret).verify(sys.stdin.read(), headers)
"#;

/// Fails the test unless both of a delivery's signatures are good by all three.
pub fn check(delivery: &Received, secret: &str) {
    let hex = hex::encode(hmac(secret.as_bytes(), &delivery.body));
    assert_eq!(delivery.header("x-webhook-signature"), hex);

    let (id, timestamp) = (
        delivery.header("webhook-id"),
        delivery.header("webhook-timestamp"),
    );
    let signature = delivery.header("webhook-signature");
    let signed = [
        id.as_bytes(),
        b".",
        timestamp.as_bytes(),
        b".",
        &delivery.body,
    ]
    .concat();
    let encoded = secret.strip_prefix("whsec_").expect("a secret's prefix");
    let key = STANDARD.decode(encoded).expect("base64 after the prefix");
    let expected = format!("v1,{}", STANDARD.encode(hmac(&key, &signed)));
    assert!(
        signature.split(' ').any(|one| one == expected),
        "{signature} is not {expected}"
    );

    let node = ["-e", NODE, delivery.header("x-webhook-signature"), secret];
    assert!(
        ask("node", &node, &delivery.body),
        "the document's own check refuses {delivery:?}"
    );
    let python = ["-c", PYTHON, secret, id, timestamp, signature];
    assert!(
        ask(python::program("python"), &python, &delivery.body),
        "the library of Standard Webhooks refuses {delivery:?}"
    );
}

fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length");
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

/// Whether the program accepts.
fn ask(program: impl AsRef<OsStr>, arguments: &[&str], input: &[u8]) -> bool {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null());
    let mut child = command.spawn().expect("scripts/setup-tests installs it");
    child
        .stdin
        .take()
        .expect("a pipe")
        .write_all(input)
        .expect("it reads");
    child.wait().expect("it ends").success()
}
