//! A git server on the loopback: git's own `upload-pack` behind HTTP, and repositories made with git itself.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path as UrlPath, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;

/// A server with any number of repositories.
pub struct GitServer {
    address: SocketAddr,
    inner: Arc<Inner>,
}

struct Inner {
    folder: TempDir,
    /// What `Authorization` has to be, where it has to be something.
    authorization: Mutex<Option<String>>,
    asked: Mutex<Vec<String>>,
}

impl GitServer {
    /// One without repositories.
    pub async fn start() -> GitServer {
        let inner = Arc::new(Inner {
            folder: tempfile::tempdir().expect("a folder"),
            authorization: Mutex::default(),
            asked: Mutex::default(),
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a port");
        let address = listener.local_addr().expect("its address");
        let app = Router::new()
            .route("/{owner}/{repo}/info/refs", axum::routing::get(refs))
            .route(
                "/{owner}/{repo}/git-upload-pack",
                axum::routing::post(upload),
            )
            .with_state(inner.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        GitServer { address, inner }
    }

    /// Where a repository is.
    pub fn url(&self, name: &str) -> String {
        format!("http://{}/{name}", self.address)
    }

    /// A repository, made empty where there is none yet.
    pub fn repository(&self, name: &str) -> Repository {
        let folder = self.inner.folder.path().join(name);
        let is_new = !folder.exists();
        std::fs::create_dir_all(&folder).expect("a folder");
        let repository = Repository { folder };
        if is_new {
            repository.git(&["init", "--quiet", "--initial-branch", "main", "."]);
        }
        repository
    }

    /// Shows nothing from now on without this token.
    pub fn require(&self, token: &str) {
        use base64::Engine;
        let basic = base64::prelude::BASE64_STANDARD.encode(format!("x-access-token:{token}"));
        *self.inner.authorization.lock().unwrap() = Some(format!("Basic {basic}"));
    }

    /// What was asked for, by path.
    pub fn asked(&self) -> Vec<String> {
        self.inner.asked.lock().unwrap().clone()
    }
}

/// A repository with its working tree.
pub struct Repository {
    folder: PathBuf,
}

impl Repository {
    /// Its working tree.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes a file.
    pub fn write(&self, path: &str, bytes: impl AsRef<[u8]>) -> &Repository {
        let path = self.folder.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, bytes).expect("a file");
        self
    }

    /// Commits all there is, and returns the commit.
    pub fn commit(&self, message: &str) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Runs git in it.
    pub fn git(&self, arguments: &[&str]) -> String {
        let output = git(&self.folder)
            .args(arguments)
            .output()
            .expect("git runs");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments:?}: {told}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }
}

fn git(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .current_dir(folder)
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("HOME", folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.org"])
        .args(["-c", "safe.directory=*", "-c", "protocol.version=2"]);
    command
}

async fn refs(
    State(inner): State<Arc<Inner>>,
    UrlPath((owner, repo)): UrlPath<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    if query.as_deref() != Some("service=git-upload-pack") {
        return StatusCode::FORBIDDEN.into_response();
    }
    let told = b"001e# service=git-upload-pack\n0000".to_vec();
    let arguments = ["--stateless-rpc", "--advertise-refs", "."];
    answer(
        &inner,
        (&owner, &repo, "info/refs"),
        &headers,
        &arguments,
        Bytes::new(),
        told,
    )
    .await
}

async fn upload(
    State(inner): State<Arc<Inner>>,
    UrlPath((owner, repo)): UrlPath<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let arguments = ["--stateless-rpc", "."];
    answer(
        &inner,
        (&owner, &repo, "git-upload-pack"),
        &headers,
        &arguments,
        body,
        Vec::new(),
    )
    .await
}

async fn answer(
    inner: &Inner,
    (owner, repo, what): (&str, &str, &str),
    headers: &HeaderMap,
    arguments: &[&str],
    body: Bytes,
    mut told: Vec<u8>,
) -> Response {
    inner
        .asked
        .lock()
        .unwrap()
        .push(format!("{owner}/{repo}/{what}"));
    let wanted = inner.authorization.lock().unwrap().clone();
    let given = headers
        .get("authorization")
        .map(|value| value.to_str().unwrap_or_default());
    if wanted.is_some() && wanted.as_deref() != given {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let folder = inner
        .folder
        .path()
        .join(owner)
        .join(repo.trim_end_matches(".git"));
    if !folder.exists() {
        return StatusCode::NOT_FOUND.into_response();
    }
    let mut command = git(&folder);
    let version = headers
        .get("git-protocol")
        .and_then(|value| value.to_str().ok());
    command.env("GIT_PROTOCOL", version.unwrap_or_default());
    command.arg("upload-pack").args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = tokio::process::Command::from(command)
        .spawn()
        .expect("git runs");
    let mut input = child.stdin.take().expect("its input");
    let fed = tokio::spawn(async move {
        // It may have heard enough before the end.
        let _ = input.write_all(&body).await;
    });
    let output = child.wait_with_output().await.expect("git ends");
    fed.await.expect("it was fed");
    told.extend_from_slice(&output.stdout);
    let kind = match what {
        "info/refs" => "application/x-git-upload-pack-advertisement",
        _ => "application/x-git-upload-pack-result",
    };
    ([("content-type", kind)], told).into_response()
}
