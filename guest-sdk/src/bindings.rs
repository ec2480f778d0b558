//! What `wit-bindgen` makes of the contract in `wit/`: the shapes and the host's functions once, and each export by itself,
//! so that an agent exports no toolset and a toolset no agent.
#![allow(
    unsafe_code,
    unreachable_pub,
    missing_docs,
    clippy::all,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "generated code"
)]

/// The shapes, and the functions that the host offers.
pub mod capabilities {
    wit_bindgen::generate!({
        world: "capabilities",
        path: "wit",
        additional_derives: [Clone, PartialEq, Eq],
        // It holds what cannot be copied.
        additional_derives_ignore: ["stream-error"],
        generate_all,
        generate_unused_types: true,
    });
}

/// The export of an agent.
#[cfg(target_arch = "wasm32")]
pub mod agent {
    wit_bindgen::generate!({
        world: "agent",
        path: "wit",
        pub_export_macro: true,
        export_macro_name: "export_agent",
        default_bindings_module: "cloister_guest::bindings::agent",
        with: {
            "cloister:agent/types@1.0.0": crate::bindings::capabilities::cloister::agent::types,
            "cloister:agent/log@1.0.0": crate::bindings::capabilities::cloister::agent::log,
            "cloister:agent/state@1.0.0": crate::bindings::capabilities::cloister::agent::state,
            "cloister:agent/history@1.0.0": crate::bindings::capabilities::cloister::agent::history,
            "cloister:agent/progress@1.0.0": crate::bindings::capabilities::cloister::agent::progress,
            "cloister:agent/schedule@1.0.0": crate::bindings::capabilities::cloister::agent::schedule,
            "cloister:agent/outbox@1.0.0": crate::bindings::capabilities::cloister::agent::outbox,
            "cloister:agent/workspace@1.0.0": crate::bindings::capabilities::cloister::agent::workspace,
            "cloister:agent/projects@1.0.0": crate::bindings::capabilities::cloister::agent::projects,
            "cloister:agent/model@1.0.0": crate::bindings::capabilities::cloister::agent::model,
            "cloister:agent/secrets@1.0.0": crate::bindings::capabilities::cloister::agent::secrets,
            "cloister:agent/toolbox@1.0.0": crate::bindings::capabilities::cloister::agent::toolbox,
            "wasi:http/types@0.2.0": crate::bindings::capabilities::wasi::http::types,
            "wasi:http/outgoing-handler@0.2.0": crate::bindings::capabilities::wasi::http::outgoing_handler,
            "wasi:io/error@0.2.0": crate::bindings::capabilities::wasi::io::error,
            "wasi:io/poll@0.2.0": crate::bindings::capabilities::wasi::io::poll,
            "wasi:io/streams@0.2.0": crate::bindings::capabilities::wasi::io::streams,
            "wasi:clocks/monotonic-clock@0.2.0": crate::bindings::capabilities::wasi::clocks::monotonic_clock,
        },
    });
}

/// The export of a toolset.
pub mod tools {
    wit_bindgen::generate!({
        world: "tools",
        path: "wit",
        additional_derives: [Clone, PartialEq, Eq],
        pub_export_macro: true,
        export_macro_name: "export_tools",
        default_bindings_module: "cloister_guest::bindings::tools",
        with: {
            "cloister:agent/types@1.0.0": crate::bindings::capabilities::cloister::agent::types,
            "cloister:agent/log@1.0.0": crate::bindings::capabilities::cloister::agent::log,
            "cloister:agent/state@1.0.0": crate::bindings::capabilities::cloister::agent::state,
            "cloister:agent/history@1.0.0": crate::bindings::capabilities::cloister::agent::history,
            "cloister:agent/progress@1.0.0": crate::bindings::capabilities::cloister::agent::progress,
            "cloister:agent/schedule@1.0.0": crate::bindings::capabilities::cloister::agent::schedule,
            "cloister:agent/outbox@1.0.0": crate::bindings::capabilities::cloister::agent::outbox,
            "cloister:agent/workspace@1.0.0": crate::bindings::capabilities::cloister::agent::workspace,
            "cloister:agent/projects@1.0.0": crate::bindings::capabilities::cloister::agent::projects,
            "cloister:agent/model@1.0.0": crate::bindings::capabilities::cloister::agent::model,
            "cloister:agent/secrets@1.0.0": crate::bindings::capabilities::cloister::agent::secrets,
            "cloister:agent/toolbox@1.0.0": crate::bindings::capabilities::cloister::agent::toolbox,
            "wasi:http/types@0.2.0": crate::bindings::capabilities::wasi::http::types,
            "wasi:http/outgoing-handler@0.2.0": crate::bindings::capabilities::wasi::http::outgoing_handler,
            "wasi:io/error@0.2.0": crate::bindings::capabilities::wasi::io::error,
            "wasi:io/poll@0.2.0": crate::bindings::capabilities::wasi::io::poll,
            "wasi:io/streams@0.2.0": crate::bindings::capabilities::wasi::io::streams,
            "wasi:clocks/monotonic-clock@0.2.0": crate::bindings::capabilities::wasi::clocks::monotonic_clock,
        },
    });
}
