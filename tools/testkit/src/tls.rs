//! Certificates of an authority that nobody else trusts.

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The files of a server that speaks TLS, as PEM.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// The authority that clients are told to trust.
    pub authority: PathBuf,
    /// The server's certificate.
    pub cert: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

/// Makes an authority and a certificate of it for a name, in a folder.
///
/// # Errors
/// When they cannot be made or written.
pub fn certificate(folder: &Path, name: &str) -> io::Result<Certificate> {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().map_err(io::Error::other)?;
    let root = authority.self_signed(&authority_key).map_err(io::Error::other)?;
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate().map_err(io::Error::other)?;
    let cert = CertificateParams::new([name.to_owned()])
        .and_then(|params| params.signed_by(&key, &issuer))
        .map_err(io::Error::other)?;
    let files = Certificate {
        authority: folder.join("authority.pem"),
        cert: folder.join("server.pem"),
        key: folder.join("server.key"),
    };
    fs::write(&files.authority, root.pem())?;
    fs::write(&files.cert, cert.pem())?;
    fs::write(&files.key, key.serialize_pem())?;
    fs::set_permissions(&files.key, fs::Permissions::from_mode(0o600))?;
    Ok(files)
}
