//! Resolving the fields of an object: ours, in place of the library's, for every object of the schema. The library gives
//! each field a box and a task of its own, has the fields of an answer in the order in which they were done, and leaves out
//! those that failed. Here a field that needs nothing is done on the spot, the answer has the order of the query, and a
//! field that failed is null, or makes its object so, as the specification of GraphQL has it (6.2.2, 6.4.4).
//!
//! The library's macros call what they find under `crate`: an object that says `crate = "library"` is resolved here.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{self, Poll};

use async_graphql::parser::types::{Field, Selection, SelectionSet};
use async_graphql::{
    Context, ContextSelectionSet, Name, OutputType, Positioned, ServerError, ServerResult, Value,
    indexmap::IndexMap, resolver_utils::ContainerType,
};
use futures_util::future::BoxFuture;

/// The library as its macros shall see it.
pub(super) mod library {
    pub(in crate::graphql) use async_graphql::*;

    pub(in crate::graphql) mod resolver_utils {
        pub(in crate::graphql) use async_graphql::resolver_utils::*;

        pub(in crate::graphql) use crate::graphql::resolve::resolve_container;
    }
}

/// Resolves the fields that a query asks of an object, beside each other.
pub(super) async fn resolve_container<T: ContainerType + ?Sized>(
    context: &ContextSelectionSet<'_>,
    object: &T,
) -> ServerResult<Value> {
    let mut fields = Vec::with_capacity(context.item.node.items.len());
    collect::<T>(context, &context.item.node, &mut fields)?;
    let shape: *const SelectionSet = &context.item.node;
    let mut answer = Fields::asked(&fields, shape.addr(), context.data_opt::<Shapes>());
    let mut put = |place: usize, done: ServerResult<Value>| -> ServerResult<()> {
        answer.put(place, done?);
        Ok(())
    };
    let started = poll_fn(|task| {
        let resolved = fields.iter().copied().map(|field| async move {
            let context = context.with_field(field);
            if field.node.name.node == "__typename" {
                let name = object.introspection_type_name().into_owned();
                return Ok(Value::String(name));
            }
            match object.resolve_field(&context).await {
                Ok(value) => Ok(value.unwrap_or_default()),
                Err(error) => null_in_place_of::<T>(&context, error),
            }
        });
        Poll::Ready(start(task, resolved, &mut put))
    });
    let mut waiting = started.await?;
    poll_fn(|task| go_on(task, &mut waiting, &mut put)).await?;
    Ok(Value::Object(answer.done()))
}

/// Resolves the items of a list, beside each other.
pub(super) async fn resolve_list<'a, T: OutputType + 'a>(
    context: &ContextSelectionSet<'_>,
    field: &Positioned<Field>,
    mut items: impl ExactSizeIterator<Item = &'a T> + Send,
) -> ServerResult<Value> {
    let mut list = vec![Value::Null; items.len()];
    let mut put = |place: usize, done: ServerResult<Value>| -> ServerResult<()> {
        if let Some(slot) = list.get_mut(place) {
            *slot = done?;
        }
        Ok(())
    };
    let started = poll_fn(|task| {
        let items = items.by_ref().enumerate();
        let resolved = items.map(|(place, item)| async move {
            let context = context.with_index(place);
            let resolved = item.resolve(&context, field).await;
            resolved.map_err(|error| match error.path.is_empty() {
                true => context.set_error_path(error),
                false => error,
            })
        });
        Poll::Ready(start(task, resolved, &mut put))
    });
    let mut waiting = started.await?;
    poll_fn(|task| go_on(task, &mut waiting, &mut put)).await?;
    Ok(Value::List(list))
}

/// Where a value goes that was resolved: the place of what it was resolved of.
trait Put: FnMut(usize, ServerResult<Value>) -> ServerResult<()> + Send {}

impl<P: FnMut(usize, ServerResult<Value>) -> ServerResult<()> + Send> Put for P {}

/// What is not done yet.
type Waiting<'a> = Vec<(usize, BoxFuture<'a, ServerResult<Value>>)>;

/// Starts all of these. Those that are done at once, which is most, share one place in memory.
fn start<'a, F>(
    context: &mut task::Context<'_>,
    futures: impl Iterator<Item = F>,
    put: &mut impl Put,
) -> ServerResult<Waiting<'a>>
where
    F: Future<Output = ServerResult<Value>> + Send + 'a,
{
    let mut waiting: Waiting<'a> = Vec::new();
    let mut spare: Option<Pin<Box<F>>> = None;
    for (place, future) in futures.enumerate() {
        let mut future = match spare.take() {
            Some(mut spare) => {
                spare.set(future);
                spare
            }
            None => Box::pin(future),
        };
        match future.as_mut().poll(context) {
            Poll::Ready(done) => {
                put(place, done)?;
                spare = Some(future);
            }
            Poll::Pending => waiting.push((place, future)),
        }
    }
    Ok(waiting)
}

/// Goes on with what is not done yet, until all of it is or one has failed for all.
fn go_on(
    context: &mut task::Context<'_>,
    waiting: &mut Waiting<'_>,
    put: &mut impl Put,
) -> Poll<ServerResult<()>> {
    let mut failed = None;
    waiting.retain_mut(|(place, future)| match future.as_mut().poll(context) {
        Poll::Pending => true,
        Poll::Ready(done) => {
            failed = put(*place, done).err().or(failed.take());
            false
        }
    });
    match failed {
        Some(error) => Poll::Ready(Err(error)),
        None if waiting.is_empty() => Poll::Ready(Ok(())),
        None => Poll::Pending,
    }
}

/// The fields that a query asks of this object, also those in fragments that are about it.
fn collect<'a, T: ContainerType + ?Sized>(
    context: &ContextSelectionSet<'a>,
    set: &'a SelectionSet,
    fields: &mut Vec<&'a Positioned<Field>>,
) -> ServerResult<()> {
    for selection in &set.items {
        let (condition, set) = match &selection.node {
            Selection::Field(field) => {
                fields.push(field);
                continue;
            }
            Selection::InlineFragment(fragment) => {
                let fragment = &fragment.node;
                (fragment.type_condition.as_ref(), &fragment.selection_set)
            }
            Selection::FragmentSpread(spread) => {
                let name = &spread.node.fragment_name.node;
                let fragment = context.query_env.fragments.get(name).ok_or_else(|| {
                    ServerError::new(format!("Unknown fragment \"{name}\"."), Some(spread.pos))
                })?;
                let fragment = &fragment.node;
                (Some(&fragment.type_condition), &fragment.selection_set)
            }
        };
        if condition.is_none_or(|condition| is_a::<T>(context, &condition.node.on.node)) {
            collect::<T>(context, &set.node, fields)?;
        }
    }
    Ok(())
}

/// Whether an object is of this type, or of this interface.
fn is_a<T: ContainerType + ?Sized>(context: &ContextSelectionSet<'_>, condition: &Name) -> bool {
    let own = T::type_name();
    let implemented = || {
        let implements = &context.schema_env.registry.implements;
        let interfaces = implements.get(&*own);
        interfaces.is_some_and(|interfaces| interfaces.contains(condition.as_str()))
    };
    *condition == *own || implemented()
}

/// What a field that failed is: null where it may be, and else the error is its object's.
pub(super) fn null_in_place_of<T: OutputType + ?Sized>(
    context: &Context<'_>,
    error: ServerError,
) -> ServerResult<Value> {
    let types = &context.schema_env.registry.types;
    let of = types.get(&*T::type_name());
    let field = of.and_then(|of| of.field_by_name(&context.item.node.name.node));
    if field.is_none_or(|field| field.ty.ends_with('!')) {
        return Err(error);
    }
    context.add_error(error);
    Ok(Value::Null)
}

/// What the objects of an answer look like before they have any values: most have brothers that are asked for the same, and a
/// copy needs no names to be hashed.
#[derive(Default)]
pub(super) struct Shapes(Mutex<Vec<(usize, IndexMap<Name, Value>)>>);

/// Shapes that are kept; a query that asks for more sorts of objects pays for the rest.
const SHAPES: usize = 32;

impl Shapes {
    /// An object of the set of fields that stands there, where it has just these names.
    fn copy<'a>(
        &self,
        at: usize,
        names: impl ExactSizeIterator<Item = &'a Name>,
    ) -> Option<IndexMap<Name, Value>> {
        let shapes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, shape) = shapes.iter().find(|(known, _)| *known == at)?;
        let is_same = shape.len() == names.len() && shape.keys().eq(names);
        is_same.then(|| shape.clone())
    }

    fn keep(&self, at: usize, shape: &IndexMap<Name, Value>) {
        let mut shapes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // One set of fields that is about several types, each with names of its own, keeps the first.
        if shapes.len() < SHAPES && shapes.iter().all(|(known, _)| *known != at) {
            shapes.push((at, shape.clone()));
        }
    }
}

/// The values of an object's fields, in the order of the query.
struct Fields {
    values: IndexMap<Name, Value>,
    /// Where some are asked for under one name: the place of each field, and its value, until all are there.
    shared: Option<Vec<(usize, Value)>>,
}

impl Fields {
    /// Of an object whose set of fields stands at `at`.
    fn asked(fields: &[&Positioned<Field>], at: usize, shapes: Option<&Shapes>) -> Self {
        let names = fields.iter().map(|field| &field.node.response_key().node);
        if let Some(values) = shapes.and_then(|shapes| shapes.copy(at, names.clone())) {
            return Self {
                values,
                shared: None,
            };
        }
        let mut values = IndexMap::with_capacity(fields.len());
        let mut place = |name: &Name| values.insert_full(name.clone(), Value::Null).0;
        let places: Vec<usize> = names.map(&mut place).collect();
        let shares = values.len() < places.len();
        if let Some(shapes) = shapes.filter(|_| !shares) {
            shapes.keep(at, &values);
        }
        let shared = shares.then(|| places.into_iter().map(|place| (place, Value::Null)));
        Self {
            values,
            shared: shared.map(Iterator::collect),
        }
    }

    fn put(&mut self, field: usize, value: Value) {
        let slot = match &mut self.shared {
            Some(shared) => shared.get_mut(field).map(|(_, slot)| slot),
            None => self.values.get_index_mut(field).map(|(_, slot)| slot),
        };
        if let Some(slot) = slot {
            *slot = value;
        }
    }

    /// All of them, now that each is there: what fields of one name have brought is put together in their order.
    fn done(mut self) -> IndexMap<Name, Value> {
        for (place, value) in self.shared.into_iter().flatten() {
            if let Some((_, slot)) = self.values.get_index_mut(place) {
                merge(slot, value);
            }
        }
        self.values
    }
}

/// Puts a value beside what another field of the same name has brought.
fn merge(slot: &mut Value, value: Value) {
    match (slot, value) {
        (Value::Object(known), Value::Object(more)) => {
            for (name, value) in more {
                merge(known.entry(name).or_default(), value);
            }
        }
        (Value::List(known), Value::List(more)) => {
            let pairs = known.iter_mut().zip(more);
            pairs.for_each(|(known, more)| merge(known, more));
        }
        (slot @ Value::Null, value) => *slot = value,
        _ => {}
    }
}
