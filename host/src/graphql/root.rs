//! The root of a query or a mutation. The library resolves it, each field by itself; what it makes of an answer as a whole is
//! put right here: its fields have the order of the query, and it is null where one failed that cannot be.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_graphql::parser::types::{ExecutableDocument, Field, Selection, SelectionSet};
use async_graphql::registry::Registry;
use async_graphql::resolver_utils::ContainerType;
use async_graphql::{
    Context, ContextSelectionSet, Name, ObjectType, OutputType, Positioned, Request, Response,
    ServerResult, Value,
};

use super::drive::Loads;
use super::resolve::{null_in_place_of, resolve_container};
use super::{ControlPlane, limits};

/// All that can be asked, or changed.
#[derive(Default)]
pub(super) struct Root<T>(T);

impl<T: ObjectType> ContainerType for Root<T> {
    async fn resolve_field(&self, context: &Context<'_>) -> ServerResult<Option<Value>> {
        let error = match self.0.resolve_field(context).await {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        let null = null_in_place_of::<T>(context, error);
        if null.is_err()
            && let Some(asked) = context.data_opt::<Asked>()
        {
            asked.0.has_failed.store(true, Ordering::Relaxed);
        }
        null.map(Some)
    }
}

impl<T: ObjectType> OutputType for Root<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(
        &self,
        context: &ContextSelectionSet<'_>,
        _field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        resolve_container(context, self).await
    }
}

impl<T: ObjectType> ObjectType for Root<T> {}

/// One of the objects that the root is merged of. Resolving it has a place of its own: within each other they would be as large
/// as the largest, as often as there are objects before it, which is more than a thread's stack has in a debug build.
#[derive(Default)]
pub(super) struct Part<T>(T);

impl<T: ObjectType> ContainerType for Part<T> {
    async fn resolve_field(&self, context: &Context<'_>) -> ServerResult<Option<Value>> {
        Box::pin(self.0.resolve_field(context)).await
    }
}

impl<T: ObjectType> OutputType for Part<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(
        &self,
        context: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        self.0.resolve(context, field).await
    }
}

impl<T: ObjectType> ObjectType for Part<T> {}

/// Runs a query or a mutation that was prepared.
pub(super) async fn run(schema: &ControlPlane, mut request: Request, loads: Loads) -> Response {
    let asked = Asked::of(&mut request);
    let running = schema.execute(request.data(asked.clone()));
    asked.put_right(loads.drive(running).await)
}

/// What a request asks of the root, and whether it can be answered.
#[derive(Clone)]
struct Asked(Arc<Parts>);

struct Parts {
    /// Under which names, in order.
    names: Vec<Name>,
    has_failed: AtomicBool,
}

impl Asked {
    fn of(request: &mut Request) -> Self {
        let name = request.operation_name.clone();
        let mut names = Vec::new();
        if let Ok(document) = request.parsed_query()
            && let Some(operation) = limits::operation(document, name.as_deref())
        {
            let set = &operation.selection_set.node;
            collect(document, set, &mut names, &mut HashSet::new());
        }
        Self(Arc::new(Parts {
            names,
            has_failed: AtomicBool::new(false),
        }))
    }

    fn put_right(&self, mut answer: Response) -> Response {
        let Value::Object(fields) = &mut answer.data else {
            return answer;
        };
        if self.0.has_failed.load(Ordering::Relaxed) {
            answer.data = Value::Null;
        } else if fields.len() > 1 {
            let place = |name: &Name| self.0.names.iter().position(|asked| asked == name);
            fields.sort_by_cached_key(|name, _| place(name));
        }
        answer
    }
}

/// The names in a selection. It was not validated yet: a fragment may spread itself.
fn collect<'a>(
    document: &'a ExecutableDocument,
    set: &'a SelectionSet,
    names: &mut Vec<Name>,
    spread: &mut HashSet<&'a Name>,
) {
    for selection in &set.items {
        match &selection.node {
            Selection::Field(field) => names.push(field.node.response_key().node.clone()),
            Selection::InlineFragment(fragment) => {
                let set = &fragment.node.selection_set.node;
                collect(document, set, names, spread);
            }
            Selection::FragmentSpread(named) => {
                let name = &named.node.fragment_name.node;
                let fragment = document.fragments.get(name);
                if let Some(fragment) = fragment.filter(|_| spread.insert(name)) {
                    let set = &fragment.node.selection_set.node;
                    collect(document, set, names, spread);
                }
            }
        }
    }
}
