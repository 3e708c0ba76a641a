//! Configuration: `archipel.toml`, then `ARCHIPEL_…`, then flags, each stronger than the one before; and where every
//! value came from.

mod file;
mod resolve;

pub use resolve::{Flags, resolve};

use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::path::PathBuf;

/// Where a value came from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Source {
    /// The program.
    Default,
    /// `archipel.toml`.
    File,
    /// A variable of the environment, by its name.
    Environment(String),
    /// A flag of the command line.
    Flag,
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File => f.write_str("archipel.toml"),
            Self::Environment(name) => f.write_str(name),
            Self::Flag => f.write_str("flag"),
        }
    }
}

/// How modules share a server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Placement {
    /// A database for each.
    Database,
    /// One database, a schema for each (MONO-DB).
    Schema,
}

/// Everything that `up` needs to know.
#[derive(Clone, Debug)]
pub struct Config {
    /// The data folder.
    pub data: PathBuf,
    /// Where to listen.
    pub listen: SocketAddr,
    /// The PostgreSQL server of every module, with its secret; SQLite files without one.
    pub database: Option<String>,
    /// Servers of single modules, by code.
    pub databases: BTreeMap<String, String>,
    /// The RabbitMQ broker that carries events, with its secret; none without one.
    pub bus: Option<String>,
    /// How modules share a server.
    pub placement: Placement,
    /// Whether a new data folder gets the sample company.
    pub sample: bool,
    /// Certificate chain and key, as PEM files.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// The address that people type.
    pub public_url: String,
    /// Proxies that are believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// The organisation's name.
    pub organisation: String,
    /// The zone in which days begin.
    pub zone: TimeZone,
    /// The master key's text, when it is not in the data folder.
    pub master_key: Option<zeroize::Zeroizing<String>>,
    /// Databases open at once.
    pub max_open: usize,
    /// Requests that one caller may make in a second.
    pub requests_per_second: NonZeroU32,
    /// Every value as shown to people (secrets left out), with its source.
    pub shown: Vec<(String, String, Source)>,
}

impl Config {
    /// Whether the sample company may be made and may sign in: on loopback only.
    #[must_use]
    pub fn sample_allowed(&self) -> bool {
        self.sample && self.listen.ip().is_loopback()
    }
}
