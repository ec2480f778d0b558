//! TLS to a server across a network: one of our own on a loopback address of its own, with a certificate that an
//! authority of our own has signed.

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, Ordering};

use diesel::sql_types::Bool;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use store::embedded::{EmbeddedPostgres, Options};
use store::{Store, StoreError, hot};

#[derive(diesel::QueryableByName)]
struct Encrypted {
    #[diesel(sql_type = Bool)]
    ssl: bool,
}

/// A server that takes connections at an address, and two authorities of which the first signed for it.
struct Remote {
    postgres: EmbeddedPostgres,
    address: IpAddr,
    folder: tempfile::TempDir,
}

impl Remote {
    async fn start() -> Remote {
        let folder = tempfile::Builder::new().prefix("tls-").tempdir().unwrap();
        open(folder.path());
        // The port is the same for every server, so no other one of this machine may have the address.
        static COUNT: AtomicU8 = AtomicU8::new(83);
        let [a, b, ..] = std::process::id().to_le_bytes();
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let address = Ipv4Addr::new(127, number, a, b.clamp(1, 254)).into();
        let options = Options::new(folder.path().join("data"));
        let postgres = options.volatile().listen(address).start().await.unwrap();
        Remote {
            postgres,
            address,
            folder,
        }
    }

    /// Gives it a certificate for its address alone.
    async fn certify(&self) {
        let authority = authority("One");
        authority_file(&self.file("one.pem"), &authority.pem());
        authority_file(&self.file("other.pem"), &self::authority("Other").pem());
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![self.address.to_string()]).unwrap();
        let certificate = params.signed_by(&key, &authority).unwrap();

        let store = Store::connect(&self.postgres.url(), 1).await.unwrap();
        let mut admin = store.dedicated().await.unwrap();
        // Written by the server itself, since it reads no key that is another user's.
        for (name, text) in [
            ("server.crt", certificate.pem()),
            ("server.key", key.serialize_pem()),
        ] {
            let path = self.file("data/postgres").join(name);
            let lines = text.trim().replace('\n', "|");
            let copy = format!(
                "COPY (SELECT unnest(string_to_array('{}', '|'))) TO '{}'",
                lines.replace('\r', ""),
                path.display()
            );
            admin.batch_execute(&copy).await.unwrap();
            mode(&path);
        }
        admin
            .batch_execute("ALTER SYSTEM SET ssl = on")
            .await
            .unwrap();
        admin
            .batch_execute("SELECT pg_reload_conf()")
            .await
            .unwrap();
        crate::given::eventually("the server to offer TLS", async || {
            self.connect("sslmode=require").await.ok()
        })
        .await;
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Whether the connection is encrypted.
    async fn connect(&self, query: &str) -> Result<bool, StoreError> {
        self.connect_to(&self.address.to_string(), query).await
    }

    async fn connect_to(&self, host: &str, query: &str) -> Result<bool, StoreError> {
        let url = format!("postgres://postgres@{host}/cloister?{query}");
        let store = Store::connect(&url, 1).await?;
        let own = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
        let row: Encrypted = hot::statement(own)
            .get_result(&mut store.connection().await?)
            .await?;
        Ok(row.ssl)
    }
}

fn authority(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(vec![]).unwrap();
    params
        .distinguished_name
        .push(rcgen::DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn authority_file(path: &Path, pem: &str) {
    std::fs::write(path, pem).unwrap();
}

fn open(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o711)).unwrap();
}

fn mode(file: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[tokio::test]
async fn a_server_is_believed_as_far_as_the_address_says() {
    let remote = Remote::start().await;
    // Without a certificate of its own: encrypted only where that is not asked for.
    assert!(!remote.connect("sslmode=prefer").await.unwrap());
    let told = remote.connect("sslmode=require").await.unwrap_err();
    assert!(told.to_string().contains("does not support TLS"), "{told}");

    remote.certify().await;
    let one = format!("sslrootcert={}", remote.file("one.pem").display());
    let other = format!("sslrootcert={}", remote.file("other.pem").display());
    let nowhere = format!("sslrootcert={}", remote.file("none.pem").display());
    for (mode, encrypted) in [
        ("", true),
        ("sslmode=disable", false),
        ("sslmode=prefer", true),
        ("sslmode=require", true),
        (&format!("sslmode=require&{one}"), true),
        (&format!("sslmode=verify-ca&{one}"), true),
        (&format!("sslmode=verify-full&{one}"), true),
    ] {
        assert_eq!(remote.connect(mode).await.unwrap(), encrypted, "{mode}");
    }
    for (mode, why) in [
        (format!("sslmode=require&{other}"), "UnknownIssuer"),
        (format!("sslmode=verify-ca&{other}"), "UnknownIssuer"),
        (format!("sslmode=verify-full&{other}"), "UnknownIssuer"),
        // The system's authorities have not heard of ours.
        ("sslmode=verify-full".to_owned(), ""),
        (format!("sslmode=verify-full&{nowhere}"), "none.pem"),
    ] {
        let told = remote.connect(&mode).await.unwrap_err().to_string();
        assert!(told.contains(why), "{mode}: {told}");
    }
    remote.postgres.stop().await;
}

#[tokio::test]
async fn a_certificate_of_another_host_is_told_apart() {
    let remote = Remote::start().await;
    remote.certify().await;
    let one = format!("sslrootcert={}", remote.file("one.pem").display());
    // The same server under a name that its certificate does not have.
    let named = async |mode: &str| {
        let query = format!("hostaddr={}&sslmode={mode}&{one}", remote.address);
        remote.connect_to("db.example", &query).await
    };
    assert!(named("verify-ca").await.unwrap());
    let told = named("verify-full").await.unwrap_err().to_string();
    assert!(told.contains("not valid for name"), "{told}");
    remote.postgres.stop().await;
}
