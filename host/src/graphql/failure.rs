//! How GraphQL tells an error: its sentence, and its stable code in `extensions.code`; of a wrong value also the field.
//! `docs/ERRORS.md` lists the codes.

use async_graphql::{ErrorExtensions, Pos, ServerError};

use crate::error::Error;

/// An error on its way to a caller.
pub(super) fn told(error: Error) -> async_graphql::Error {
    error.report("graphql");
    async_graphql::Error::new(error.to_string()).extend_with(|_, extensions| {
        extensions.set("code", error.code());
        if let Error::Invalid { field, .. } = &error {
            extensions.set("field", field.as_str());
        }
    })
}

/// The same of a service that names fields as REST spells them: `webhook_url` is `webhookUrl` here.
pub(super) fn told_of_input(error: Error) -> async_graphql::Error {
    told(match error {
        Error::Invalid { field, why } => Error::Invalid {
            field: camel(&field),
            why,
        },
        error => error,
    })
}

fn camel(field: &str) -> String {
    let mut words = field.split('_');
    let mut name = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    name
}

/// An error about a request as a whole.
pub(super) fn about_all(error: Error) -> ServerError {
    let mut error = told(error).into_server_error(Pos::default());
    error.locations.clear();
    error
}

/// An error about a request as a whole that no service knows.
pub(super) fn refused(code: &str, message: impl Into<String>) -> ServerError {
    let mut error = ServerError::new(message, None);
    set_code(&mut error, code);
    error
}

/// Gives errors that the library made their codes.
pub(super) fn code_all(errors: &mut [ServerError]) {
    for error in errors {
        let known =
            |extensions: &async_graphql::ErrorExtensionValues| extensions.get("code").is_some();
        if error.extensions.as_ref().is_some_and(known) {
            continue;
        }
        let code = match error.message.as_str() {
            "Query is nested too deep." => "query_too_deep",
            "Query is too complex." => "query_too_complex",
            // Of an argument that could not be read when its field was resolved.
            _ if !error.path.is_empty() => "invalid",
            _ => "validation_failed",
        };
        if code == "query_too_complex" {
            error
                .message
                .push_str(" A list counts as often as its page has rows: ask for smaller pages.");
        }
        set_code(error, code);
    }
}

fn set_code(error: &mut ServerError, code: &str) {
    error.extensions.get_or_insert_default().set("code", code);
}
