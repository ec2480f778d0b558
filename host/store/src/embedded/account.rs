//! The account is the user that the server runs as: the host's own, or, since Postgres refuses root, `postgres` where
//! the host is root (or whoever owns the cluster already).

use std::io;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::error::EmbeddedError;

const USER: &str = "postgres";

/// A program of util-linux, there on every Linux distribution: changes the user and asks the kernel for a signal at
/// the parent's end, before it becomes the program named. Both need `unsafe` from within a Rust process.
pub(super) const SETPRIV: &str = "/usr/bin/setpriv";

/// Who runs the server.
#[derive(Clone, Debug)]
pub(super) struct Account {
    uid: u32,
    /// To drop to, where the host is root.
    drop_to: Option<u32>,
    name: String,
}

impl Account {
    /// The one for `cluster`, which need not exist yet.
    pub(super) fn choose(cluster: &Path) -> Result<Account, EmbeddedError> {
        let own = rustix::process::geteuid().as_raw();
        let owner = std::fs::metadata(cluster)
            .ok()
            .map(|found| (found.uid(), found.gid()));
        match owner {
            Some((uid, _)) if own != 0 && uid != own => Err(EmbeddedError::Foreign {
                folder: cluster.to_owned(),
                owner: uid,
            }),
            Some((uid, gid)) if own == 0 && uid != 0 => Ok(Account {
                uid,
                drop_to: Some(gid),
                name: uid.to_string(),
            }),
            _ if own == 0 => Account::named(USER),
            _ => Ok(Account {
                uid: own,
                drop_to: None,
                name: own.to_string(),
            }),
        }
    }

    fn named(user: &str) -> Result<Account, EmbeddedError> {
        let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        let (uid, gid) = users
            .lines()
            .find_map(|line| ids_of(line, user))
            .ok_or_else(|| EmbeddedError::NoUser {
                user: user.to_owned(),
            })?;
        Ok(Account {
            uid,
            drop_to: Some(gid),
            name: user.to_owned(),
        })
    }

    /// The numeric id of the user.
    pub(super) fn uid(&self) -> u32 {
        self.uid
    }

    /// Gives a folder to the user, where the host is root.
    pub(super) fn own(&self, folder: &Path) -> Result<(), EmbeddedError> {
        if let Some(gid) = self.drop_to {
            std::os::unix::fs::chown(folder, Some(self.uid), Some(gid))
                .map_err(EmbeddedError::path(folder))?;
        }
        Ok(())
    }

    /// A command that runs `program` as this user, with nothing of the host's environment, apart from the terminal's
    /// signals (Ctrl-C is the host's to handle).
    pub(super) fn command(&self, program: &Path, at_parents_end: Option<&str>) -> Command {
        let mut command = Command::new(SETPRIV);
        if let Some(gid) = self.drop_to {
            command
                .arg(format!("--reuid={}", self.uid))
                .arg(format!("--regid={gid}"))
                .arg("--clear-groups");
        }
        if let Some(signal) = at_parents_end {
            command.arg(format!("--pdeathsig={signal}"));
        }
        command.arg("--").arg(program);
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("LC_ALL", "C");
        command
            .current_dir("/")
            .stdin(Stdio::null())
            .process_group(0);
        command
    }

    /// Makes sure that the user can reach `folder`, which exists.
    pub(super) fn check_reach(&self, folder: &Path) -> Result<(), EmbeddedError> {
        if self.drop_to.is_none() || self.reaches(folder)? {
            return Ok(());
        }
        let mut way: Vec<&Path> = folder.ancestors().collect();
        way.reverse();
        for step in way {
            if !self.reaches(step)? {
                return Err(self.stopped_at(step));
            }
        }
        Ok(())
    }

    /// Whom not even the root folder lets through could not be become at all, as in a container without that right.
    fn stopped_at(&self, folder: &Path) -> EmbeddedError {
        if folder.parent().is_none() {
            let why = io::Error::other(format!("it cannot change to user {}", self.name));
            return EmbeddedError::program(Path::new(SETPRIV))(why);
        }
        EmbeddedError::Unreachable {
            folder: folder.to_owned(),
            user: self.name.clone(),
        }
    }

    /// Asks the system rather than the mode bits, which do not tell all.
    fn reaches(&self, folder: &Path) -> Result<bool, EmbeddedError> {
        let test = PathBuf::from("/usr/bin/test");
        let mut command = self.command(&test, None);
        let status = command
            .arg("-x")
            .arg(folder)
            .status()
            .map_err(EmbeddedError::program(Path::new(SETPRIV)))?;
        Ok(status.success())
    }
}

/// `name:password:uid:gid:…`
fn ids_of(line: &str, user: &str) -> Option<(u32, u32)> {
    let mut fields = line.split(':');
    (fields.next()? == user).then_some(())?;
    let uid = fields.nth(1)?.parse().ok()?;
    Some((uid, fields.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_the_whole_name() {
        assert_eq!(
            ids_of(
                "postgres:x:101:104:PostgreSQL:/var/lib/postgresql:/bin/bash",
                "postgres"
            ),
            Some((101, 104))
        );
        assert_eq!(ids_of("postgres2:x:101:104:::", "postgres"), None);
        assert!(matches!(
            Account::named("no-such-user"),
            Err(EmbeddedError::NoUser { .. })
        ));
    }
}
