//! How wasmtime is tuned. The compiler's process uses the same tuning without the pool: compiled code carries its tuning
//! and is only loaded by an engine of the same.

use wasmtime::{
    Config, Enabled, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig,
    WasmBacktraceDetails,
};

const MIB: usize = 1024 * 1024;
const GIB: usize = 1024 * MIB;

/// What one component may consist of.
const CORE_INSTANCES: u32 = 64;
const MEMORIES: u32 = 4;
const TABLES: u32 = 8;
const TABLE_ELEMENTS: usize = 50_000;
/// Slots that keep a module's memory image, and up to 2 MiB of what it wrote, for its next call.
const WARM: u32 = 64;

/// What decides about the compiled code, and how it runs.
pub(crate) fn tuned(metered: bool) -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        .epoch_interruption(true)
        .consume_fuel(metered)
        .cranelift_opt_level(OptLevel::Speed)
        // The whole of a 32-bit memory is reserved and guarded, so that no access needs a bounds check.
        .memory_reservation(4 * GIB as u64)
        .memory_guard_size(32 * MIB as u64)
        .memory_may_move(false)
        .memory_init_cow(true)
        .max_wasm_stack(MIB)
        .async_stack_size(2 * MIB)
        // A turn that is run again comes to the same.
        .relaxed_simd_deterministic(true)
        .wasm_backtrace_details(WasmBacktraceDetails::Enable)
        // Neither native debuggers nor native unwinders look at guests.
        .debug_symbols(false)
        .native_unwind_info(false);
    config
}

/// The same, with room for this many instances at once.
pub(crate) fn pooled(metered: bool, instances: u32) -> Config {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances)
        .total_stacks(instances)
        .total_core_instances(instances.saturating_mul(CORE_INSTANCES))
        .max_core_instances_per_component(CORE_INSTANCES)
        .total_memories(instances.saturating_mul(MEMORIES))
        .max_memories_per_component(MEMORIES)
        .max_memory_size(4 * GIB)
        .total_tables(instances.saturating_mul(TABLES))
        .max_tables_per_component(TABLES)
        .max_tables_per_module(TABLES)
        .table_elements(TABLE_ELEMENTS)
        .linear_memory_keep_resident(2 * MIB)
        .max_unused_warm_slots(instances.min(WARM))
        .table_keep_resident(64 * 1024)
        .pagemap_scan(Enabled::Auto);
    let mut config = tuned(metered);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    config
}

#[cfg(test)]
mod tests {
    use std::hash::{DefaultHasher, Hash, Hasher};

    use wasmtime::Engine;

    use super::*;

    fn compatibility(config: &Config) -> u64 {
        let mut hasher = DefaultHasher::new();
        Engine::new(config)
            .unwrap()
            .precompile_compatibility_hash()
            .hash(&mut hasher);
        hasher.finish()
    }

    #[test]
    fn the_compiler_makes_what_the_pool_loads() {
        for metered in [false, true] {
            assert_eq!(
                compatibility(&tuned(metered)),
                compatibility(&pooled(metered, 4)),
                "metered: {metered}"
            );
        }
        assert_ne!(compatibility(&tuned(false)), compatibility(&tuned(true)));
    }
}
