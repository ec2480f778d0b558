//! The reference: wasmtime with nothing around it. The pool, memory images and guard pages are the host's; there is no
//! interruption, no limit, no fiber and no accounting, and an import that is called is a trap. A runtime of a language has
//! WASI as it comes with wasmtime, and its log lines go nowhere.

use std::path::Path;

use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, HasSelf, InstancePre, Linker, ResourceTable, ResourceType};
use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Result, Store,
    format_err,
};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

mod bindings {
    #![allow(
        clippy::all,
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "generated"
    )]

    wasmtime::component::bindgen!({
        path: "../../guest-sdk/wit",
        world: "cloister:agent/hosted-agent",
        additional_derives: [Clone, serde::Deserialize],
    });
}

use bindings::HostedAgentPre;
use bindings::cloister::agent::{log, types};
use bindings::exports::cloister::agent::handler::{Event, Failure, Reply};

/// What a guest finds around it.
pub(crate) trait Surroundings: Default + 'static {
    /// The interfaces of the contract that it links.
    const LINKED: &[&str] = &[];

    fn link(linker: &mut Linker<Self>) -> Result<()>;
}

impl Surroundings for () {
    fn link(_: &mut Linker<Self>) -> Result<()> {
        Ok(())
    }
}

/// WASI without a directory, a network or a console.
#[derive(Default)]
pub(crate) struct Wasi {
    context: WasiCtx,
    resources: ResourceTable,
}

impl WasiView for Wasi {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.context,
            table: &mut self.resources,
        }
    }
}

impl types::Host for Wasi {}

impl log::Host for Wasi {
    fn write(
        &mut self,
        _: log::Level,
        _: String,
        _: Vec<types::Pair>,
    ) -> std::result::Result<(), types::Error> {
        Ok(())
    }
}

impl Surroundings for Wasi {
    const LINKED: &[&str] = &["cloister:agent/log@"];

    fn link(linker: &mut Linker<Self>) -> Result<()> {
        wasmtime_wasi::p2::add_to_linker_sync(linker)?;
        log::add_to_linker::<_, HasSelf<Self>>(linker, |guest| guest)
    }
}

pub(crate) struct Bare<S: Surroundings> {
    engine: Engine,
    linker: Linker<S>,
    agent: HostedAgentPre<S>,
    event: Event,
}

impl<S: Surroundings> Bare<S> {
    pub(crate) fn new(component: &[u8], event: &sandbox::types::Event) -> Result<Self> {
        let mut pool = PoolingAllocationConfig::new();
        pool.total_component_instances(64)
            .total_memories(64)
            .max_memory_size(4 << 30)
            .linear_memory_keep_resident(2 << 20)
            .table_keep_resident(64 << 10)
            .pagemap_scan(Enabled::Auto);
        let mut config = Config::new();
        config
            .memory_reservation(4 << 30)
            .memory_guard_size(32 << 20)
            .memory_may_move(false)
            .allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
        let engine = Engine::new(&config)?;
        let mut linker = Linker::new(&engine);
        S::link(&mut linker)?;
        let component = Component::new(&engine, component)?;
        trap_others(&mut linker, &component)?;
        // The same shape in other bindings: JSON carries it over.
        let event = serde_json::to_value(event)
            .and_then(serde_json::from_value)
            .map_err(wasmtime::Error::new)?;
        Ok(Self {
            agent: linked(&linker, &component)?,
            engine,
            linker,
            event,
        })
    }

    pub(crate) fn calls(&self, times: u32) {
        for _ in 0..times {
            let replies = self.call(&self.agent);
            assert!(matches!(replies, Ok(Ok(_))), "{replies:?}");
        }
    }

    /// Writes the compiled code to a file.
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        let code = self.agent.instance_pre().component().serialize()?;
        std::fs::write(path, code).map_err(wasmtime::Error::new)
    }

    /// One call of what [`Self::write`] has written, which is mapped, linked and checked by no one.
    pub(crate) fn first_call(&self, path: &Path) -> Result<()> {
        // SAFETY: this process wrote it a moment ago.
        #[allow(unsafe_code, reason = "code of our own")]
        let component = unsafe { Component::deserialize_file(&self.engine, path)? };
        let replies = self.call(&linked(&self.linker, &component)?)?;
        assert!(replies.is_ok(), "{replies:?}");
        Ok(())
    }

    fn call(&self, agent: &HostedAgentPre<S>) -> Result<std::result::Result<Vec<Reply>, Failure>> {
        let mut store = Store::new(&self.engine, S::default());
        let agent = agent.instantiate(&mut store)?;
        agent
            .cloister_agent_handler()
            .call_handle(&mut store, &self.event.clone())
    }
}

/// Has the imports of the contract trap that nobody linked. Those of WASI are found by what they are compatible with.
fn trap_others<S: Surroundings>(linker: &mut Linker<S>, component: &Component) -> Result<()> {
    let engine = linker.engine().clone();
    for (name, item) in component.component_type().imports(&engine) {
        let ComponentItem::ComponentInstance(interface) = item.ty else {
            continue;
        };
        if !name.starts_with("cloister:") || S::LINKED.iter().any(|linked| name.contains(linked)) {
            continue;
        }
        let mut instance = linker.instance(name)?;
        for (name, item) in interface.exports(&engine) {
            match item.ty {
                ComponentItem::ComponentFunc(_) => {
                    instance.func_new(name, |_, _, _, _| Err(format_err!("it is not linked")))?;
                }
                ComponentItem::Resource(_) => {
                    instance.resource(name, ResourceType::host::<()>(), |_, _| Ok(()))?;
                }
                _ => {}
            }
        }
    }
    Ok(())
}

fn linked<S: Surroundings>(linker: &Linker<S>, component: &Component) -> Result<HostedAgentPre<S>> {
    component.initialize_copy_on_write_image()?;
    let instances: InstancePre<S> = linker.instantiate_pre(component)?;
    HostedAgentPre::new(instances)
}
