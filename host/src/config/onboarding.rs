//! What people who talk over the Channel API are given before they set up an account, and what they are told.

use clap::Args;
use url::Url;

/// What people who talk over the Channel API are given before they set up an account, and what they are told.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "People of messaging products")]
pub struct Onboarding {
    /// Agents that someone may have before they set up their account, or `unlimited`
    #[arg(long, env = "CLOISTER_FREE_AGENTS", value_name = "COUNT", default_value = "3", value_parser = allowance)]
    pub free_agents: Allowance,
    /// Messages to agents of their own, or shared with them, that they may send before that, or `unlimited`
    #[arg(long, env = "CLOISTER_FREE_PROMPTS", value_name = "COUNT", default_value = "500", value_parser = allowance)]
    pub free_prompts: Allowance,
    /// Commands that change something that they may give before that, or `unlimited`
    #[arg(long, env = "CLOISTER_FREE_CALLS", value_name = "COUNT", default_value = "1000", value_parser = allowance)]
    pub free_calls: Allowance,
    /// Address of the terms of service that a welcome names; without it, a page of this host
    #[arg(long, env = "CLOISTER_TERMS_URL", value_name = "URL", value_parser = super::addresses::web_url)]
    pub terms_url: Option<Url>,
    /// Address of the privacy policy that a welcome names; without it, a page of this host
    #[arg(long, env = "CLOISTER_PRIVACY_URL", value_name = "URL", value_parser = super::addresses::web_url)]
    pub privacy_url: Option<Url>,
}

/// So many, or as many as one likes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance(pub Option<i64>);

pub(super) fn allowance(text: &str) -> Result<Allowance, String> {
    if text == "unlimited" {
        return Ok(Allowance(None));
    }
    let count: u32 = text
        .parse()
        .map_err(|_| format!("`{text}` is neither a number nor `unlimited`"))?;
    Ok(Allowance(Some(count.into())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allowance_is_a_number_or_unlimited() {
        assert_eq!(allowance("0"), Ok(Allowance(Some(0))));
        assert_eq!(allowance("unlimited"), Ok(Allowance(None)));
        assert!(allowance("-1").is_err());
        assert!(allowance("many").is_err());
    }
}
