//! Using tools.

use cloister_guest::Context;
use cloister_guest::tools::Problem;

/// Lists them (`tools`), calls one (`use NAME ARGUMENTS`), or calls it over and over (`uses COUNT NAME ARGUMENTS`), or
/// one after another (`both NAME NAME ARGUMENTS`); what came of
/// it.
pub fn using(context: &Context, how: &str, rest: &str) -> String {
    match how {
        "tools" => list(context).unwrap_or_else(told),
        "uses" => {
            let (count, rest) = rest.split_once(' ').unwrap_or((rest, ""));
            let count = count.parse().unwrap_or(1);
            let all: Vec<String> = (0..count).map(|_| call(context, rest)).collect();
            all.join(", ")
        }
        "both" => {
            let mut words = rest.splitn(3, ' ');
            let mut word = || words.next().unwrap_or_default();
            let (first, second, arguments) = (word(), word(), word());
            let all = [first, second].map(|name| call(context, &format!("{name} {arguments}")));
            all.join(", ")
        }
        _ => call(context, rest),
    }
}

fn list(context: &Context) -> Result<String, Problem> {
    let catalogue = context.tools().all()?;
    let tools = catalogue.tools.into_iter().map(|tool| {
        let mark = if tool.needs_approval { "?" } else { "" };
        format!("{}{mark}", tool.name)
    });
    let absent = catalogue
        .absent
        .into_iter()
        .map(|absence| format!("no {}: {}", absence.name, told(absence.problem)));
    Ok(tools.chain(absent).collect::<Vec<_>>().join("\n"))
}

fn call(context: &Context, rest: &str) -> String {
    let (name, arguments) = rest.split_once(' ').unwrap_or((rest, "{}"));
    match context.tools().call(name, arguments) {
        Ok(outcome) => {
            let text = outcome
                .text
                .map(|text| format!(" ({text})"))
                .unwrap_or_default();
            format!("{}{text}", outcome.content)
        }
        Err(problem) => told(problem),
    }
}

fn told(Problem { cause, message }: Problem) -> String {
    let cause = format!("{cause:?}").replace("Cause::", "");
    format!("{cause}: {message}")
}
