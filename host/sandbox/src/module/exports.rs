//! A module's exports: found by name and checked against the contract's types once, when the module is linked.

use wasmtime::component::types::ComponentItem;
use wasmtime::component::{ComponentExportIndex, ComponentNamedList, InstancePre, Lift, Lower};

use crate::bindings::guest_exports::{handler, toolset};
use crate::guest::Guest;
use crate::inspect::INTERFACE_VERSION;
use crate::refusal::Refusal;
use crate::types::{Call, Event, Failure, Outcome, Reply, Tool};

type Answer<T> = (Result<T, Failure>,);

/// What a module can be called for.
pub(super) struct Exports {
    pub(super) handler: Option<handler::GuestIndices>,
    pub(super) toolset: Option<toolset::GuestIndices>,
}

impl Exports {
    pub(super) fn find(instances: &InstancePre<Guest>) -> Result<Self, Refusal> {
        let interface = |name: &str| {
            let name = format!("cloister:agent/{name}@{INTERFACE_VERSION}");
            let index = instances
                .component()
                .get_export_index(None, name.as_str())?;
            Some(Interface {
                name,
                index,
                instances,
            })
        };
        let handler = match interface("handler") {
            Some(interface) => {
                interface.has::<(&Event,), Answer<Vec<Reply>>>("handle")?;
                Some(handler::GuestIndices::new(instances).map_err(mismatch)?)
            }
            None => None,
        };
        let toolset = match interface("toolset") {
            Some(interface) => {
                interface.has::<(), Answer<Vec<Tool>>>("tools")?;
                interface.has::<(&Call,), Answer<Outcome>>("run")?;
                Some(toolset::GuestIndices::new(instances).map_err(mismatch)?)
            }
            None => None,
        };
        Ok(Self { handler, toolset })
    }
}

/// One exported interface of a module.
struct Interface<'a> {
    name: String,
    index: ComponentExportIndex,
    instances: &'a InstancePre<Guest>,
}

impl Interface<'_> {
    /// Checks that a function of it is there and has the contract's type.
    fn has<Parameters, Results>(&self, function: &str) -> Result<(), Refusal>
    where
        Parameters: ComponentNamedList + Lower,
        Results: ComponentNamedList + Lift,
    {
        let name = &self.name;
        let because = |why: String| Refusal::Mismatch {
            message: format!("`{function}` of its export `{name}` {why}"),
        };
        let component = self.instances.component();
        match component.get_export(Some(&self.index), function) {
            Some((ComponentItem::ComponentFunc(found), _)) => found
                .typecheck::<Parameters, Results>(&self.instances.instance_type())
                .map_err(|error| because(format!("has another type: {error:#}"))),
            _ => Err(because("is missing".to_owned())),
        }
    }
}

fn mismatch(error: wasmtime::Error) -> Refusal {
    Refusal::Mismatch {
        message: format!("{error:#}"),
    }
}
