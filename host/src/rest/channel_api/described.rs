//! The description of the command endpoints, made of the table of commands.

use serde_json::json;
use utoipa::openapi::path::{
    HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn, PathItem, PathsBuilder,
};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{
    ArrayBuilder, Components, KnownFormat, ObjectBuilder, SchemaFormat, SchemaType, Type,
};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{
    ContentBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, Required, ResponseBuilder,
};
use utoipa::{IntoResponses, PartialSchema, ToSchema};

use super::commands::paths;
use super::failure::Failure;
use super::wire::{AgentShown, KeyShown, LinkShown, Replies};
use crate::commands::{Argument, Command, Kind, table};

/// What is described here.
pub(super) fn description() -> OpenApi {
    let mut all = PathsBuilder::new();
    for command in table() {
        for path in paths(command) {
            let item = PathItem::new(HttpMethod::Post, operation(command, &path));
            all = all.path(path, item);
        }
    }
    let mut components = Components::new();
    let schemas = [
        (AgentShown::name(), AgentShown::schema()),
        (LinkShown::name(), LinkShown::schema()),
        (KeyShown::name(), KeyShown::schema()),
        (Replies::name(), Replies::schema()),
    ];
    for (name, schema) in schemas {
        components.schemas.insert(name.into_owned(), schema);
    }
    OpenApiBuilder::new()
        .paths(all.build())
        .components(Some(components))
        .build()
}

fn operation(command: &Command, path: &str) -> OperationBuilder {
    let (_, own) = path.rsplit_once("}/").unwrap_or(("", path));
    let id = own.replace('/', "_");
    let parameter = ParameterBuilder::new()
        .name("id")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some("The channel's id"))
        .schema(Some(text(64)))
        .example(Some(json!("ch_0192f0c1b2a37d4e8f90a1b2c3d4e5f6")));
    let body = RequestBodyBuilder::new()
        .required(Some(Required::True))
        .content(
            "application/json",
            ContentBuilder::new().schema(Some(body(command))).build(),
        );
    let mut operation = OperationBuilder::new()
        .tag("Channel API")
        .operation_id(Some(format!("channel_api_{id}")))
        .summary(Some(format!("Runs `{}`", command.usage())))
        .description(Some(format!("It {}.", command.summary)))
        .parameter(parameter)
        .request_body(Some(body.build()))
        .response("200", answer(command))
        .security(SecurityRequirement::new("channel_key", [""; 0]));
    for (status, failure) in Failure::responses() {
        operation = operation.response(status, failure);
    }
    operation
}

fn answer(command: &Command) -> RefOr<utoipa::openapi::Response> {
    let name = match command.routes.first() {
        Some(&"getlink") => LinkShown::name(),
        Some(&"getwallet") => KeyShown::name(),
        _ => Replies::name(),
    };
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(name)));
    let answer = ResponseBuilder::new()
        .description("What it answers")
        .content("application/json", content.build());
    RefOr::T(answer.build())
}

/// The fields that all commands take, and those of this one.
fn body(command: &Command) -> ObjectBuilder {
    let mut body = ObjectBuilder::new()
        .property("externalUserId", text(256))
        .required("externalUserId")
        .property("displayName", text(200))
        .property("messageId", text(256))
        .property("isGroup", of_type(Type::Boolean))
        .property("groupExternalId", text(256))
        .property("groupName", text(200))
        .property("participants", ArrayBuilder::new());
    for argument in command.arguments {
        let (name, others) = argument.names.split_first().unwrap_or((&"", &[]));
        body = body.property(*name, field(argument, others));
        // Any of the spellings will do: none is required by itself.
        if argument.is_required && others.is_empty() {
            body = body.required(*name);
        }
        for other in others {
            body = body.property(*other, field(argument, &[]));
        }
    }
    body
}

fn field(argument: &Argument, others: &[&str]) -> ObjectBuilder {
    let is_required = if argument.is_required && !others.is_empty() {
        "Required; also taken as "
    } else {
        "Also taken as "
    };
    let about = (!others.is_empty()).then(|| format!("{is_required}`{}`.", others.join("`, `")));
    let field = match argument.kind {
        Kind::Amount => {
            of_type(Type::Number).format(Some(SchemaFormat::KnownFormat(KnownFormat::Double)))
        }
        Kind::Text => text(65_536),
        Kind::Agent => text(200),
        Kind::Repository => text(2_048),
    };
    field.description(about)
}

fn text(longest: usize) -> ObjectBuilder {
    of_type(Type::String).max_length(Some(longest))
}

fn of_type(kind: Type) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::new(kind))
}
