//! Schemas of tools: JSON Schema that others have written. One that refers to anything outside itself, that goes round in a
//! circle, or that multiplies what there is to check is refused, so that holding a value against the rest takes a bounded time.

use std::collections::{HashMap, HashSet};

use jsonschema::{PatternOptions, Validator};
use serde_json::Value;

/// Bytes of a schema.
pub const SCHEMA: usize = 64 << 10;
/// Bytes of one compiled pattern.
const PATTERN: usize = 1 << 20;
/// Schemas that one value may be held against at once, where one schema refers to others.
const CHECKS: u64 = 2_000;
/// Schemas that may stand in each other, or refer to each other, for one value.
const DEPTH: u32 = 16;
/// Values that may stand in each other.
const NESTED: usize = 32;
/// Differences that are told.
const TOLD: usize = 3;
/// Characters of what is told of each.
const WORDS: usize = 300;

/// A schema, ready to be held against values.
#[derive(Debug)]
pub struct Schema(Validator);

/// Why a schema is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSchema {
    /// It is too much.
    #[error("has more than {SCHEMA} bytes")]
    TooLong,
    /// It is no JSON of an object.
    #[error("is no JSON object")]
    NoObject,
    /// It needs something that is not in it.
    #[error("refers to `{0}`, which is not in it")]
    Elsewhere(String),
    /// It uses a way to refer that is not followed here.
    #[error("uses `{0}`, which is not followed here")]
    Unfollowed(&'static str),
    /// It never ends.
    #[error("refers to itself without an end")]
    Endless,
    /// It checks too much.
    #[error("holds one value against more than {CHECKS} schemas")]
    TooMuch,
    /// It goes too deep.
    #[error("has more than {DEPTH} schemas in each other for one value")]
    TooDeep,
    /// It is no schema.
    #[error("is no JSON Schema: {0}")]
    Wrong(String),
}

impl Schema {
    /// Reads a schema, which is to be of an object.
    pub fn parse(text: &str) -> Result<Self, BadSchema> {
        if text.len() > SCHEMA {
            return Err(BadSchema::TooLong);
        }
        let schema: Value = serde_json::from_str(text).map_err(|_| BadSchema::NoObject)?;
        Self::of(&schema)
    }

    /// Takes a schema, which is to be an object.
    pub fn of(schema: &Value) -> Result<Self, BadSchema> {
        if !schema.is_object() {
            return Err(BadSchema::NoObject);
        }
        Bounds::of(schema)?;
        let patterns = PatternOptions::regex()
            .size_limit(PATTERN)
            .dfa_size_limit(PATTERN);
        let validator = jsonschema::options()
            .with_pattern_options(patterns)
            .offline()
            .build(schema);
        validator
            .map(Self)
            .map_err(|error| BadSchema::Wrong(short(&error.to_string())))
    }

    /// Says where a value does not fit, if it does not.
    pub fn check(&self, value: &Value) -> Result<(), String> {
        if is_deeper(value, NESTED) {
            return Err(format!("more than {NESTED} values are in each other"));
        }
        if self.0.is_valid(value) {
            return Ok(());
        }
        let told = self.0.iter_errors(value).take(TOLD).map(|error| {
            let place = error.instance_path().to_string();
            let place = if place.is_empty() {
                "at the top"
            } else {
                &place
            };
            let mut told = error.to_string();
            if told.len() > WORDS {
                // A long value would leave no room for what is wrong with it.
                told = error.masked_with("it").to_string();
            }
            format!("{}: {}", short(place), short(&told))
        });
        Err(told.collect::<Vec<_>>().join("; "))
    }
}

fn is_deeper(value: &Value, most: usize) -> bool {
    let Some(left) = most.checked_sub(1) else {
        return true;
    };
    match value {
        Value::Array(values) => values.iter().any(|value| is_deeper(value, left)),
        Value::Object(fields) => fields.values().any(|value| is_deeper(value, left)),
        _ => false,
    }
}

fn short(text: &str) -> String {
    match text.char_indices().nth(WORDS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Keywords whose schemas are held against the very same value.
const SAME: [&str; 9] = [
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "then",
    "else",
    "dependentSchemas",
    "dependencies",
];
/// References that are found only while a value is checked.
const UNFOLLOWED: [&str; 4] = ["$dynamicRef", "$recursiveRef", "$anchor", "$dynamicAnchor"];

/// What a schema comes to for one value.
#[derive(Clone, Copy)]
struct Extent {
    checks: u64,
    depth: u32,
}

impl Extent {
    const ONE: Extent = Extent {
        checks: 1,
        depth: 1,
    };

    /// The same with what another one comes to inside it.
    fn around(self, inner: Extent) -> Result<Extent, BadSchema> {
        let checks = self.checks.saturating_add(inner.checks);
        let depth = self.depth.max(inner.depth + 1);
        match (checks > CHECKS, depth > DEPTH) {
            (true, _) => Err(BadSchema::TooMuch),
            (_, true) => Err(BadSchema::TooDeep),
            _ => Ok(Extent { checks, depth }),
        }
    }
}

/// How much there is to check. All that is an object counts as a schema: what is none would be refused for nothing at worst.
struct Bounds<'a> {
    root: &'a Value,
    /// What each schema comes to, by where it is in memory.
    known: HashMap<*const Value, Extent>,
    open: HashSet<*const Value>,
}

impl<'a> Bounds<'a> {
    fn of(root: &'a Value) -> Result<(), BadSchema> {
        let mut bounds = Bounds {
            root,
            known: HashMap::new(),
            open: HashSet::new(),
        };
        let version = root.get("$schema").and_then(Value::as_str);
        if version.is_some_and(|version| version.contains("draft-04")) {
            return Err(BadSchema::Unfollowed("draft-04"));
        }
        let mut all = vec![(root, true)];
        while let Some((value, is_root)) = all.pop() {
            match value {
                Value::Array(values) => all.extend(values.iter().map(|value| (value, false))),
                Value::Object(fields) => {
                    for name in UNFOLLOWED {
                        if fields.get(name).is_some_and(Value::is_string) {
                            return Err(BadSchema::Unfollowed(name));
                        }
                    }
                    // Another base would lead references elsewhere.
                    if !is_root && fields.get("$id").is_some_and(Value::is_string) {
                        return Err(BadSchema::Unfollowed("$id"));
                    }
                    bounds.extent(value)?;
                    all.extend(fields.values().map(|value| (value, false)));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// What a schema comes to with all that are held against the same value by it.
    fn extent(&mut self, schema: &'a Value) -> Result<Extent, BadSchema> {
        let Value::Object(fields) = schema else {
            return Ok(Extent::ONE);
        };
        let place = std::ptr::from_ref(schema);
        if let Some(known) = self.known.get(&place) {
            return Ok(*known);
        }
        if !self.open.insert(place) {
            return Err(BadSchema::Endless);
        }
        let mut inner: Vec<&'a Value> = Vec::new();
        if let Some(Value::String(reference)) = fields.get("$ref") {
            inner.push(self.target(reference)?);
        }
        for name in SAME {
            match fields.get(name) {
                Some(Value::Array(schemas)) => inner.extend(schemas),
                Some(Value::Object(schemas)) if name.starts_with("depende") => {
                    inner.extend(schemas.values());
                }
                Some(schema) => inner.push(schema),
                None => {}
            }
        }
        let mut extent = Extent::ONE;
        for schema in inner {
            extent = extent.around(self.extent(schema)?)?;
        }
        self.open.remove(&place);
        self.known.insert(place, extent);
        Ok(extent)
    }

    /// What a reference leads to.
    fn target(&self, reference: &str) -> Result<&'a Value, BadSchema> {
        let elsewhere = || BadSchema::Elsewhere(short(reference));
        let pointer = reference.strip_prefix('#').ok_or_else(elsewhere)?;
        let pointer = percent_encoding::percent_decode_str(pointer).decode_utf8_lossy();
        self.root.pointer(&pointer).ok_or_else(elsewhere)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(schema: &Value, value: &Value) -> Result<(), String> {
        Schema::parse(&schema.to_string()).unwrap().check(value)
    }

    fn refused(schema: &Value) -> BadSchema {
        Schema::parse(&schema.to_string()).unwrap_err()
    }

    #[test]
    fn what_does_not_fit_is_told_with_its_place() {
        let schema = json!({
            "type": "object",
            "properties": { "place": { "type": "string" }, "days": { "type": "integer", "maximum": 7 } },
            "required": ["place"], "additionalProperties": false
        });
        assert_eq!(
            check(&schema, &json!({ "place": "Bern", "days": 3 })),
            Ok(())
        );
        let told = check(&schema, &json!({ "place": "Bern", "days": 8 })).unwrap_err();
        assert!(told.starts_with("/days: 8 is greater than"), "{told}");
        let told = check(&schema, &json!({ "days": "x" })).unwrap_err();
        assert!(
            told.contains("/days") && told.contains("\"place\" is a required"),
            "{told}"
        );
        let many = json!({ "type": "object", "additionalProperties": { "type": "null" } });
        let values: serde_json::Map<_, _> = (0..50)
            .map(|n| (format!("k{n}"), json!("y".repeat(1_000))))
            .collect();
        let told = check(&many, &Value::Object(values)).unwrap_err();
        assert_eq!(told.matches("; ").count(), 2);
        assert!(told.len() < 3_000, "{told}");
    }

    #[test]
    fn a_schema_may_refer_to_its_own_parts() {
        let tree = json!({
            "type": "object",
            "properties": { "name": { "$ref": "#/$defs/a~1b" }, "children": { "type": "array", "items": { "$ref": "#" } } },
            "required": ["name"],
            "$defs": { "a/b": { "type": "string" } }
        });
        let fits = json!({ "name": "a", "children": [{ "name": "b", "children": [] }] });
        assert_eq!(check(&tree, &fits), Ok(()));
        let told = check(&tree, &json!({ "name": "a", "children": [{}] })).unwrap_err();
        assert!(told.starts_with("/children/0: "), "{told}");
    }

    #[test]
    fn nothing_outside_is_fetched() {
        for reference in [
            "https://example.com/a.json",
            "file:///etc/passwd",
            "other.json",
            "#/$defs/none",
            "#name",
        ] {
            let schema = json!({ "type": "object", "properties": { "a": { "$ref": reference } } });
            assert!(
                matches!(refused(&schema), BadSchema::Elsewhere(_)),
                "{reference}"
            );
        }
        let based =
            json!({ "properties": { "a": { "$id": "https://example.com/", "$ref": "#/b" } } });
        assert_eq!(refused(&based), BadSchema::Unfollowed("$id"));
        assert_eq!(
            refused(&json!({ "$dynamicRef": "#a" })),
            BadSchema::Unfollowed("$dynamicRef")
        );
    }

    #[test]
    fn a_schema_that_never_ends_is_refused() {
        for endless in [
            json!({ "$ref": "#" }),
            json!({ "allOf": [{ "$ref": "#/$defs/a" }], "$defs": { "a": { "anyOf": [{ "$ref": "#" }] } } }),
            json!({ "properties": { "x": { "not": { "$ref": "#/properties/x" } } } }),
            json!({ "dependentSchemas": { "x": { "$ref": "#" } } }),
            json!({ "properties": { "default": { "$ref": "#/properties/default" } } }),
        ] {
            assert_eq!(refused(&endless), BadSchema::Endless, "{endless}");
        }
    }

    #[test]
    fn a_schema_that_multiplies_is_refused() {
        let chain = |length: usize, times: usize| {
            let mut definitions = serde_json::Map::new();
            for level in 0..length {
                let next = json!({ "$ref": format!("#/$defs/l{}", level + 1) });
                definitions.insert(format!("l{level}"), json!({ "allOf": vec![next; times] }));
            }
            definitions.insert(format!("l{length}"), json!({}));
            json!({ "$ref": "#/$defs/l0", "$defs": definitions })
        };
        assert_eq!(check(&chain(3, 4), &json!({})), Ok(()));
        assert_eq!(refused(&chain(5, 8)), BadSchema::TooMuch);
        assert_eq!(refused(&chain(40, 1)), BadSchema::TooDeep);
    }

    #[test]
    fn values_may_be_nested_so_deep() {
        let nested = |depth: usize| (1..depth).fold(json!(1), |value, _| json!([value]));
        assert_eq!(check(&json!({}), &nested(NESTED)), Ok(()));
        assert!(check(&json!({}), &nested(NESTED + 1)).is_err());
    }

    #[test]
    fn what_is_no_schema_is_refused() {
        assert_eq!(Schema::parse("[]").unwrap_err(), BadSchema::NoObject);
        assert_eq!(Schema::parse("{").unwrap_err(), BadSchema::NoObject);
        let long = format!("{{\"title\": \"{}\"}}", "x".repeat(SCHEMA));
        assert_eq!(Schema::parse(&long).unwrap_err(), BadSchema::TooLong);
        assert!(matches!(
            refused(&json!({ "type": "objekt" })),
            BadSchema::Wrong(_)
        ));
        // What only backtracking could find is not looked for.
        assert!(matches!(
            refused(&json!({ "pattern": "^(?=a)" })),
            BadSchema::Wrong(_)
        ));
    }

    #[test]
    fn a_pattern_takes_no_longer_than_its_text() {
        let schema = json!({ "properties": { "a": { "type": "string", "pattern": "^(a+)+$" } } });
        let value = json!({ "a": format!("{}!", "a".repeat(50_000)) });
        assert!(check(&schema, &value).is_err());
    }
}
