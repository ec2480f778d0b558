//! Keys, and who the first owner is.

use clap::Args;

use crate::vault::{Keyring, Secret};

/// Keys, and who the first owner is.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Keys and the first owner")]
pub struct Identity {
    /// 32 bytes in base64 that seal what is secret; several, separated by commas: the first seals, all open.
    /// Without it, a key is made once in the data folder
    #[arg(long, env = "CLOISTER_MASTER_KEY", value_name = "KEYS", hide_env_values = true, value_parser = keyring)]
    pub master_key: Option<Keyring>,
    /// E-mail of the first owner, made at the first start
    #[arg(long, env = "CLOISTER_ADMIN_EMAIL", value_name = "EMAIL", value_parser = email)]
    pub admin_email: Option<String>,
    /// Password of the first owner, at least 12 characters
    #[arg(long, env = "CLOISTER_ADMIN_PASSWORD", value_name = "PASSWORD", hide_env_values = true, requires = "admin_email", value_parser = password)]
    pub admin_password: Option<Secret<String>>,
    /// Key with which text-only channels may be registered without a sign-in; without it, none may
    #[arg(long, env = "CLOISTER_REGISTRATION_KEY", value_name = "KEY", hide_env_values = true, value_parser = secret)]
    pub registration_key: Option<Secret<String>>,
    /// Token of the external message API, for the first organization; one that is made over the API beats it
    #[arg(long, env = "EXTERNAL_API_TOKEN", value_name = "TOKEN", hide_env_values = true, value_parser = secret)]
    pub external_api_token: Option<Secret<String>>,
}

/// Shorter passwords are not accepted anywhere.
const PASSWORD_LENGTH: usize = 12;

fn keyring(text: &str) -> Result<Keyring, String> {
    Keyring::parse(text).map_err(|error| error.to_string())
}

fn email(text: &str) -> Result<String, String> {
    match text.split_once('@') {
        Some((name, host)) if !name.is_empty() && !host.is_empty() && !host.contains('@') => {
            Ok(text.to_owned())
        }
        _ => Err("not an e-mail address".to_owned()),
    }
}

fn password(text: &str) -> Result<Secret<String>, String> {
    if text.chars().count() < PASSWORD_LENGTH {
        return Err(format!("it has fewer than {PASSWORD_LENGTH} characters"));
    }
    secret(text)
}

fn secret(text: &str) -> Result<Secret<String>, String> {
    Ok(Secret::new(text.to_owned()))
}
