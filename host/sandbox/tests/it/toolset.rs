//! Toolsets: tools are listed and run as agents are.

use sandbox::types::Call;
use sandbox::{Capabilities, Limits, Stop};

use crate::guest::{echo, module_in};
use crate::host::Host;

/// One tool, `shout`, that answers with its arguments.
pub(crate) const TOOLS: &str = r#"
  (module
    (memory (export "memory") 2)
    (data (i32.const 512) "shout")
    (data (i32.const 520) "{}")
    (global $heap (mut i32) (i32.const 65536))
    (func (export "cabi_realloc") (param i32 i32 i32) (param $size i32) (result i32)
      (global.get $heap)
      (global.set $heap (i32.add (global.get $heap)
        (i32.and (i32.add (local.get $size) (i32.const 7)) (i32.const -8)))))
    ;; tool: name 0, description 8, input schema 16, output schema 24 to 36, metadata 36: 44 bytes.
    (func (export "cloister:agent/toolset@1.0.0#tools") (result i32)
      (i32.store (i32.const 1028) (i32.const 1040))
      (i32.store (i32.const 1032) (i32.const 1))
      (i32.store (i32.const 1040) (i32.const 512))
      (i32.store (i32.const 1044) (i32.const 5))
      (i32.store (i32.const 1056) (i32.const 520))
      (i32.store (i32.const 1060) (i32.const 2))
      (i32.const 1024))
    ;; outcome: content 4, text 12 to 24, metadata 24.
    (func (export "cloister:agent/toolset@1.0.0#run")
      (param $id i32) (param i32) (param $name i32) (param i32) (param $arguments i32) (param $length i32) (param i32 i32)
      (result i32)
      (i32.store (i32.const 1028) (local.get $arguments))
      (i32.store (i32.const 1032) (local.get $length))
      (i32.const 1024)))
"#;

#[tokio::test]
async fn tools_are_listed_and_run() {
    let host = Host::new();
    let module = host.load(&module_in("tools", TOOLS)).await;
    let tools = module
        .tools(Capabilities::default(), &Limits::default())
        .await
        .outcome
        .unwrap();
    let tools: Vec<_> = tools
        .iter()
        .map(|tool| (tool.name.as_str(), tool.input_schema.as_str()))
        .collect();
    assert_eq!(tools, [("shout", "{}")]);

    let call = Call {
        id: "1".to_owned(),
        name: "shout".to_owned(),
        arguments: r#"{"loud":true}"#.to_owned(),
        metadata: Vec::new(),
    };
    let outcome = module
        .call_tool(call, Capabilities::default(), &Limits::default())
        .await
        .outcome
        .unwrap();
    assert_eq!(
        (outcome.content.as_str(), outcome.text),
        (r#"{"loud":true}"#, None)
    );
}

#[tokio::test]
async fn an_agent_is_not_a_toolset() {
    let host = Host::new();
    let run = host
        .load(&echo())
        .await
        .tools(Capabilities::default(), &Limits::default())
        .await;
    assert!(
        matches!(
            run.outcome,
            Err(Stop::NotExported {
                interface: "cloister:agent/toolset"
            })
        ),
        "{run:?}"
    );
}
