//! A page: what is given of a list. The library's `Connection` in all but how its rows are resolved.

use std::borrow::Cow;

use async_graphql::connection::PageInfo;
use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::{
    ContextSelectionSet, Object, OutputType, Positioned, ServerResult, TypeName, Value,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::resolve::{library, resolve_list};

/// A page of nodes.
pub(super) struct Nodes<Node> {
    pub(super) edges: Vec<Edge<Node>>,
    pub(super) has_previous: bool,
    pub(super) has_next: bool,
}

/// A node, and where it is in its list.
pub(super) struct Edge<Node> {
    pub(super) cursor: Cursor,
    pub(super) node: Node,
}

/// The key of a row, as `Key` writes it.
pub(super) struct Cursor(pub(super) String);

impl Cursor {
    /// As its reader has it.
    fn shown(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.0)
    }
}

/// A page of a list, and where it goes on.
#[Object(name_type, crate = "library")]
impl<Node: OutputType> Nodes<Node> {
    /// Information to aid in pagination.
    async fn page_info(&self) -> PageInfo {
        PageInfo {
            has_previous_page: self.has_previous,
            has_next_page: self.has_next,
            start_cursor: self.edges.first().map(|edge| edge.cursor.shown()),
            end_cursor: self.edges.last().map(|edge| edge.cursor.shown()),
        }
    }

    /// A list of edges.
    async fn edges(&self) -> Rows<'_, Edge<Node>, Edge<Node>> {
        Rows(&self.edges, |edge| edge)
    }

    /// A list of nodes.
    async fn nodes(&self) -> Rows<'_, Edge<Node>, Node> {
        Rows(&self.edges, |edge| &edge.node)
    }
}

/// An edge in a connection.
#[Object(name_type, crate = "library")]
impl<Node: OutputType> Edge<Node> {
    /// The item at the end of the edge
    async fn node(&self) -> &Node {
        &self.node
    }

    /// A cursor for use in pagination
    async fn cursor(&self) -> String {
        self.cursor.shown()
    }
}

impl<Node: OutputType> TypeName for Nodes<Node> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", Node::type_name()).into()
    }
}

impl<Node: OutputType> TypeName for Edge<Node> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Edge", Node::type_name()).into()
    }
}

/// Rows as a list of what is shown of each.
struct Rows<'a, Row, Shown>(&'a [Row], fn(&Row) -> &Shown);

impl<Row: Sync, Shown: OutputType> OutputType for Rows<'_, Row, Shown> {
    fn type_name() -> Cow<'static, str> {
        Vec::<Shown>::type_name()
    }

    fn qualified_type_name() -> String {
        Vec::<Shown>::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        Vec::<Shown>::create_type_info(registry)
    }

    async fn resolve(
        &self,
        context: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        resolve_list(context, field, self.0.iter().map(self.1)).await
    }
}
