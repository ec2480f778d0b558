//! How GraphQL tells an error: its sentence, and its stable code in `extensions.code`; of a wrong value also the field.

use async_graphql::ErrorExtensions;

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
