//! Which language model agents ask where their project has no provider of its own, and what models may take.

use std::time::Duration;

use clap::Args;
use store::providers::ProviderKind;
use url::Url;

use super::addresses::web_url;
use super::onboarding::{Allowance, allowance};
use super::seconds;
use crate::vault::Secret;

/// Which language model agents ask where their project has no provider of its own, and what models may take.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Language models")]
pub struct Models {
    /// The API that is asked: `https://api.openai.com/v1`, `http://127.0.0.1:11434/v1`; it may be in a private network
    #[arg(id = "model_url", long = "model-url", env = "CLOISTER_MODEL_URL", value_name = "URL", value_parser = web_url, requires = "model_name")]
    pub url: Option<Url>,
    /// What it speaks: `openai`, which most do, `anthropic` or `google`
    #[arg(id = "model_kind", long = "model-kind", env = "CLOISTER_MODEL_KIND", value_name = "KIND", default_value = "openai", value_parser = kind)]
    pub kind: ProviderKind,
    /// Its key
    #[arg(id = "model_key", long = "model-key", env = "CLOISTER_MODEL_KEY", value_name = "KEY", hide_env_values = true, value_parser = secret, requires = "model_url")]
    pub key: Option<Secret<String>>,
    /// The model
    #[arg(
        id = "model_name",
        long = "model-name",
        env = "CLOISTER_MODEL_NAME",
        value_name = "NAME",
        requires = "model_url"
    )]
    pub name: Option<String>,
    /// Tokens that each agent may use of it a day, or `unlimited`
    #[arg(id = "model_agent_tokens", long = "model-agent-tokens", env = "CLOISTER_MODEL_AGENT_TOKENS", value_name = "COUNT", default_value = "1000000", value_parser = allowance)]
    pub agent_tokens: Allowance,
    /// Tokens that the agents of a project may use of it a day, or `unlimited`
    #[arg(id = "model_project_tokens", long = "model-project-tokens", env = "CLOISTER_MODEL_PROJECT_TOKENS", value_name = "COUNT", default_value = "10000000", value_parser = allowance)]
    pub project_tokens: Allowance,
    /// Seconds that one answer of a model may take
    #[arg(id = "model_time", long = "model-seconds", env = "CLOISTER_MODEL_SECONDS", value_name = "SECONDS", default_value = "90", value_parser = seconds)]
    pub time: Duration,
    /// Seconds after which a provider that is busy or failing is asked again, once for each of them
    #[arg(id = "model_retry", long = "model-retry-seconds", env = "CLOISTER_MODEL_RETRY_SECONDS", value_name = "SECONDS", value_delimiter = ',', default_value = "0.5,2,5", value_parser = seconds)]
    pub retry: Vec<Duration>,
}

impl Models {
    /// Whether agents have a model to ask without a provider of their own.
    pub fn is_set(&self) -> bool {
        self.url.is_some()
    }
}

fn kind(text: &str) -> Result<ProviderKind, String> {
    text.parse()
        .map_err(|error: store::UnknownWord| error.to_string())
}

fn secret(text: &str) -> Result<Secret<String>, String> {
    // As a header has to carry it.
    match !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic()) {
        true => Ok(Secret::new(text.to_owned())),
        false => Err("must be visible ASCII characters without spaces".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    #[test]
    fn an_address_and_a_name_belong_together() {
        let both = [
            "--model-url",
            "http://127.0.0.1:11434/v1",
            "--model-name",
            "llama",
        ];
        assert!(Config::from_flags(both).unwrap().models.is_set());
        for half in [
            &both[..2],
            &both[2..],
            &["--model-key", "hunter2"],
            &["--model-kind", "cohere"],
        ] {
            let mistake = Config::from_flags(half.iter().copied()).unwrap_err();
            assert!(!mistake.to_string().contains("hunter2"), "{mistake}");
        }
    }

    #[test]
    fn a_key_that_no_header_carries_is_told_without_it() {
        let flags = ["--model-key", "hunter 2"];
        let mistake = Config::from_flags(flags).unwrap_err().to_string();
        assert!(mistake.contains("CLOISTER_MODEL_KEY"), "{mistake}");
        assert!(!mistake.contains("hunter"), "{mistake}");
    }
}
