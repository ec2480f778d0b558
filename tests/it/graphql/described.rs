//! The schema tells what everything is.

use serde_json::{Value, json};
use tests::App;

const QUERY: &str = "{ __schema { types { name kind description
    fields(includeDeprecated: true) { name description args { name description } }
    inputFields { name description } enumValues(includeDeprecated: true) { name description } } } }";

#[tokio::test]
async fn every_type_field_and_argument_is_described() {
    let app = App::start().await;
    let data = super::ask(&app, QUERY, json!({})).await;
    let mut silent = Vec::new();
    let types = list(&data["__schema"]["types"]);
    assert!(types.len() > 40, "{}", types.len());
    for of in types.iter().filter(|of| !name(of).starts_with("__")) {
        let mut look = |path: String, what: &Value| {
            if what["description"]
                .as_str()
                .is_none_or(|text| text.trim().is_empty())
            {
                silent.push(path);
            }
        };
        look(name(of), of);
        for part in ["fields", "inputFields", "enumValues"] {
            for field in list(&of[part]) {
                look(format!("{}.{}", name(of), name(field)), field);
                for argument in list(&field["args"]) {
                    look(
                        format!("{}.{}({})", name(of), name(field), name(argument)),
                        argument,
                    );
                }
            }
        }
    }
    assert!(
        silent.is_empty(),
        "without a description:\n{}",
        silent.join("\n")
    );
    app.finish().await;
}

fn name(of: &Value) -> String {
    of["name"].as_str().unwrap().to_owned()
}

fn list(of: &Value) -> &[Value] {
    of.as_array().map_or(&[], |list| list)
}
