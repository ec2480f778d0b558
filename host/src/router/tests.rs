//! The description against the routes themselves, and against itself.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::*;

/// What is opened, or is no REST: everything else is described.
const NOT_DESCRIBED: [&str; 27] = [
    "get /",
    "get /sign-in",
    "post /sign-in",
    "post /sign-out",
    "get /invite/{token}",
    "post /invite/{token}",
    "get /sign-in/{token}",
    "post /sign-in/{token}",
    "post /sign-in/{token}/join",
    "get /account",
    "post /account",
    "post /account/join",
    "post /pair",
    "get /terms",
    "get /privacy",
    // Commands that there are not.
    "post /api/channels/{id}/commands/{command}",
    "get /chat/{channel}",
    "get /agents/{name}/live",
    "get /api/auth/session-login",
    "post /api/auth/session-login",
    "get /widget.js",
    "get /assets/{file}",
    "get /graphiql/{file}",
    "get /files/{token}/{name}",
    "get /openapi.json",
    "get /api/docs",
    "get /api/docs/rapidoc.js",
];

/// `get /healthz`, for each route. A router tells what it has to those who debug it, and to no one else.
fn routes() -> BTreeSet<String> {
    let told = format!("{:?}", tree());
    let (routes, rest) = told.split_once("node: Node { paths: {").unwrap();
    let (paths, _) = rest.split_once("\"} }").unwrap();
    let paths: BTreeMap<&str, &str> = entries(paths)
        .map(|(route, path)| (route, path.trim_matches(['"', ',', ' '])))
        .collect();
    let mut found = BTreeSet::new();
    for (route, methods) in entries(routes) {
        // A route that takes every method names none: there is none such here.
        let (_, methods) = methods.split_once("allow_header: Bytes(b\"").unwrap();
        let (methods, _) = methods.split_once('"').unwrap();
        let methods = methods.split(',').filter(|method| *method != "HEAD");
        // A rest of a path is described by its name.
        let path = paths[route].replace("{*", "{");
        found.extend(methods.map(|method| format!("{} {path}", method.to_lowercase())));
    }
    assert!(found.len() > 30, "{told}");
    found
}

/// `RouteId(1): …, RouteId(2): …`
fn entries(told: &str) -> impl Iterator<Item = (&str, &str)> {
    told.split("RouteId(")
        .skip(1)
        .map(|entry| entry.split_once("): ").unwrap())
}

/// The same, for each path of the description.
fn described() -> BTreeSet<String> {
    let document = serde_json::to_value(description()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let operations = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().keys();
        methods.map(move |method| format!("{method} {path}"))
    });
    operations.collect()
}

#[test]
fn every_route_is_described_and_nothing_else_is() {
    let mut routes = routes();
    for route in NOT_DESCRIBED {
        assert!(routes.remove(route), "{route} is not there any more");
    }
    routes.retain(|route| !route.starts_with("options ") && !route.ends_with(" /graphql"));
    assert_eq!(routes, described());
}

#[test]
fn no_two_families_describe_different_things_by_one_name() {
    let families = [
        rest::description(),
        web::description(),
        hooks::Description::openapi(),
        health::Description::openapi(),
    ];
    let mut schemas: BTreeMap<String, Value> = BTreeMap::new();
    let mut operations = BTreeSet::new();
    for family in families.map(|family| serde_json::to_value(family).unwrap()) {
        for (name, schema) in family["components"]["schemas"]
            .as_object()
            .into_iter()
            .flatten()
        {
            let other = schemas.insert(name.clone(), schema.clone());
            assert!(other.is_none_or(|other| other == *schema), "{name}");
        }
        for item in family["paths"].as_object().unwrap().values() {
            for (method, operation) in item.as_object().unwrap() {
                let id = operation["operationId"].to_string();
                assert!(operations.insert(id.clone()), "{method} {id}");
            }
        }
    }
}

#[test]
fn what_is_referred_to_is_there() {
    let document = serde_json::to_value(description()).unwrap();
    let mut left = vec![&document];
    while let Some(value) = left.pop() {
        match value {
            Value::Object(object) => {
                if let Some(Value::String(place)) = object.get("$ref") {
                    let place = place.strip_prefix('#').unwrap();
                    assert!(document.pointer(place).is_some(), "{place}");
                }
                left.extend(object.values());
            }
            Value::Array(list) => left.extend(list),
            _ => {}
        }
    }
}
