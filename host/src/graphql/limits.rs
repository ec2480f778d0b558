//! What a query may be: how deep, how costly, with how many aliases and directives. It is measured before it runs.

use async_graphql::SchemaBuilder;
use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, Field, OperationDefinition, OperationType, Selection,
    SelectionSet,
};
use async_graphql::{Positioned, Request, ServerError};

use super::documents::Documents;
use super::failure;

/// Fields within fields. What tools ask of a schema has 15.
const DEPTH: usize = 16;
/// Fields, those of a list as often as its page has rows.
const COMPLEXITY: usize = 20_000;
/// Fields under another name.
const ALIASES: usize = 50;
/// Directives of a field, and of a document.
const DIRECTIVES: (usize, usize) = (5, 50);
/// Fields that a document spells out.
const FIELDS: usize = 2_000;

/// Bounds a schema.
pub(super) fn bound<Q, M, S>(builder: SchemaBuilder<Q, M, S>) -> SchemaBuilder<Q, M, S> {
    builder
        .limit_depth(DEPTH)
        .limit_recursive_depth(2 * DEPTH)
        .limit_complexity(COMPLEXITY)
        .limit_directives(DIRECTIVES.0)
}

/// Reads a request's document, makes sure that it is bounded, and tells which operation it asks for.
pub(super) fn check(
    documents: &Documents,
    request: &mut Request,
) -> Result<OperationType, ServerError> {
    if let Some(known) = documents.find(&request.query) {
        let operation = asked_for(&known, request.operation_name.as_deref());
        request.set_parsed_query(known);
        return operation;
    }
    let document = match request.parsed_query() {
        Ok(document) => document,
        Err(mut error) => {
            error
                .extensions
                .get_or_insert_default()
                .set("code", "parse_failed");
            return Err(error);
        }
    };
    let counted = Counted::of(document);
    let bounds = [
        (counted.aliases, ALIASES, "too_many_aliases", "aliases"),
        (
            counted.directives,
            DIRECTIVES.1,
            "too_many_directives",
            "directives",
        ),
        (counted.fields, FIELDS, "query_too_complex", "fields"),
    ];
    for (count, most, code, what) in bounds {
        if count > most {
            let message = format!("the query has {count} {what}; at most {most} are possible");
            return Err(failure::refused(code, message));
        }
    }
    let document = document.clone();
    documents.keep(&request.query, &document);
    asked_for(&document, request.operation_name.as_deref())
}

fn asked_for(
    document: &ExecutableDocument,
    name: Option<&str>,
) -> Result<OperationType, ServerError> {
    operation(document, name)
        .map(|operation| operation.ty)
        .ok_or_else(|| {
            let message = "the document has several operations, or none of this name: `operationName` says which";
            failure::refused("validation_failed", message)
        })
}

/// The operation that a request asks for.
pub(super) fn operation<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> Option<&'a OperationDefinition> {
    match (&document.operations, name) {
        (DocumentOperations::Single(operation), None) => Some(&operation.node),
        // The library says that the name is of nothing.
        (DocumentOperations::Single(operation), Some(_)) => Some(&operation.node),
        (DocumentOperations::Multiple(operations), Some(name)) => {
            operations.get(name).map(|operation| &operation.node)
        }
        (DocumentOperations::Multiple(operations), None) if operations.len() == 1 => {
            operations.values().next().map(|operation| &operation.node)
        }
        (DocumentOperations::Multiple(_), None) => None,
    }
}

#[derive(Default)]
struct Counted {
    aliases: usize,
    directives: usize,
    fields: usize,
}

impl Counted {
    fn of(document: &ExecutableDocument) -> Self {
        let mut counted = Self::default();
        for (_, operation) in document.operations.iter() {
            counted.directives += operation.node.directives.len();
            counted.selections(&operation.node.selection_set);
        }
        for fragment in document.fragments.values() {
            counted.directives += fragment.node.directives.len();
            counted.selections(&fragment.node.selection_set);
        }
        counted
    }

    fn selections(&mut self, set: &Positioned<SelectionSet>) {
        for selection in &set.node.items {
            match &selection.node {
                Selection::Field(field) => self.field(&field.node),
                Selection::FragmentSpread(spread) => {
                    self.fields += 1;
                    self.directives += spread.node.directives.len();
                }
                Selection::InlineFragment(fragment) => {
                    self.directives += fragment.node.directives.len();
                    self.selections(&fragment.node.selection_set);
                }
            }
        }
    }

    fn field(&mut self, field: &Field) {
        self.fields += 1;
        self.aliases += usize::from(field.alias.is_some());
        self.directives += field.directives.len();
        self.selections(&field.selection_set);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(query: &str) -> Result<OperationType, String> {
        let documents = Documents::default();
        let told = || {
            check(&documents, &mut Request::new(query)).map_err(|error| {
                let extensions = error.extensions.unwrap();
                extensions.get("code").unwrap().to_string()
            })
        };
        let first = told();
        // A document that is known already is told the same of.
        assert_eq!(told(), first);
        first
    }

    #[test]
    fn what_is_too_much_is_told_before_it_runs() {
        let many = |one: &dyn Fn(usize) -> String, count| {
            let fields: String = (0..count).map(one).collect();
            code(&format!("{{ {fields} }}"))
        };
        assert_eq!(code("{ viewer { id } }"), Ok(OperationType::Query));
        assert_eq!(code("mutation { a: x }"), Ok(OperationType::Mutation));
        assert_eq!(
            many(&|number| format!("a{number}: id "), 50),
            Ok(OperationType::Query)
        );
        assert_eq!(
            many(&|number| format!("a{number}: id "), 51),
            Err("\"too_many_aliases\"".into())
        );
        assert_eq!(
            many(&|_| "id @skip(if: true) ".into(), 51),
            Err("\"too_many_directives\"".into())
        );
        assert_eq!(
            many(&|_| "id ".into(), 2_001),
            Err("\"query_too_complex\"".into())
        );
        assert_eq!(code("{ viewer "), Err("\"parse_failed\"".into()));
        assert_eq!(
            code("query a { id } query b { id }"),
            Err("\"validation_failed\"".into())
        );
    }
}
