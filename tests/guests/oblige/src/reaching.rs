//! Requests to the outside.

use std::time::Duration;

use cloister_guest::Context;
use cloister_guest::http::{Problem, Request};

/// Makes one (`fetch METHOD URL NAME=VALUE&… BODY`), or what else there is to see; what came of it.
pub fn reach(context: &Context, how: &str, rest: &str) -> String {
    let told = match how {
        "fetches" => over_and_over(context, rest),
        "flood" => flood(context, rest),
        "order" => look_and_order(context, rest),
        "orders" => order(context, rest),
        "secrets" => list(context),
        "wait" => wait(context, rest),
        _ => fetch(context, rest),
    };
    told.unwrap_or_else(|Problem { cause, message }| format!("{cause:?}: {message}"))
}

/// The status, the header `x-told` if there is one, and the body.
fn fetch(context: &Context, rest: &str) -> Result<String, Problem> {
    let mut words = rest.splitn(4, ' ');
    let mut next = || words.next().unwrap_or_default();
    let (method, url, headers, body) = (next(), next(), next(), next());
    let mut request = Request::new(method, url);
    for (name, value) in headers.split('&').filter_map(|pair| pair.split_once('=')) {
        request = request.header(name, value.replace('+', " "));
    }
    // A long body is made here: `x*4096`.
    let long = body.strip_prefix("x*").and_then(|count| count.parse().ok());
    request.body = long
        .map_or(body.to_owned(), |count| "x".repeat(count))
        .into();
    let response = context.http().send(&request)?;
    let told = response
        .header_text("x-told")
        .map(|told| format!("[{told}] "));
    Ok(format!(
        "{} {}{}",
        response.status,
        told.unwrap_or_default(),
        response.text()
    ))
}

/// The same request so often (`fetches COUNT URL`); the last answer.
fn over_and_over(context: &Context, rest: &str) -> Result<String, Problem> {
    let (count, url) = rest.split_once(' ').unwrap_or((rest, ""));
    let mut answer = String::new();
    for _ in 0..count.parse().unwrap_or(1_u8) {
        answer = context.http().get(url)?.text();
    }
    Ok(answer)
}

/// So many orders, one after the other (`orders COUNT URL`); all answers.
fn order(context: &Context, rest: &str) -> Result<String, Problem> {
    let (count, url) = rest.split_once(' ').unwrap_or((rest, ""));
    let mut answers = Vec::new();
    for number in 0..count.parse().unwrap_or(1_u8) {
        let mut request = Request::new("POST", url);
        request.body = number.to_string().into();
        answers.push(context.http().send(&request)?.text());
    }
    Ok(answers.join(", "))
}

/// One order, after a look (`order URL`).
fn look_and_order(context: &Context, url: &str) -> Result<String, Problem> {
    context.http().get(url)?;
    order(context, &format!("1 {url}"))
}

/// One after the other until one is too many.
fn flood(context: &Context, url: &str) -> Result<String, Problem> {
    for made in 0..200 {
        if let Err(problem) = context.http().get(url) {
            return Ok(format!("{made}, then {:?}", problem.cause));
        }
    }
    Ok("no end".to_owned())
}

/// Waits for as long as it has to, and then no longer than a moment.
fn wait(context: &Context, url: &str) -> Result<String, Problem> {
    let told = |request: &Request| match context.http().send(request) {
        Ok(response) => response.status.to_string(),
        Err(problem) => format!("{:?}", problem.cause),
    };
    let request = Request::get(url);
    let moment = request.clone().timeout(Duration::from_millis(50));
    Ok(format!("{}, {}", told(&request), told(&moment)))
}

fn list(context: &Context) -> Result<String, Problem> {
    let secrets = context.secrets().entries();
    let lines = secrets.into_iter().flatten().map(|secret| {
        format!(
            "{} {} {}",
            secret.name,
            secret.placeholder,
            secret.hosts.join(",")
        )
    });
    Ok(lines.collect::<Vec<_>>().join("; "))
}
