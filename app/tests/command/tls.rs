//! TLS in front and behind: browsers speak HTTPS with the program, the program with its PostgreSQL.

use crate::running::{Running, archipel, parsed, ran, request, up};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, Stream};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;
use std::sync::Arc;
use testkit::postgres::{Cluster, Options, free_port};
use testkit::tls::{Certificate, certificate};

/// What an HTTPS client that trusts one authority gets.
fn over_tls(running: &Running, trusted: &Path, path: &str) -> Result<(u16, String, String), String> {
    let mut roots = RootCertStore::empty();
    for cert in CertificateDer::pem_file_iter(trusted).unwrap() {
        roots.add(cert.unwrap()).unwrap();
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_root_certificates(roots).with_no_client_auth());
    let mut client = ClientConnection::new(config, ServerName::try_from("localhost").unwrap()).unwrap();
    let mut socket = TcpStream::connect(running.address).unwrap();
    let mut stream = Stream::new(&mut client, &mut socket);
    stream.write_all(request("GET", path, None, None).as_bytes()).map_err(|error| error.to_string())?;
    let mut answer = Vec::new();
    // The other side may close without a farewell once everything is said.
    let _ = stream.read_to_end(&mut answer);
    let (status, body) = parsed(&answer);
    let head = String::from_utf8_lossy(&answer).split("\r\n\r\n").next().unwrap_or_default().to_lowercase();
    Ok((status, head, body))
}

#[test]
fn pages_come_over_https_to_those_who_trust_the_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let Certificate { authority, cert, key } = certificate(folder.path(), "localhost").unwrap();
    let others = folder.path().join("others");
    std::fs::create_dir(&others).unwrap();
    let stranger = certificate(&others, "localhost").unwrap();
    let data = folder.path().join("data");
    let files = ["--tls-cert", cert.to_str().unwrap(), "--tls-key", key.to_str().unwrap()];
    let running = up(&data, &files);
    let (status, head, body) = over_tls(&running, &authority, "/login").unwrap();
    assert_eq!(status, 200);
    assert!(head.contains("strict-transport-security"), "{head}");
    assert!(
        head.lines().filter(|line| line.starts_with("set-cookie")).all(|line| line.contains("secure")),
        "{head}"
    );
    assert!(body.contains("<form"), "{body}");
    assert!(over_tls(&running, &stranger.authority, "/login").unwrap_err().contains("certificate"));
    assert!(running.stop().success());
}

/// A PostgreSQL that speaks TLS under the name `localhost`.
fn server(folder: &Path) -> (Cluster, u16, Certificate) {
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).unwrap();
    let files = certificate(folder, "localhost").unwrap();
    let port = free_port().unwrap();
    let settings = [("ssl_cert_file", &files.cert), ("ssl_key_file", &files.key)];
    let settings = settings.map(|(name, path)| format!("{name}={}", path.display()));
    let settings = settings.into_iter().chain(["ssl=on".to_owned()]).collect();
    if std::fs::metadata("/proc/self").unwrap().uid() == 0 {
        // The key must belong to whom the server runs as.
        let postgres = std::fs::read_to_string("/etc/passwd").unwrap();
        let line = postgres.lines().find(|line| line.starts_with("postgres:")).unwrap().to_owned();
        let ids: Vec<u32> = line.split(':').skip(2).take(2).map(|id| id.parse().unwrap()).collect();
        chown(&files.key, Some(ids[0]), Some(ids[1])).unwrap();
    }
    let options = Options { tcp_port: Some(port), settings, ..Options::default() };
    (Cluster::start(options).unwrap(), port, files)
}

#[test]
fn postgresql_is_reached_over_tls_and_only_under_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let (cluster, port, files) = server(folder.path());
    let url = |host: &str, mode: &str| {
        format!(
            "postgres://postgres@{host}:{port}/postgres?sslmode={mode}&sslrootcert={}",
            files.authority.display()
        )
    };
    let data = folder.path().join("data");
    let running = up(&data, &["--database", &url("localhost", "verify-full"), "--no-sample"]);
    let (status, _) = running.ask("GET", "/health/ready", None, None);
    assert_eq!(status, 200);
    assert!(running.stop().success());
    let elsewhere = folder.path().join("elsewhere");
    let by_number = url("127.0.0.1", "verify-full");
    let (succeeded, said) = ran(archipel(&[
        "up",
        "--data",
        elsewhere.to_str().unwrap(),
        "--listen",
        "127.0.0.1:0",
        "--database",
        &by_number,
    ]));
    assert!(!succeeded && said.to_lowercase().contains("certificate"), "{said}");
    drop(cluster);
}
