//! Text that strangers and guests wrote, as Postgres takes it: it keeps every character but NUL, in `text` and in
//! `jsonb`. One such character would fail the whole statement that it is in, with all that others wrote.

use serde_json::Value;

/// What stands for a NUL: the sign for what could not be shown.
const IN_ITS_PLACE: &str = "\u{FFFD}";

/// The text with every NUL replaced.
pub fn storable(text: String) -> String {
    if text.contains('\0') {
        text.replace('\0', IN_ITS_PLACE)
    } else {
        text
    }
}

/// The value with every NUL in its keys and texts replaced.
pub fn storable_json(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(storable(text)),
        Value::Array(values) => values.into_iter().map(storable_json).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| (storable(name), storable_json(value)))
            .collect(),
        plain => plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_nul_is_replaced_wherever_it_is() {
        assert_eq!(storable("a\0b".into()), "a\u{FFFD}b");
        assert_eq!(
            storable_json(json!({"k\0": ["\0", 1, null, {"x": "y"}]})),
            json!({"k\u{FFFD}": ["\u{FFFD}", 1, null, {"x": "y"}]})
        );
    }
}
