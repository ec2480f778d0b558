//! A toolset: functions that an agent, or a model on its behalf, may call.

pub use crate::bindings::tools::exports::cloister::agent::toolset::{Call, Outcome, Tool};

use crate::{Context, Failure};

/// What an author implements, and exports with [`toolset!`](crate::toolset!).
///
/// ```
/// use cloister_guest::{Call, Context, Failure, Outcome, Tool, Toolset, testing::Host};
///
/// struct Dice;
///
/// impl Toolset for Dice {
///     fn tools() -> Vec<Tool> {
///         vec![Tool::new("roll", "Rolls a die, fairly chosen").output(r#"{"type": "integer"}"#)]
///     }
///
///     fn run(_: &Context, call: &Call) -> Result<Outcome, Failure> {
///         match call.name.as_str() {
///             "roll" => Ok(Outcome::json("4").text("It shows a four.")),
///             unknown => Err(Failure::not_found(format!("there is no tool `{unknown}`"))),
///         }
///     }
/// }
///
/// cloister_guest::toolset!(Dice);
///
/// let mut host = Host::<Dice>::new();
/// assert_eq!(host.call("roll", "{}")?.content, "4");
/// # Ok::<(), Failure>(())
/// ```
pub trait Toolset {
    /// The tools that there are.
    fn tools() -> Vec<Tool>;

    /// Runs one of them.
    fn run(cx: &Context, call: &Call) -> Result<Outcome, Failure>;
}

/// Exports a type as the toolset of this component. One that can also be talked to uses [`agent!`](crate::agent!) as well.
#[macro_export]
macro_rules! toolset {
    ($toolset:ty) => {
        const _: () = {
            #[cfg(target_arch = "wasm32")]
            type Exported = $crate::private::ExportedToolset<$toolset>;
            #[cfg(target_arch = "wasm32")]
    $crate::bindings::tools::export_tools!(Exported with_types_in $crate::bindings::tools);

            // Natively there is nothing to export, but a type that is no toolset is a mistake there too.
            #[cfg(not(target_arch = "wasm32"))]
            const _: fn(
                &$crate::Context,
                &$crate::Call,
            ) -> Result<$crate::Outcome, $crate::Failure> = <$toolset as $crate::Toolset>::run;
        };
    };
}

impl Tool {
    /// A tool that takes no arguments until [`Tool::input`] says otherwise. A name is `[a-z0-9_]{1,64}`.
    pub fn new(name: impl Into<String>, description: impl Into<String>) -> Tool {
        Tool {
            name: name.into(),
            description: description.into(),
            input_schema: r#"{"type": "object", "properties": {}}"#.to_owned(),
            output_schema: None,
            metadata: Vec::new(),
        }
    }

    /// The JSON Schema of the arguments, an object.
    pub fn input(mut self, schema: impl Into<String>) -> Tool {
        self.input_schema = schema.into();
        self
    }

    /// The JSON Schema of the result.
    pub fn output(mut self, schema: impl Into<String>) -> Tool {
        self.output_schema = Some(schema.into());
        self
    }
}

#[cfg(feature = "json")]
impl Call {
    /// The arguments as a type of the tool's own; a mismatch is the caller's mistake.
    pub fn parse<T: serde::de::DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_str(&self.arguments)
            .map_err(|error| Failure::invalid(format!("arguments of `{}`: {error}", self.name)))
    }
}

impl Outcome {
    /// A result for a program, as JSON text.
    pub fn json(content: impl Into<String>) -> Outcome {
        Outcome {
            content: content.into(),
            text: None,
            metadata: Vec::new(),
        }
    }

    /// The same in a sentence for a person.
    pub fn text(mut self, text: impl Into<String>) -> Outcome {
        self.text = Some(text.into());
        self
    }
}
