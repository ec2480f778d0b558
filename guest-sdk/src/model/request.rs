//! Making requests, and reading answers.

use super::{Completion, Image, Message, Part, Request, Role, Tool, ToolCall, ToolChoice};

impl Request {
    /// One in which nothing has been said yet.
    #[expect(
        clippy::new_without_default,
        reason = "generated types derive no default"
    )]
    pub fn new() -> Request {
        Request {
            messages: Vec::new(),
            tools: Vec::new(),
            tool_choice: ToolChoice::Automatic,
            output_schema: None,
            max_output_tokens: None,
            temperature: None,
            metadata: Vec::new(),
        }
    }

    /// Says what the model is to be and do.
    pub fn system(self, text: impl Into<String>) -> Request {
        self.message(Message::text(Role::System, text))
    }

    /// Says what someone said to the model.
    pub fn user(self, text: impl Into<String>) -> Request {
        self.message(Message::text(Role::User, text))
    }

    /// Says what the model said itself.
    pub fn assistant(self, text: impl Into<String>) -> Request {
        self.message(Message::text(Role::Assistant, text))
    }

    /// Adds a message.
    pub fn message(mut self, message: Message) -> Request {
        self.messages.push(message);
        self
    }

    /// Lets the model call a tool.
    pub fn tool(mut self, tool: Tool) -> Request {
        self.tools.push(tool);
        self
    }

    /// Asks for JSON that fits a schema: JSON text of an object.
    pub fn output_schema(mut self, schema: impl Into<String>) -> Request {
        self.output_schema = Some(schema.into());
        self
    }

    /// Cuts the answer at so many tokens.
    pub fn max_output_tokens(mut self, tokens: u32) -> Request {
        self.max_output_tokens = Some(tokens);
        self
    }

    /// How much chance there is in the answer, in hundredths: 0 to 200.
    pub fn temperature(mut self, hundredths: u32) -> Request {
        self.temperature = Some(hundredths);
        self
    }
}

impl Message {
    /// A message of text alone.
    pub fn text(role: Role, text: impl Into<String>) -> Message {
        Message {
            role,
            parts: vec![Part::Text(text.into())],
        }
    }

    /// Adds an image, which only a user shows.
    pub fn image(mut self, content_type: impl Into<String>, data: impl Into<Vec<u8>>) -> Message {
        self.parts.push(Part::Image(Image {
            content_type: content_type.into(),
            data: data.into(),
        }));
        self
    }
}

impl Tool {
    /// A tool that takes what fits a JSON Schema: JSON text of an object.
    pub fn new(
        name: impl Into<String>,
        description: impl Into<String>,
        input_schema: impl Into<String>,
    ) -> Tool {
        Tool {
            name: name.into(),
            description: description.into(),
            input_schema: input_schema.into(),
        }
    }
}

impl Completion {
    /// All of its text.
    pub fn text(&self) -> String {
        let texts = self.parts.iter().filter_map(|part| match part {
            Part::Text(text) => Some(text.as_str()),
            _ => None,
        });
        texts.collect()
    }

    /// The tools that it calls.
    pub fn tool_calls(&self) -> impl Iterator<Item = &ToolCall> {
        self.parts.iter().filter_map(|part| match part {
            Part::ToolCall(call) => Some(call),
            _ => None,
        })
    }

    /// The same as a message, for the next request.
    pub fn into_message(self) -> Message {
        Message {
            role: Role::Assistant,
            parts: self.parts,
        }
    }
}
