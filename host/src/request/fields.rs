//! Fields reads a JSON object field by field, so that what is wrong is told by the name of the field and with every
//! spelling that would have been right.

use serde_json::{Map, Value};

use crate::error::{Error, Result};

/// An object, and where it stands in the body.
#[derive(Debug)]
pub struct Fields {
    object: Map<String, Value>,
    place: String,
}

impl Fields {
    /// The body itself.
    pub fn new(object: Map<String, Value>) -> Self {
        Self {
            object,
            place: String::new(),
        }
    }

    /// A text of at most `longest` characters under any of the names. Numbers count as their digits, since many platforms'
    /// ids are numbers; null and the empty text count as absent.
    pub fn text(&self, names: &[&str], longest: usize) -> Result<Option<String>> {
        let Some((name, value)) = self.find(names) else {
            return Ok(None);
        };
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Number(number) if number.is_i64() || number.is_u64() => number.to_string(),
            _ => return Err(self.wrong(name, "must be a string")),
        };
        if text.contains('\0') {
            return Err(self.wrong(name, "must not contain the character U+0000"));
        }
        if text.chars().count() > longest {
            return Err(self.wrong(name, &format!("has more than {longest} characters")));
        }
        Ok(Some(text).filter(|text| !text.trim().is_empty()))
    }

    /// A number under any of the names, as it is written; a text counts as well.
    pub fn number(&self, names: &[&str]) -> Result<Option<String>> {
        /// Characters of a number.
        const LONGEST: usize = 64;
        match self.find(names) {
            Some((_, Value::Number(number))) => Ok(Some(number.to_string())),
            _ => self.text(names, LONGEST),
        }
    }

    /// The same, of which there must be one.
    pub fn required_text(&self, names: &[&str], longest: usize) -> Result<String> {
        self.text(names, longest)?
            .ok_or_else(|| self.missing(names))
    }

    /// Whether there is anything under the name, null not counted.
    pub fn has(&self, name: &str) -> bool {
        self.find(&[name]).is_some()
    }

    /// A truth value; absent is false.
    pub fn flag(&self, name: &str) -> Result<bool> {
        match self.find(&[name]) {
            None => Ok(false),
            Some((_, Value::Bool(flag))) => Ok(*flag),
            Some(_) => Err(self.wrong(name, "must be true or false")),
        }
    }

    /// A list of at most `most` entries; absent is empty.
    pub fn list(&self, name: &str, most: usize) -> Result<&[Value]> {
        match self.object.get(name) {
            None | Some(Value::Null) => Ok(&[]),
            Some(Value::Array(list)) if list.len() <= most => Ok(list),
            Some(Value::Array(_)) => {
                Err(self.wrong(name, &format!("has more than {most} entries")))
            }
            Some(_) => Err(self.wrong(name, "must be a list")),
        }
    }

    /// A list of objects.
    pub fn objects(&self, name: &str, most: usize) -> Result<Vec<Fields>> {
        let entries = self.list(name, most)?.iter().enumerate();
        entries
            .map(|(index, entry)| {
                let place = format!("{}{name}[{index}]", self.place);
                match entry {
                    Value::Object(object) => Ok(Fields {
                        object: object.clone(),
                        place: format!("{place}."),
                    }),
                    _ => Err(Error::invalid(place, "must be an object")),
                }
            })
            .collect()
    }

    /// That a field is missing, with every spelling that is accepted.
    pub fn missing(&self, names: &[&str]) -> Error {
        match names {
            [] | [_] => self.wrong(names.first().unwrap_or(&""), "is required"),
            [first, others @ ..] => {
                let others = others.join(", ");
                self.wrong(first, &format!("is required (also accepted as {others})"))
            }
        }
    }

    fn wrong(&self, name: &str, why: &str) -> Error {
        Error::invalid(format!("{}{name}", self.place), why)
    }

    fn find<'a>(&'a self, names: &[&'a str]) -> Option<(&'a str, &'a Value)> {
        let mut given = names
            .iter()
            .filter_map(|name| Some((*name, self.object.get(*name)?)));
        given.find(|(_, value)| !value.is_null())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(value: Value) -> Fields {
        Fields::new(value.as_object().unwrap().clone())
    }

    fn told<T: std::fmt::Debug>(result: Result<T>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn any_spelling_is_found_and_all_are_told_when_none_is() {
        let given = fields(
            json!({"fileUrl": "x", "id": 12_345_678_901_234_567_u64, "none": null, "empty": " "}),
        );
        let names = ["url", "fileUrl"];
        assert_eq!(given.required_text(&names, 9).unwrap(), "x");
        assert_eq!(
            given.required_text(&["id"], 99).unwrap(),
            "12345678901234567"
        );
        assert_eq!(given.text(&["none"], 9).unwrap(), None);
        assert_eq!(given.text(&["empty"], 9).unwrap(), None);
        assert_eq!(
            told(fields(json!({})).required_text(&names, 9)),
            "url: is required (also accepted as fileUrl)"
        );
    }

    #[test]
    fn what_is_wrong_is_told_by_its_place() {
        let given =
            fields(json!({"a": ["x"], "flag": "yes", "text": {}, "long": "four", "nul": "\0"}));
        assert_eq!(told(given.objects("a", 5)), "a[0]: must be an object");
        assert_eq!(told(given.flag("flag")), "flag: must be true or false");
        assert_eq!(told(given.text(&["text"], 9)), "text: must be a string");
        assert_eq!(
            told(given.text(&["long"], 3)),
            "long: has more than 3 characters"
        );
        assert!(told(given.text(&["nul"], 3)).contains("U+0000"));

        let inner = fields(json!({"a": [{}, {"url": 1.5}]}));
        let inner = inner.objects("a", 2).unwrap();
        assert_eq!(
            told(inner[1].text(&["url"], 9)),
            "a[1].url: must be a string"
        );
    }
}
