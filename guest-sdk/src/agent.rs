//! An agent: an event in, replies out.

use crate::{Context, Event, Failure, Replies};

/// What an author implements, and exports with [`agent!`](crate::agent!).
pub trait Agent {
    /// Handles one event. A failure undoes the turn: the agent's owner sees it, the contact gets an apology.
    fn handle(cx: &Context, event: &Event) -> Result<Replies, Failure>;
}

/// Exports a type as the agent of this component.
///
/// ```
/// use cloister_guest::{Agent, Context, Event, Failure, Replies};
///
/// struct Silent;
///
/// impl Agent for Silent {
///     fn handle(_: &Context, _: &Event) -> Result<Replies, Failure> {
///         Ok(().into())
///     }
/// }
///
/// cloister_guest::agent!(Silent);
/// ```
#[macro_export]
macro_rules! agent {
    ($agent:ty) => {
        const _: () = {
            #[cfg(target_arch = "wasm32")]
            type Exported = $crate::private::ExportedAgent<$agent>;
            #[cfg(target_arch = "wasm32")]
    $crate::bindings::agent::export_agent!(Exported with_types_in $crate::bindings::agent);

            // Natively there is nothing to export, but a type that is no agent is a mistake there too.
            #[cfg(not(target_arch = "wasm32"))]
            const _: fn(
                &$crate::Context,
                &$crate::Event,
            ) -> Result<$crate::Replies, $crate::Failure> = <$agent as $crate::Agent>::handle;
        };
    };
}
