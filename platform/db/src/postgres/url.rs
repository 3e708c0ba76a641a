//! A server's address: `postgres://user:password@host:5432/database?sslmode=verify-full&sslrootcert=/path`.
//!
//! Read here and not by the driver, which knows neither `sslrootcert` nor `verify-*`, so that an error names the part
//! that is wrong. No error repeats any of the text: a password with a raw `@`, `/` or `?` ends up in any part.

use super::tls::{SslMode, Tls};
use crate::{DbError, DbResult};
use std::path::Path;
use std::time::Duration;
use tokio_postgres::Config;

/// How long a connection may take to be made when the address does not say.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Where a server is and how to speak to it. Its `Debug` shows no password.
#[derive(Clone, Debug)]
pub struct PgUrl {
    pub(super) config: Config,
    pub(super) tls: Tls,
}

fn wrong(part: &str, why: &str) -> DbError {
    DbError::Unfit(format!(
        "the {part} of the database URL {why} (percent-encode special characters of the password: @ is %40, / is %2F)"
    ))
}

impl PgUrl {
    /// Reads an address. Hosts may be several, separated by commas, and may be folders of Unix sockets, either
    /// percent-encoded in the host's place or as `?host=/folder`.
    ///
    /// # Errors
    /// [`DbError::Unfit`] naming the part that cannot be read; never with the password.
    pub fn parse(text: &str) -> DbResult<Self> {
        let rest = ["postgres://", "postgresql://"]
            .iter()
            .find_map(|scheme| text.strip_prefix(scheme))
            .ok_or_else(|| wrong("scheme", "must be postgres://"))?;
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, hosts) = match authority.rsplit_once('@') {
            Some((user, hosts)) => (Some(user), hosts),
            None => (None, authority),
        };
        let mut config = Config::new();
        config.connect_timeout(CONNECT_TIMEOUT).application_name("archipel");
        if let Some(user) = user {
            credentials(&mut config, user)?;
        }
        addresses(&mut config, hosts)?;
        if !database.is_empty() {
            config.dbname(decode(database, "database name")?);
        }
        let mut ssl = Ssl::default();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) =
                pair.split_once('=').ok_or_else(|| wrong("query", "holds a parameter without ="))?;
            parameter(&mut config, &mut ssl, name, &decode(value, "query")?)?;
        }
        if config.get_hosts().is_empty() {
            return Err(wrong("host", "is missing"));
        }
        let tls = Tls::new(ssl.mode, ssl.root.as_deref().map(Path::new))?;
        config.ssl_mode(ssl.mode.driver());
        Ok(Self { config, tls })
    }

    /// The same server with another database and another role.
    #[must_use]
    pub fn with(&self, database: &str, role: &str, password: Option<&str>) -> Self {
        let mut url = self.clone();
        url.config.dbname(database).user(role);
        if let Some(password) = password {
            url.config.password(password);
        }
        url
    }

    /// The same server and role with another database.
    #[must_use]
    pub fn with_database(&self, database: &str) -> Self {
        let mut url = self.clone();
        url.config.dbname(database);
        url
    }

    /// The database that the address names.
    #[must_use]
    pub fn database(&self) -> Option<&str> {
        self.config.get_dbname()
    }
}

#[derive(Default)]
struct Ssl {
    mode: SslMode,
    root: Option<String>,
}

fn credentials(config: &mut Config, text: &str) -> DbResult<()> {
    let (user, password) = match text.split_once(':') {
        Some((user, password)) => (user, Some(password)),
        None => (text, None),
    };
    if !user.is_empty() {
        config.user(decode(user, "user")?);
    }
    if let Some(password) = password {
        config.password(decode(password, "password")?);
    }
    Ok(())
}

fn addresses(config: &mut Config, hosts: &str) -> DbResult<()> {
    for host in hosts.split(',').filter(|host| !host.is_empty()) {
        let (name, port) = match host.strip_prefix('[') {
            Some(v6) => {
                let (name, rest) =
                    v6.split_once(']').ok_or_else(|| wrong("host", "opens a [ and does not close it"))?;
                (name, rest.strip_prefix(':'))
            }
            None => host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port))),
        };
        config.host(decode(name, "host")?);
        config.port(port.map_or(Ok(5432), port_number)?);
    }
    Ok(())
}

fn port_number(text: &str) -> DbResult<u16> {
    match text.parse() {
        Ok(port) if port > 0 => Ok(port),
        _ => Err(wrong("port", "is not a number from 1 to 65535")),
    }
}

fn parameter(config: &mut Config, ssl: &mut Ssl, name: &str, value: &str) -> DbResult<()> {
    match name {
        "sslmode" => {
            ssl.mode = SslMode::parse(value).ok_or_else(|| {
                wrong("parameter sslmode", "must be disable, prefer, require, verify-ca or verify-full")
            })?;
        }
        "sslrootcert" => ssl.root = Some(value.to_owned()),
        "host" => {
            for host in value.split(',') {
                config.host(host);
            }
        }
        "port" => {
            for port in value.split(',') {
                config.port(port_number(port)?);
            }
        }
        "user" => drop(config.user(value)),
        "password" => drop(config.password(value)),
        "dbname" => drop(config.dbname(value)),
        "application_name" => drop(config.application_name(value)),
        "connect_timeout" => {
            let seconds = value
                .parse()
                .map_err(|_| wrong("parameter connect_timeout", "is not a number of seconds"))?;
            config.connect_timeout(Duration::from_secs(seconds));
        }
        _ => {
            return Err(wrong(
                "query",
                "holds an unknown parameter; known are sslmode, sslrootcert, host, port, user, password, dbname, application_name, connect_timeout",
            ));
        }
    }
    Ok(())
}

/// Undoes percent-encoding.
fn decode(text: &str, part: &str) -> DbResult<String> {
    let bad = || wrong(part, "has a % that is not followed by two hexadecimal digits of UTF-8");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|b| char::from(b).to_digit(16));
        let (high, low) = (digit().ok_or_else(bad)?, digit().ok_or_else(bad)?);
        bytes.push(u8::try_from(high * 16 + low).map_err(|_| bad())?);
    }
    let text = String::from_utf8(bytes).map_err(|_| bad())?;
    if text.contains('\0') { Err(bad()) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio_postgres::config::{Host, SslMode as Driver};

    fn host(url: &PgUrl) -> Host {
        url.config.get_hosts().first().cloned().unwrap()
    }

    #[test]
    fn parts_are_read_and_decoded() {
        let url = PgUrl::parse("postgres://me:p%40ss%2Fw@db.example:6543/shop?sslmode=require").unwrap();
        assert_eq!(url.config.get_user(), Some("me"));
        assert_eq!(url.config.get_password(), Some(b"p@ss/w".as_slice()));
        assert_eq!(host(&url), Host::Tcp("db.example".into()));
        assert_eq!(url.config.get_ports(), [6543]);
        assert_eq!(url.database(), Some("shop"));
        assert_eq!(url.config.get_ssl_mode(), Driver::Require);
        assert!(!format!("{url:?}").contains("p@ss"), "{url:?}");
    }

    #[test]
    fn unix_sockets_and_several_hosts() {
        let folder = Host::Unix("/run/pg".into());
        assert_eq!(host(&PgUrl::parse("postgres://postgres@%2Frun%2Fpg/postgres").unwrap()), folder);
        assert_eq!(host(&PgUrl::parse("postgresql://postgres@/postgres?host=/run/pg").unwrap()), folder);
        let two = PgUrl::parse("postgres://a@one:1,[::1]:2/x").unwrap();
        assert_eq!(two.config.get_hosts(), [Host::Tcp("one".into()), Host::Tcp("::1".into())]);
        assert_eq!(two.config.get_ports(), [1, 2]);
    }

    #[test]
    fn an_error_names_the_part_and_never_the_password() {
        let cases = [
            ("mysql://u:secret@h/d", "scheme"),
            ("postgres://u:secret@h:port/d", "port"),
            ("postgres://u:sec/ret@h/d", "port"),
            ("postgres://u:%zzsecret@h/d", "password"),
            ("postgres://u:secret@h/d?sslmode=yes", "sslmode"),
            ("postgres://u:pa?secret=x@h/d", "port"),
            ("postgres://u:secret@h/d?secret=1", "query"),
            ("postgres://u:secret@/d", "host"),
            ("postgres://u:secret@h/d?sslmode=verify-ca&sslrootcert=/no/such/secret/file", "sslrootcert"),
        ];
        for (url, part) in cases {
            let error = PgUrl::parse(url).unwrap_err().to_string();
            assert!(error.contains(part), "{url}: {error}");
            assert!(!error.contains("secret@") && !error.contains("secret="), "{error}");
        }
    }
}
