//! The resolution of every value from its three sources.

use super::file::{self, File};
use super::{Config, Placement, Source};
use anyhow::{Context, Result, bail};
use clap::Args;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::env;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use zeroize::Zeroizing;

/// Requests of one caller in a second at most, whatever is configured.
const MOST_REQUESTS: u32 = 1_000_000;

/// Flags that several subcommands share.
#[derive(Args, Clone, Default, Debug)]
pub struct Flags {
    /// Data folder [default: ./archipel-data]
    #[arg(long, value_name = "DIR", global = true)]
    pub data: Option<String>,
    /// Configuration file [default: archipel.toml, when it is there]
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// Address to listen on [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR", global = true)]
    pub listen: Option<String>,
    /// PostgreSQL server: each module gets a database and a role of its own there
    #[arg(long, value_name = "URL", global = true)]
    pub database: Option<String>,
    /// RabbitMQ broker that carries events between modules; several addresses, for fail-over, separated by commas
    #[arg(long, value_name = "URL", global = true)]
    pub bus: Option<String>,
    /// One database per module, or one database with a schema per module
    #[arg(long, value_name = "database|schema", global = true)]
    pub placement: Option<String>,
    /// Leave a new data folder empty: no sample company
    #[arg(long, global = true)]
    pub no_sample: bool,
    /// Certificate chain (PEM); with --tls-key, serves HTTPS
    #[arg(long, value_name = "FILE", global = true)]
    pub tls_cert: Option<String>,
    /// Private key of the certificate (PEM)
    #[arg(long, value_name = "FILE", global = true)]
    pub tls_key: Option<String>,
    /// Address that people type, when it differs: https://archipel.example
    #[arg(long, value_name = "URL", global = true)]
    pub public_url: Option<String>,
    /// Addresses of proxies whose X-Forwarded-For is believed
    #[arg(long, value_name = "IP", value_delimiter = ',', global = true)]
    pub trusted_proxies: Option<Vec<String>>,
}

/// Collects values with their sources.
struct Resolver {
    shown: Vec<(String, String, Source)>,
}

impl Resolver {
    /// The strongest source of a value: flag, then environment, then file, then default.
    fn pick(&mut self, name: &str, flag: Option<String>, file: Option<String>, default: &str) -> String {
        self.optional(name, flag, file).unwrap_or_else(|| {
            self.shown.push((name.to_owned(), default.to_owned(), Source::Default));
            default.to_owned()
        })
    }

    fn optional(&mut self, name: &str, flag: Option<String>, file: Option<String>) -> Option<String> {
        let variable = format!("ARCHIPEL_{}", name.replace('-', "_").to_uppercase());
        let environment = env::var(&variable).ok().filter(|v| !v.is_empty());
        let (value, source) = match (flag, environment, file) {
            (Some(value), ..) => (value, Source::Flag),
            (None, Some(value), _) => (value, Source::Environment(variable)),
            (None, None, Some(value)) => (value, Source::File),
            (None, None, None) => return None,
        };
        self.shown.push((name.to_owned(), without_secret(&value), source));
        Some(value)
    }
}

/// A URL's password never leaves the process: `postgres://admin:…@host`.
pub(super) fn without_secret(value: &str) -> String {
    if value.matches("://").count() > 1 {
        return value.split(',').map(|one| without_secret(one.trim())).collect::<Vec<_>>().join(",");
    }
    let Some((scheme, rest)) = value.split_once("://") else { return value.to_owned() };
    let Some((credentials, host)) = rest.rsplit_once('@') else { return value.to_owned() };
    let user = credentials.split(':').next().unwrap_or_default();
    format!("{scheme}://{user}:…@{host}")
}

/// Resolves the configuration.
///
/// # Errors
/// Naming the value, its source and what was expected.
pub fn resolve(flags: &Flags) -> Result<Config> {
    let file = file::read(flags.config.as_deref())?;
    let mut r = Resolver { shown: Vec::new() };
    let data = PathBuf::from(r.pick("data", flags.data.clone(), file.data.clone(), "./archipel-data"));
    let listen = r.pick("listen", flags.listen.clone(), file.listen.clone(), "127.0.0.1:8080");
    let listen: SocketAddr = listen
        .parse()
        .with_context(|| format!("listen: `{listen}` is not ADDRESS:PORT, such as 127.0.0.1:8080"))?;
    let database = r.optional("database", flags.database.clone(), file.database.clone());
    let bus = r.optional("bus", flags.bus.clone(), file.bus.clone());
    if let Some(urls) = &bus {
        bus::Broker::new(urls)?;
    }
    let placement = r.pick("placement", flags.placement.clone(), file.placement.clone(), "database");
    let placement = match placement.as_str() {
        "database" => Placement::Database,
        "schema" => Placement::Schema,
        other => bail!("placement: `{other}` is neither `database` nor `schema`"),
    };
    let sample = sample(&mut r, flags, &file)?;
    let tls = tls(&mut r, flags, &file)?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let public_url = r.pick(
        "public-url",
        flags.public_url.clone(),
        file.public_url.clone(),
        &format!("{scheme}://{listen}"),
    );
    if !public_url.starts_with("http://") && !public_url.starts_with("https://") {
        bail!("public-url: `{public_url}` does not begin with http:// or https://");
    }
    let proxies = flags.trusted_proxies.clone().map(|list| list.join(","));
    let proxies =
        r.pick("trusted-proxies", proxies, file.trusted_proxies.clone().map(|list| list.join(",")), "");
    let trusted_proxies = proxies.split(',').map(str::trim).filter(|p| !p.is_empty()).map(|proxy| {
        proxy.parse().with_context(|| format!("trusted-proxies: `{proxy}` is not an IP address"))
    });
    let trusted_proxies = trusted_proxies.collect::<Result<Vec<_>>>()?;
    let organisation = r.pick("organisation", None, file.organisation.clone(), "Ateliers Kervella");
    let zone = r.pick("zone", None, file.zone.clone(), "Europe/Paris");
    let zone = TimeZone::get(&zone).with_context(|| format!("zone: `{zone}` is not a time zone"))?;
    let max_open = r.pick("max-open-databases", None, file.max_open_databases.map(|n| n.to_string()), "500");
    let max_open =
        max_open.parse().with_context(|| format!("max-open-databases: `{max_open}` is not a number"))?;
    let rate = r.pick("requests-per-second", None, file.requests_per_second.map(|n| n.to_string()), "100");
    let requests_per_second = rate_of(&rate)?;
    let databases = per_module(&mut r, &file);
    let master_key = master_key(&mut r);
    Ok(Config {
        data,
        listen,
        database,
        databases,
        bus,
        placement,
        sample,
        tls,
        public_url: public_url.trim_end_matches('/').to_owned(),
        trusted_proxies,
        organisation,
        zone,
        master_key,
        max_open,
        requests_per_second,
        shown: r.shown,
    })
}

fn rate_of(text: &str) -> Result<NonZeroU32> {
    let rate = text.parse().ok().filter(|n: &NonZeroU32| n.get() <= MOST_REQUESTS);
    rate.with_context(|| format!("requests-per-second: `{text}` is not a number from 1 to {MOST_REQUESTS}"))
}

fn sample(r: &mut Resolver, flags: &Flags, file: &File) -> Result<bool> {
    let flag = flags.no_sample.then(|| "false".to_owned());
    let text = r.pick("sample", flag, file.sample.map(|s| s.to_string()), "true");
    text.parse().with_context(|| format!("sample: `{text}` is neither true nor false"))
}

fn tls(r: &mut Resolver, flags: &Flags, file: &File) -> Result<Option<(PathBuf, PathBuf)>> {
    let cert = r.optional("tls-cert", flags.tls_cert.clone(), file.tls_cert.clone());
    let key = r.optional("tls-key", flags.tls_key.clone(), file.tls_key.clone());
    match (cert, key) {
        (None, None) => Ok(None),
        (Some(cert), Some(key)) => Ok(Some((cert.into(), key.into()))),
        _ => bail!("tls-cert and tls-key come together: give both or none"),
    }
}

/// `[databases.CODE] url`, `ARCHIPEL_DATABASE_CODE`, and the names of the old system: `AUTH_DB_HOST`, `…_PORT`,
/// `…_NAME` with `DB_USER` and `DB_PASSWORD`.
fn per_module(r: &mut Resolver, file: &File) -> BTreeMap<String, String> {
    let mut urls: BTreeMap<String, (String, Source)> =
        file.databases.iter().map(|(code, d)| (code.clone(), (d.url.clone(), Source::File))).collect();
    for code in ["auth", "dm", "registry"] {
        let variable = |part: &str| env::var(format!("{}_DB_{part}", code.to_uppercase())).ok();
        if let Some(host) = variable("HOST") {
            let port = variable("PORT").unwrap_or_else(|| "5432".into());
            let name = variable("NAME").unwrap_or_else(|| "postgres".into());
            let user = env::var("DB_USER").unwrap_or_else(|_| "postgres".into());
            let password = env::var("DB_PASSWORD").map(|p| format!(":{p}")).unwrap_or_default();
            let source = Source::Environment(format!("{}_DB_HOST", code.to_uppercase()));
            urls.insert(code.into(), (format!("postgres://{user}{password}@{host}:{port}/{name}"), source));
        }
    }
    for (name, url) in env::vars() {
        if let Some(code) = name.strip_prefix("ARCHIPEL_DATABASE_") {
            urls.insert(code.to_lowercase(), (url, Source::Environment(name.clone())));
        }
    }
    let shown = urls
        .iter()
        .map(|(code, (url, source))| (format!("databases.{code}"), without_secret(url), source.clone()));
    r.shown.extend(shown);
    urls.into_iter().map(|(code, (url, _))| (code, url)).collect()
}

fn master_key(r: &mut Resolver) -> Option<Zeroizing<String>> {
    let variable =
        ["ARCHIPEL_MASTER_KEY", "DB_ENCRYPTION_KEY"].into_iter().find(|name| env::var(name).is_ok());
    let source = variable.map_or(Source::Default, |name| Source::Environment(name.into()));
    let shown = if variable.is_some() { "(given)" } else { "master.key in the data folder" };
    r.shown.push(("master-key".into(), shown.into(), source));
    variable.and_then(|name| env::var(name).ok()).map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::{rate_of, without_secret};

    #[test]
    fn a_rate_is_a_number_in_its_bounds() {
        assert_eq!([rate_of("1").unwrap().get(), rate_of("1000000").unwrap().get()], [1, 1_000_000]);
        for wrong in ["", "0", "-1", "1.5", "1000001", "99999999999", "many"] {
            assert!(rate_of(wrong).unwrap_err().to_string().contains("from 1 to 1000000"), "{wrong}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        assert_eq!(without_secret("postgres://admin:p@ss@host:5432/x"), "postgres://admin:…@host:5432/x");
        assert_eq!(without_secret("/plain/path"), "/plain/path");
        assert_eq!(without_secret("amqp://a:s@one/v, amqp://b:t@two/v"), "amqp://a:…@one/v,amqp://b:…@two/v");
    }
}
