//! The reference: wasmtime with nothing around it. The pool, memory images and guard pages are the host's; there is no
//! interruption, no limit, no fiber, no accounting, and every import answers at once.

use wasmtime::component::{Component, HasSelf, InstancePre, Linker};
use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Result, Store};

mod bindings {
    #![allow(clippy::all, clippy::unwrap_used, clippy::indexing_slicing, reason = "generated")]

    wasmtime::component::bindgen!({
        path: "../../guest-sdk/wit",
        world: "cloister:agent/agent",
        // The types are the host's own, so that both are given the very same event.
        with: { "cloister:agent/types": sandbox::types },
        additional_derives: [Clone],
    });
}

use bindings::AgentPre;
use bindings::cloister::agent::{history, log, outbox, progress, schedule, state};
use sandbox::types::{Error, ErrorCode, Reply};

struct Nothing;

pub struct Bare {
    engine: Engine,
    agent: AgentPre<Nothing>,
}

impl Bare {
    pub fn new(component: &[u8]) -> Result<Self> {
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
        bindings::Agent::add_to_linker::<_, HasSelf<Nothing>>(&mut linker, |nothing| nothing)?;
        let component = Component::new(&engine, component)?;
        component.initialize_copy_on_write_image()?;
        let instances: InstancePre<Nothing> = linker.instantiate_pre(&component)?;
        Ok(Self { engine, agent: AgentPre::new(instances)? })
    }

    pub fn calls(&self, times: u32) {
        for _ in 0..times {
            let replies = self.call();
            assert!(matches!(replies, Ok(Ok(_))), "{replies:?}");
        }
    }

    fn call(&self) -> Result<std::result::Result<Vec<Reply>, sandbox::types::Failure>> {
        let mut store = Store::new(&self.engine, Nothing);
        let agent = self.agent.instantiate(&mut store)?;
        agent.cloister_agent_handler().call_handle(&mut store, &super::event())
    }
}
