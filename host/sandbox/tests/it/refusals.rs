//! Bytes that are no module of this host, each refused for its own reason.

use sandbox::{Capabilities, Exports, Inspection, LoadError, MODULE_BYTES, Refusal, Stop, inspect};

use crate::guest::{agent, echo, module_in, module_of};
use crate::host::{Host, event};

#[test]
fn a_core_module_becomes_a_component() {
    let core = agent(
        r#"(import "cloister:agent/state@1.0.0" "get" (func $get (param i32 i32 i32 i32)))
           (import "cloister:agent/log@1.0.0" "write" (func $write (param i32 i32 i32 i32 i32 i32)))"#,
        "unreachable",
    );
    let inspection = inspect(&core).unwrap();
    assert_eq!(inspection.digest, sandbox::Digest::of(&core));
    assert_eq!(
        inspection.exports,
        Exports {
            handler: true,
            toolset: false
        }
    );
    assert_eq!(inspection.interface_version, "1.0.0");
    let mut capabilities = inspection.capabilities.clone();
    capabilities.sort();
    assert_eq!(capabilities, ["log", "state"]);

    // The component is a module of its own, that inspects to the same.
    let again = inspect(&inspection.component).unwrap();
    assert_eq!(again.component, inspection.component);
    assert_eq!(
        (again.capabilities, again.exports),
        (inspection.capabilities.clone(), inspection.exports)
    );

    let kept: Inspection =
        serde_json::from_value(serde_json::to_value(&inspection).unwrap()).unwrap();
    assert_eq!(
        kept,
        Inspection {
            component: Vec::new(),
            ..inspection
        }
    );
}

#[test]
fn what_is_not_webassembly_says_what_it_may_be() {
    for (bytes, hint) in [
        (b"".as_slice(), "no bytes"),
        (b"#!/bin/sh", "00 61 73 6d"),
        (b"\n (component)", "text format"),
        (b"PK\x03\x04rest", "zip"),
        (b"\x1f\x8b\x08rest", "compressed"),
    ] {
        let refusal = inspect(bytes).unwrap_err();
        assert!(matches!(refusal, Refusal::NotWasm { .. }), "{refusal:?}");
        assert!(refusal.to_string().contains(hint), "{refusal}");
    }
}

/// The sections at a component's end that nothing depends on: names, and what made it.
fn after_last_export(component: &[u8]) -> &[u8] {
    let exported = b"cloister:agent/handler@1.0.0\x05\x01\x00";
    let at = component
        .windows(exported.len())
        .rposition(|bytes| bytes == exported)
        .unwrap();
    &component[at + exported.len()..]
}

#[test]
fn wherever_it_is_cut_it_is_refused() {
    let core = echo();
    let component = inspect(&core).unwrap().component;
    for whole in [&core, &component] {
        for length in 0..whole.len() {
            let cut = inspect(&whole[..length]);
            let fits = match &cut {
                Err(Refusal::NotWasm { .. }) => length == 0,
                Err(Refusal::Truncated { .. }) => length > 0,
                // A cut between two sections leaves something whole that lacks its end.
                Err(
                    Refusal::NotAComponent { .. } | Refusal::NoExport | Refusal::Invalid { .. },
                ) => length >= 8,
                // What comes after the last export is for people.
                Ok(_) => after_last_export(whole).ends_with(&whole[length..]),
                _ => false,
            };
            assert!(fits, "{length}: {cut:?}");
        }
    }
    let cut = inspect(&component[..component.len() / 2]).unwrap_err();
    assert!(matches!(&cut, Refusal::Truncated { .. }), "{cut:?}");
}

#[test]
fn whatever_byte_of_a_component_is_wrong_there_is_an_answer() {
    let whole = inspect(&echo()).unwrap().component;
    for at in (0..whole.len()).step_by(3) {
        let mut wrong = whole.clone();
        wrong[at] ^= 0x55;
        // Many a byte is as good as another: the point is that no answer is a panic.
        if let Err(refusal) = inspect(&wrong) {
            assert!(!refusal.is_host_fault(), "{at}: {refusal:?}");
        }
    }
}

#[test]
fn a_version_that_is_not_spoken_is_named_with_ours() {
    for (package, world) in [
        ("2.0.0", "agent"),
        ("1.1.0", "agent"),
        ("1.0.3", "agent"),
        ("0.9.0", "tools"),
    ] {
        let export = match world {
            "agent" => format!(
                r#"(func (export "cloister:agent/handler@{package}#handle") (param i32) (result i32) unreachable)"#
            ),
            _ => format!(
                r#"(func (export "cloister:agent/toolset@{package}#tools") (result i32) unreachable)
                   (func (export "cloister:agent/toolset@{package}#run") (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32) unreachable)"#
            ),
        };
        let text = format!(
            r#"(module (memory (export "memory") 1)
                 (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable) {export})"#
        );
        let module = module_of(world, &text, |wit| {
            wit.replace("@1.0.0", &format!("@{package}"))
        });
        let refusal = inspect(&module).unwrap_err();
        let Refusal::UnsupportedVersion {
            interface, wanted, ..
        } = &refusal
        else {
            panic!("{refusal:?}")
        };
        assert!(interface.starts_with("cloister:agent/"), "{interface}");
        assert_eq!(wanted, package);
        assert!(refusal.to_string().contains("supports 1.0.0"), "{refusal}");
    }
}

#[test]
fn an_import_that_nobody_has_is_named() {
    let core = module_of(
        "agent",
        r#"(module
             (import "cloister:agent/telepathy@1.0.0" "read" (func (param i32)))
             (memory (export "memory") 1)
             (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
             (func (export "cloister:agent/handler@1.0.0#handle") (param i32) (result i32) unreachable))"#,
        |wit| {
            wit.replace("    import log;", "    import log;\n    import telepathy;")
                .replace(
                    "interface log {",
                    "interface telepathy { read: func() -> string; }\ninterface log {",
                )
        },
    );
    let refusal = inspect(&core).unwrap_err();
    assert_eq!(
        refusal,
        Refusal::UnknownImport {
            name: "cloister:agent/telepathy@1.0.0".to_owned()
        }
    );

    for import in [
        r#"(import "wasi:keyvalue/store@0.2.0" (instance))"#,
        r#"(import "frobnicate" (func))"#,
    ] {
        let component = wat::parse_str(format!("(component {import})")).unwrap();
        let refusal = inspect(&component).unwrap_err();
        let Refusal::UnknownImport { name } = &refusal else {
            panic!("{refusal:?}")
        };
        assert!(import.contains(name.as_str()), "{name}");
    }
}

#[test]
fn what_can_be_called_for_nothing_is_refused() {
    assert_eq!(
        inspect(&wat::parse_str("(component)").unwrap()),
        Err(Refusal::NoExport)
    );
    let bare = inspect(&wat::parse_str(r#"(module (func (export "run")))"#).unwrap()).unwrap_err();
    assert!(
        matches!(bare, Refusal::NoExport | Refusal::NotAComponent { .. }),
        "{bare:?}"
    );
    let wasi = inspect(
        &wat::parse_str(r#"(module (import "wasi_snapshot_preview1" "fd_write" (func)))"#).unwrap(),
    );
    assert!(
        matches!(&wasi, Err(Refusal::NotAComponent { message }) if message.contains("wasi_snapshot_preview1")),
        "{wasi:?}"
    );
}

#[test]
fn more_bytes_than_are_looked_at_are_refused_at_once() {
    let refusal = inspect(&vec![0; MODULE_BYTES + 1]).unwrap_err();
    assert_eq!(
        refusal,
        Refusal::TooLarge {
            size: MODULE_BYTES + 1,
            limit: MODULE_BYTES
        }
    );
}

#[tokio::test]
async fn an_import_of_another_type_is_refused_when_it_is_linked() {
    let core = module_of(
        "agent",
        r#"(module
             (import "cloister:agent/progress@1.0.0" "typing" (func (param i32)))
             (memory (export "memory") 1)
             (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
             (func (export "cloister:agent/handler@1.0.0#handle") (param i32) (result i32) unreachable))"#,
        |wit| {
            wit.replace(
                "typing: func() -> result<_, error>;",
                "typing: func(fast: u32);",
            )
        },
    );
    let refused = Host::new().try_load(&core).await.unwrap_err();
    assert!(
        matches!(&refused, LoadError::Refused(Refusal::Mismatch { message }) if message.contains("typing")),
        "{refused:?}"
    );
}

#[tokio::test]
async fn an_export_of_another_type_is_too() {
    let text = r#"(module
        (memory (export "memory") 1)
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
        (func (export "cloister:agent/handler@1.0.0#handle") (param i32 i32) (result i32) unreachable))"#;
    let module = module_of("agent", text, |wit| {
        wit.replace("handle: func(event: event)", "handle: func(event: string)")
    });
    let refused = Host::new().try_load(&module).await.unwrap_err();
    assert!(
        matches!(&refused, LoadError::Refused(Refusal::Mismatch { message }) if message.contains("`handle` of its export")),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_module_that_wants_more_than_there_is_is_refused() {
    let vast = agent("(table 60000 funcref)", "unreachable");
    let refused = Host::new().try_load(&vast).await.unwrap_err();
    assert!(
        matches!(refused, LoadError::Refused(Refusal::TooDemanding { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_function_body_that_is_not_valid_is_refused_by_the_compiler() {
    let mut core = echo();
    // `i32.load` of what is no address: the last instructions of the last function.
    let at = core
        .windows(2)
        .rposition(|pair| pair == [0x28, 0x02])
        .unwrap();
    core[at] = 0x2b; // f64.load
    let refused = Host::new().try_load(&core).await.unwrap_err();
    assert!(
        matches!(
            refused,
            LoadError::Refused(Refusal::Invalid { .. } | Refusal::NotAComponent { .. })
        ),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_toolset_is_not_an_agent() {
    let host = Host::new();
    let tools = module_in("tools", crate::toolset::TOOLS);
    let run = host
        .load(&tools)
        .await
        .handle(event("e"), Capabilities::default(), &Default::default())
        .await;
    assert!(
        matches!(
            run.outcome,
            Err(Stop::NotExported {
                interface: "cloister:agent/handler"
            })
        ),
        "{run:?}"
    );
}
