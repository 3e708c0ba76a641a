//! The command line. Exit codes: 0 done, 1 failed, 2 wrong use.

mod ask;
mod events;
mod module;
mod print;
mod restore;
mod up;
mod user;

use crate::config::Flags;
use crate::ops::Command as Op;
use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// Runs an organisation's applications with a database per module, tenant and device.
#[derive(Parser)]
#[command(name = "archipel", version, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    flags: Flags,
    /// Print JSON, for programs
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run every module in this process
    #[command(
        after_help = "Examples:\n  archipel up\n  archipel up --data /var/lib/archipel --listen 127.0.0.1:9000\n  archipel up --database postgres://admin:secret@localhost/postgres\n  archipel up --bus amqp://user:secret@localhost/archipel\n  archipel up --tls-cert cert.pem --tls-key key.pem --listen 0.0.0.0:443"
    )]
    Up,
    /// Bring every database to its schema's version
    #[command(
        after_help = "Examples:\n  archipel migrate\n  archipel migrate --data /var/lib/archipel --json"
    )]
    Migrate,
    /// Prove the promises on live data: chains, rows against events, views against replay, the audit
    #[command(after_help = "Examples:\n  archipel verify\n  archipel verify --json | jq .findings")]
    Verify,
    /// Copy every database at one consistent cut; the master key is not copied
    #[command(after_help = "Examples:\n  archipel backup /backups/monday")]
    Backup {
        /// A folder that does not exist yet
        dir: PathBuf,
    },
    /// Restore a backup into an empty data folder
    #[command(
        after_help = "Examples:\n  archipel restore /backups/monday --data ./restored\n  archipel restore /backups/monday --data ./restored --database postgres://admin:secret@localhost/postgres"
    )]
    Restore {
        /// A folder that `archipel backup` wrote
        dir: PathBuf,
        /// The master key of the backup: a file [default: master.key in the data folder, or ARCHIPEL_MASTER_KEY]
        #[arg(long)]
        master_key: Option<PathBuf>,
    },
    /// Databases
    #[command(subcommand)]
    Db(Db),
    /// The broker that carries events
    #[command(subcommand)]
    Bus(Bus),
    /// Read a database's log
    #[command(
        after_help = "Examples:\n  archipel log heures\n  archipel log heures --after 120 --json\n  archipel log auth --follow"
    )]
    Log(Log),
    /// The event store: months, archives, export
    #[command(subcommand)]
    Events(events::Events),
    /// Modules made of declarations
    #[command(subcommand)]
    Module(Module),
    /// People
    #[command(subcommand)]
    User(User),
    /// Show the configuration and where each value comes from
    #[command(
        after_help = "Examples:\n  archipel config\n  ARCHIPEL_LISTEN=127.0.0.1:9000 archipel config --json"
    )]
    Config,
}

#[derive(Subcommand)]
enum Db {
    /// Every database: engine, state, position, size
    #[command(after_help = "Examples:\n  archipel db status\n  archipel db status --json")]
    Status,
    /// Build a projection anew beside the one that serves
    #[command(after_help = "Examples:\n  archipel db rebuild dashboard")]
    Rebuild {
        /// The projection's name
        projection: String,
    },
}

#[derive(Subcommand)]
enum Bus {
    /// How far each log was sent, and what nobody on the broker wants
    #[command(after_help = "Examples:\n  archipel bus status\n  archipel bus status --json")]
    Status,
    /// Send again what consumers still wait for: after a restored backup, or when the broker has lost messages
    #[command(after_help = "Examples:\n  archipel bus refeed\n  archipel bus refeed --all")]
    Refeed {
        /// Everything from the beginning of every log, for readers outside
        #[arg(long)]
        all: bool,
    },
}

#[derive(Args)]
struct Log {
    /// The database: heures, auth, registry…
    #[arg(id = "name", value_name = "DATABASE")]
    database: String,
    /// After this position
    #[arg(long, default_value_t = 0)]
    after: u64,
    /// Entries, at most
    #[arg(long, default_value_t = 100)]
    limit: u32,
    /// Go on as the log grows, until interrupted
    #[arg(long)]
    follow: bool,
}

#[derive(Subcommand)]
enum Module {
    /// Check a folder of declarations: every error with its file, line and column
    #[command(after_help = "Examples:\n  archipel module check modules/people/demandes")]
    Check {
        /// The folder
        dir: PathBuf,
    },
    /// Add a folder of declarations to the running system, or a new version of it
    #[command(after_help = "Examples:\n  archipel module add modules/people/demandes")]
    Add {
        /// The folder
        dir: PathBuf,
    },
}

#[derive(Subcommand)]
enum User {
    /// Add a person; prints a one-time password
    #[command(
        after_help = "Examples:\n  archipel user add anne@example.org --name 'Anne Bihan' --admin\n  archipel user add erwan@example.org --name 'Erwan Guéguen' --team 'Atelier moteurs' --role rh"
    )]
    Add(user::Add),
    /// Everybody
    #[command(after_help = "Examples:\n  archipel user list\n  archipel user list --json")]
    List,
    /// People from a CSV file: email,name,title,team,manager_email,roles
    #[command(
        after_help = "Examples:\n  archipel user import people.csv --dry-run\n  archipel user import people.csv"
    )]
    Import {
        /// The file
        file: PathBuf,
        /// Only say what would be done
        #[arg(long)]
        dry_run: bool,
    },
    /// Give a person a new one-time password
    #[command(after_help = "Examples:\n  archipel user reset anne@example.org")]
    Reset {
        /// Their address
        email: String,
    },
    /// Close a person's account; what they did stays
    #[command(after_help = "Examples:\n  archipel user disable anne@example.org")]
    Disable {
        /// Their address
        email: String,
    },
}

/// Reads the command line and does what it says.
pub async fn run() -> ExitCode {
    let cli = Cli::parse();
    let json = cli.json;
    match perform(cli).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            print::failure(&error, json);
            ExitCode::FAILURE
        }
    }
}

async fn perform(cli: Cli) -> Result<bool> {
    let config = crate::config::resolve(&cli.flags)?;
    let json = cli.json;
    let op = match cli.command {
        Command::Up => return up::up(config).await.map(|()| true),
        Command::Config => {
            print::configuration(&config, json);
            return Ok(true);
        }
        Command::Restore { dir, master_key } => {
            return restore::restore(config, &dir, master_key.as_deref(), json).await.map(|()| true);
        }
        Command::Module(Module::Check { dir }) => return module::check(&dir, json),
        Command::Module(Module::Add { dir }) => Op::ModuleAdd { files: module::read(&dir)? },
        Command::Migrate => Op::Migrate,
        Command::Verify => Op::Verify,
        Command::Backup { dir } => Op::Backup { to: std::path::absolute(dir)? },
        Command::Db(Db::Status) => Op::DbStatus,
        Command::Db(Db::Rebuild { projection }) => Op::Rebuild { projection },
        Command::Bus(Bus::Status) => Op::BusStatus,
        Command::Bus(Bus::Refeed { all }) => Op::BusRefeed { all },
        Command::Log(Log { database, after, limit, follow }) => Op::Log { database, after, limit, follow },
        Command::Events(events) => events.command()?,
        Command::User(User::Add(add)) => Op::UserAdd(add.into()),
        Command::User(User::List) => Op::UserList,
        Command::User(User::Import { file, dry_run }) => user::import(&file, dry_run)?,
        Command::User(User::Reset { email }) => Op::UserReset { email },
        Command::User(User::Disable { email }) => Op::UserDisable { email },
    };
    ask::ask(config, op, json).await
}
