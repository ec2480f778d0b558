//! TLS to a database server, with rustls. How much of the server's certificate is looked at is the operator's word in
//! the address, see [`crate::address`].

use std::path::PathBuf;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::address::{Roots, Trust};

/// Why there can be no TLS at all.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    /// The file of `sslrootcert`.
    #[error("cannot read certificates from {file}: {why}")]
    File { file: PathBuf, why: String },
    /// The system believes no one, and the address asks for someone.
    #[error("the system has no certificates of authorities: name a file with sslrootcert")]
    NoRoots,
    #[error(transparent)]
    Rustls(#[from] Error),
}

/// What connections are made with.
pub(crate) fn connector(trust: Trust, roots: &Roots) -> Result<MakeRustlsConnect, TlsError> {
    let provider = Arc::new(ring::default_provider());
    let authorities = match trust {
        Trust::Anyone => None,
        Trust::Authority | Trust::Named => {
            let roots = Arc::new(believed(roots)?);
            let verifier =
                WebPkiServerVerifier::builder_with_provider(roots, provider.clone()).build();
            Some(verifier.map_err(|_| TlsError::NoRoots)?)
        }
    };
    let verifier = Verifier {
        provider: provider.clone(),
        authorities,
        is_named: trust == Trust::Named,
    };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

fn believed(roots: &Roots) -> Result<RootCertStore, TlsError> {
    let mut store = RootCertStore::empty();
    match roots {
        Roots::System => {
            // What the system has and cannot be read is one authority less.
            let found = rustls_native_certs::load_native_certs();
            store.add_parsable_certificates(found.certs);
        }
        Roots::File(file) => {
            let wrong = |why: String| TlsError::File {
                file: file.clone(),
                why,
            };
            let found =
                CertificateDer::pem_file_iter(file).map_err(|error| wrong(error.to_string()))?;
            for certificate in found {
                let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
                store
                    .add(certificate)
                    .map_err(|error| wrong(error.to_string()))?;
            }
            if store.is_empty() {
                return Err(wrong("there are none in it".to_owned()));
            }
        }
    }
    Ok(store)
}

/// Looks at a certificate as far as it was told to.
#[derive(Debug)]
struct Verifier {
    provider: Arc<CryptoProvider>,
    /// Nothing is asked of the certificate where there are none.
    authorities: Option<Arc<WebPkiServerVerifier>>,
    is_named: bool,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(authorities) = &self.authorities else {
            return Ok(ServerCertVerified::assertion());
        };
        let verified = authorities.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        match verified {
            // The name is looked at last: all else was found good.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if !self.is_named => Ok(ServerCertVerified::assertion()),
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
