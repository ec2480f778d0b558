//! The reference: wasmtime with nothing around it. The pool, memory images and guard pages are the host's; there is no
//! interruption, no limit, no fiber and no accounting, and an import that is called is a trap.

use wasmtime::component::{Component, InstancePre, Linker};
use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Result, Store,
};

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
use bindings::exports::cloister::agent::handler::{Event, Failure, Reply};

pub(crate) struct Bare {
    engine: Engine,
    agent: HostedAgentPre<()>,
    event: Event,
}

impl Bare {
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
        let component = Component::new(&engine, component)?;
        linker.define_unknown_imports_as_traps(&component)?;
        component.initialize_copy_on_write_image()?;
        let instances: InstancePre<()> = linker.instantiate_pre(&component)?;
        // The same shape in other bindings: JSON carries it over.
        let event = serde_json::to_value(event)
            .and_then(serde_json::from_value)
            .map_err(wasmtime::Error::new)?;
        Ok(Self {
            engine,
            agent: HostedAgentPre::new(instances)?,
            event,
        })
    }

    pub(crate) fn calls(&self, times: u32) {
        for _ in 0..times {
            let replies = self.call();
            assert!(matches!(replies, Ok(Ok(_))), "{replies:?}");
        }
    }

    fn call(&self) -> Result<std::result::Result<Vec<Reply>, Failure>> {
        let mut store = Store::new(&self.engine, ());
        let agent = self.agent.instantiate(&mut store)?;
        agent
            .cloister_agent_handler()
            .call_handle(&mut store, &self.event.clone())
    }
}
