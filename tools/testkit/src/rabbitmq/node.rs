//! One RabbitMQ node and its epmd: made, killed, started again, emptied, stopped.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// How long a node may take to start or stop before that counts as a failure. An Erlang machine on a busy one is slow.
const BOUND: Duration = Duration::from_secs(120);

const SERVER: &str = "/usr/lib/rabbitmq/bin/rabbitmq-server";

/// Ends node and epmd and removes their folder once nobody holds the lock on `alive`; `$2` is the number of seconds that
/// the folder must have been free.
const WATCHER: &str = r#"
trap '' INT TERM HUP
dir=$1 grace=$2
case $dir in /tmp/archipel-mq.*) ;; *) exit 1 ;; esac
exec 9<"$dir/alive" || exit 0
until flock 9 && { [ "$grace" = 0 ] || { flock -u 9; sleep "$grace"; flock -n 9; }; }; do :; done
[ "$dir/alive" -ef /proc/$$/fd/9 ] || exit 0 # the owner has removed it, and the name may be another's by now
end() { # $1 a file with a process id, $2 what the process must be called
  pid=$(cat "$1" 2>/dev/null)
  [ -n "$pid" ] && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = "$2" ] && kill -KILL "$pid"
}
end "$dir/pid" beam.smp; end "$dir/epmd.pid" epmd
n=0
while [ -e "$dir" ] && [ $n -lt 50 ]; do rm -rf "$dir"; sleep 0.1; n=$((n + 1)); done
"#;

/// A running (or, after [`Node::kill`], a dead) broker. Dropping it ends it and removes its folder.
#[derive(Debug)]
pub struct Node {
    dir: PathBuf,
    ports: Ports,
    epmd: Option<Child>,
    server: Option<Child>,
    /// Held until the owner ends; the watcher waits for it.
    alive: Option<File>,
}

/// Where a node listens, all on 127.0.0.1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ports {
    pub(super) amqp: u16,
    pub(super) http: u16,
    dist: u16,
    epmd: u16,
}

impl Node {
    /// Makes an empty node in a new folder under `/tmp` and starts it.
    ///
    /// # Errors
    /// When RabbitMQ is not installed or does not start; the text ends with the node's own.
    pub fn start() -> io::Result<Self> {
        Self::with_grace(0)
    }

    pub(super) fn with_grace(grace_s: u32) -> io::Result<Self> {
        if !Path::new(SERVER).exists() {
            let help = "the tests need RabbitMQ: run as root: apt-get install -y --no-install-recommends rabbitmq-server";
            return Err(io::Error::other(help));
        }
        let dir = new_folder()?;
        let alive = File::create(dir.join("alive"))?;
        alive.lock()?;
        let mut node = Self { dir, ports: Ports::choose()?, epmd: None, server: None, alive: Some(alive) };
        node.watch(grace_s)?;
        node.configure()?;
        node.start_epmd()?;
        node.restart()?;
        Ok(node)
    }

    /// The port of AMQP.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.ports.amqp
    }

    /// The address of the host that it always has, also after [`Node::lose_everything`].
    #[must_use]
    pub fn url(&self) -> String {
        format!("amqp://guest:guest@127.0.0.1:{}", self.ports.amqp)
    }

    pub(super) fn ports(&self) -> Ports {
        self.ports
    }

    /// A virtual host of its own on this node.
    ///
    /// # Errors
    /// When the node does not make it.
    pub fn virtual_host(&self, name: &str) -> io::Result<super::VirtualHost> {
        super::VirtualHost::make(self.ports.amqp, self.ports.http, name)
    }

    /// Kills the node without warning. [`Node::restart`] brings it back.
    ///
    /// # Errors
    /// When the process cannot be signalled or awaited.
    pub fn kill(&mut self) -> io::Result<()> {
        if let Some(mut server) = self.server.take() {
            // The child is a shell; the server says its own id.
            if let Ok(pid) = fs::read_to_string(self.dir.join("pid")) {
                drop(signal(pid.trim(), "KILL"));
                // Its first thread may be gone while others still hold its ports.
                let ports = [self.ports.amqp, self.ports.http, self.ports.dist];
                let refused = |port| TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err();
                until(|| Ok(ports.into_iter().all(refused)))?;
            }
            drop(server.kill());
            server.wait()?;
        }
        drop(fs::remove_file(self.dir.join("pid")));
        Ok(())
    }

    /// Starts the node on what it has kept, and waits until it takes connections.
    ///
    /// # Errors
    /// When it does not become ready; the text ends with its log.
    pub fn restart(&mut self) -> io::Result<()> {
        if self.server.is_some() {
            return Ok(());
        }
        let log = || File::options().create(true).append(true).open(self.dir.join("out"));
        let mut command = self.command(SERVER);
        command.stdout(log()?).stderr(log()?);
        let server = self.server.insert(command.spawn()?);
        let http = self.ports.http;
        let (dir, mut ended) = (self.dir.clone(), false);
        let ready = until(|| {
            ended = server.try_wait()?.is_some();
            // The pid file is written early; the API answers when everything is up.
            let up = dir.join("pid").exists() && super::host::answers(http);
            Ok(ended || up)
        })?;
        if ready && !ended {
            return Ok(());
        }
        self.kill()?;
        Err(io::Error::other(format!(
            "RabbitMQ in {} does not start\n{}",
            self.dir.display(),
            self.log_tail()
        )))
    }

    /// Kills the node, forgets everything that it had, and starts it empty on the same ports.
    ///
    /// # Errors
    /// As [`Node::kill`] and [`Node::restart`].
    pub fn lose_everything(&mut self) -> io::Result<()> {
        self.kill()?;
        fs::remove_dir_all(self.dir.join("mnesia"))?;
        self.restart()
    }

    /// The last lines of what the node has said.
    #[must_use]
    pub fn log_tail(&self) -> String {
        let mut text = fs::read_to_string(self.dir.join("out")).unwrap_or_default();
        for entry in fs::read_dir(self.dir.join("log")).into_iter().flatten().flatten() {
            text += &fs::read_to_string(entry.path()).unwrap_or_default();
        }
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(25)..].join("\n")
    }

    /// Leaves the node to those who hold its lock. Used by a node that several processes share.
    pub(super) fn share(mut self) -> io::Result<(PathBuf, File)> {
        let alive = self.alive.take().ok_or_else(|| io::Error::other("the node has no lock"))?;
        alive.lock_shared()?;
        // The children are left running on purpose: the watcher ends them.
        (self.server, self.epmd) = (None, None);
        Ok((self.dir.clone(), alive))
    }

    fn configure(&self) -> io::Result<()> {
        let Ports { amqp, http, .. } = self.ports;
        fs::write(
            self.dir.join("rabbitmq.conf"),
            format!(
                "listeners.tcp.1 = 127.0.0.1:{amqp}\nmanagement.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {http}\n\
                 log.console = false\nlog.file.level = warning\nvm_memory_high_watermark.absolute = 256MB\n\
                 disk_free_limit.absolute = 50MB\n"
            ),
        )?;
        fs::write(self.dir.join("plugins"), "[rabbitmq_management].\n")?;
        let cookie = self.dir.join(".erlang.cookie");
        fs::write(&cookie, "ARCHIPELTESTSCOOKIEX")?;
        fs::set_permissions(&cookie, fs::Permissions::from_mode(0o400))
    }

    fn start_epmd(&mut self) -> io::Result<()> {
        let mut command = self.command("/usr/bin/epmd");
        command.args(["-address", "127.0.0.1", "-port", &self.ports.epmd.to_string()]);
        let epmd = self.epmd.insert(command.stderr(Stdio::null()).spawn()?);
        fs::write(self.dir.join("epmd.pid"), epmd.id().to_string())?;
        let port = self.ports.epmd;
        if until(|| Ok(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()))? {
            Ok(())
        } else {
            Err(io::Error::other("epmd does not start"))
        }
    }

    /// A program of the node, in a process group of its own, with an environment that shares nothing with a system's node.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.stdin(Stdio::null()).stdout(Stdio::null()).current_dir("/").process_group(0).env_clear();
        let folders = [
            ("HOME", ""),
            ("RABBITMQ_CONFIG_FILE", "rabbitmq.conf"),
            ("RABBITMQ_MNESIA_BASE", "mnesia"),
            ("RABBITMQ_LOG_BASE", "log"),
            ("RABBITMQ_ENABLED_PLUGINS_FILE", "plugins"),
            ("RABBITMQ_PID_FILE", "pid"),
        ];
        command.envs(folders.map(|(name, path)| (name, self.dir.join(path))));
        command.envs([
            ("LANG", "C.UTF-8"),
            ("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"),
            ("ERL_EPMD_ADDRESS", "127.0.0.1"),
            ("RABBITMQ_NODENAME", "a@localhost"),
            ("RABBITMQ_CONF_ENV_FILE", "/dev/null"),
            (
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
                "+S 1:1 +sbwt none -kernel inet_dist_use_interface {127,0,0,1}",
            ),
        ]);
        command.env("ERL_EPMD_PORT", self.ports.epmd.to_string());
        command.env("RABBITMQ_DIST_PORT", self.ports.dist.to_string());
        command
    }

    fn watch(&self, grace_s: u32) -> io::Result<()> {
        Command::new("sh")
            .args(["-c", WATCHER, "archipel-mq-watcher"])
            .arg(&self.dir)
            .arg(grace_s.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .current_dir("/")
            .process_group(0)
            .spawn()
            .map(drop)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if self.alive.is_none() {
            return; // shared: the watcher ends it
        }
        // Nothing can be reported from here; the lock falls after this, and the watcher cleans up what failed.
        drop(self.kill());
        if let Some(mut epmd) = self.epmd.take() {
            drop(epmd.kill());
            drop(epmd.wait());
        }
        drop(fs::remove_dir_all(&self.dir));
    }
}

impl Ports {
    /// Ports that were free a moment ago, chosen while all are held.
    fn choose() -> io::Result<Self> {
        let held: Vec<TcpListener> =
            (0..4).map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).collect::<io::Result<_>>()?;
        let port = |n: usize| held[n].local_addr().map(|address| address.port());
        Ok(Self { amqp: port(0)?, http: port(1)?, dist: port(2)?, epmd: port(3)? })
    }
}

fn new_folder() -> io::Result<PathBuf> {
    // A name is used once: the watcher of an earlier node may still look at it.
    static COUNT: AtomicU32 = AtomicU32::new(0);
    loop {
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let dir = PathBuf::from(format!("/tmp/archipel-mq.{}.{count}", std::process::id()));
        match DirBuilder::new().mode(0o700).create(&dir) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            result => return result.map(|()| dir),
        }
    }
}

fn signal(pid: &str, name: &str) -> io::Result<()> {
    let status = Command::new("sh")
        .args(["-c", r#"kill -s "$1" "$2""#, "sh", name, pid])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    if status.success() { Ok(()) } else { Err(io::Error::other(format!("cannot signal process {pid}"))) }
}

/// Waits until the condition holds; `false` when it does not within the bound.
fn until(mut condition: impl FnMut() -> io::Result<bool>) -> io::Result<bool> {
    let begin = Instant::now();
    while !condition()? {
        if begin.elapsed() > BOUND {
            return Ok(false);
        }
        pause();
    }
    Ok(true)
}

#[expect(clippy::disallowed_methods, reason = "the pause of a bounded wait")]
fn pause() {
    std::thread::sleep(Duration::from_millis(50));
}
