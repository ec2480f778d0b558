//! What is sent to sign in, for its description. It is read field by field, so that what is wrong is told by its name.
#![expect(dead_code, reason = "these are described and never made")]

use utoipa::ToSchema;

/// Who signs in.
#[derive(ToSchema)]
#[schema(as = auth::Login)]
pub(super) struct Login {
    /// The address of the account, in any case.
    #[schema(min_length = 1, max_length = 254, example = "ada@example.org")]
    email: String,
    /// Its password.
    #[schema(min_length = 1, max_length = 1024, example = "correct horse battery")]
    password: String,
}

/// Who registers.
#[derive(ToSchema)]
#[schema(as = auth::Registration)]
pub(super) struct Registration {
    /// The secret part of the invite's link; also taken as `inviteToken` and `invite_token`.
    #[schema(max_length = 200, example = "inv_…")]
    invite: String,
    /// The address that was invited.
    #[schema(min_length = 1, max_length = 254, example = "ada@example.org")]
    email: String,
    /// At least 12 characters.
    #[schema(min_length = 12, max_length = 1024, example = "correct horse battery")]
    password: String,
    /// What one is called; else the first part of the address.
    #[schema(max_length = 100, example = "Ada")]
    name: Option<String>,
}
