//! One PostgreSQL server: made, started, killed, started again, stopped. Standard library only, because `xtask`
//! compiles this file too and must not wait for a database driver.
//!
//! A server started as root runs as the user `postgres`, which PostgreSQL insists on. A small shell process watches
//! the owner's lock on the folder and cleans up when it falls, so that nothing is left after Ctrl-C or `kill -9`.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// How long a server may take to start or stop before that counts as a failure.
const BOUND: Duration = Duration::from_secs(60);

/// Stops the server and removes its folder once nobody holds the lock on `alive`; `$2` is the number of seconds
/// that the folder must have been free (a test runner may start its next process within that time).
const WATCHER: &str = r#"
trap '' INT TERM HUP
dir=$1 grace=$2
case $dir in /tmp/archipel-pg.*) ;; *) exit 1 ;; esac
exec 9<"$dir/alive" || exit 0
until flock 9 && { [ "$grace" = 0 ] || { flock -u 9; sleep "$grace"; flock -n 9; }; }; do :; done
[ "$dir/alive" -ef /proc/$$/fd/9 ] || exit 0 # the owner has removed it, and the name may be another's by now
pid=$(head -n 1 "$dir/data/postmaster.pid" 2>/dev/null)
if [ -n "$pid" ] && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = postgres ]; then
  kill -INT "$pid"
  n=0
  while [ -e "$dir/data/postmaster.pid" ] && [ $n -lt 100 ]; do sleep 0.05; n=$((n + 1)); done
fi
n=0 # an initdb that is still at work may put something back
while [ -e "$dir" ] && [ $n -lt 50 ]; do rm -rf "$dir"; sleep 0.1; n=$((n + 1)); done
"#;

/// How a server is started.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whether commits reach the disk. On for crash tests and for every published figure, off for stories.
    pub fsync: bool,
    /// The server's `max_connections`.
    pub max_connections: u32,
    /// The server's `shared_buffers`, in megabytes.
    pub shared_buffers_mb: u32,
    /// Listens on this port of 127.0.0.1 besides the socket.
    pub tcp_port: Option<u16>,
    /// Further settings, as `name=value`.
    pub settings: Vec<String>,
    /// Seconds for which a cluster outlives its last user; for a cluster that several processes share.
    pub grace_s: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            fsync: false,
            max_connections: 200,
            shared_buffers_mb: 64,
            tcp_port: None,
            settings: Vec::new(),
            grace_s: 0,
        }
    }
}

impl Options {
    /// The options of a server whose acknowledged commits survive a power cut.
    #[must_use]
    pub fn durable() -> Self {
        Self { fsync: true, shared_buffers_mb: 512, ..Self::default() }
    }
}

/// A running (or, after [`Cluster::kill`], a dead) server and its folder. Dropping it stops the server and removes
/// the folder.
#[derive(Debug)]
pub struct Cluster {
    dir: PathBuf,
    options: Options,
    user: Option<(u32, u32)>,
    bin: PathBuf,
    server: Option<Child>,
    /// Held until the owner ends; the watcher waits for it.
    alive: Option<File>,
}

impl Cluster {
    /// Makes a cluster in a new folder under `/tmp` and starts it.
    ///
    /// # Errors
    /// When PostgreSQL is not installed, or cannot be initialised or started; the text ends with the server's own.
    pub fn start(options: Options) -> io::Result<Self> {
        let mut cluster = Self::empty(options)?;
        cluster.init()?;
        cluster.restart()?;
        Ok(cluster)
    }

    /// A cluster of its own with the data of this one, which must have been stopped, started.
    ///
    /// # Errors
    /// When it runs, or the copy cannot be made or started; the text ends with the server's own.
    pub fn copy(&self) -> io::Result<Self> {
        if self.server.is_some() {
            return Err(self.failure("only a server that was stopped can be copied"));
        }
        let mut copy = Self::empty(self.options.clone())?;
        let copied = Command::new("cp").arg("-a").arg(self.dir.join("data")).arg(&copy.dir).status()?;
        if !copied.success() {
            return Err(self.failure("the data cannot be copied"));
        }
        copy.restart()?;
        Ok(copy)
    }

    fn empty(options: Options) -> io::Result<Self> {
        let bin = binaries()?;
        let user = server_user()?;
        let dir = new_folder(user)?;
        let alive = File::create(dir.join("alive"))?;
        alive.lock()?;
        let cluster = Self { dir, options, user, bin, server: None, alive: Some(alive) };
        cluster.watch()?;
        Ok(cluster)
    }

    /// The folder that holds the server's socket: the `host` of a connection.
    #[must_use]
    pub fn socket_dir(&self) -> &Path {
        &self.dir
    }

    /// The address of one of its databases, through the socket, as the superuser.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        url(&self.dir, database)
    }

    /// The process id of the server, when it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.server.as_ref().map(Child::id)
    }

    /// Kills the server without warning, as a crash would. [`Cluster::restart`] brings it back.
    ///
    /// # Errors
    /// When the process cannot be signalled or awaited.
    pub fn kill(&mut self) -> io::Result<()> {
        if let Some(mut server) = self.server.take() {
            server.kill()?;
            server.wait()?;
        }
        Ok(())
    }

    /// Starts the server on the data that is there and waits until it takes connections.
    ///
    /// # Errors
    /// When it does not become ready; the text ends with the server's log.
    pub fn restart(&mut self) -> io::Result<()> {
        if self.server.is_some() {
            return Ok(());
        }
        self.spawn_until_held_memory_is_free()
    }

    /// Stops the server: clients are disconnected, everything is flushed.
    ///
    /// # Errors
    /// When it does not end within a minute.
    pub fn stop(&mut self) -> io::Result<()> {
        let Some(mut server) = self.server.take() else { return Ok(()) };
        signal(server.id(), "INT")?;
        let ended = until(|| Ok(server.try_wait()?.is_some()))?;
        if ended { Ok(()) } else { Err(self.failure("the server does not stop")) }
    }

    /// The last lines of the server's log.
    #[must_use]
    pub fn log_tail(&self) -> String {
        let log = fs::read_to_string(self.dir.join("log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }

    /// Leaves the cluster to those who hold its lock: the lock becomes a shared one that is never given back by
    /// this value. Used by clusters that several processes share.
    ///
    /// # Errors
    /// When the lock cannot be taken again.
    pub fn share(mut self) -> io::Result<(PathBuf, File)> {
        let alive = self.alive.take().ok_or_else(|| io::Error::other("the cluster has no lock"))?;
        alive.lock_shared()?;
        // The child is left running on purpose: the watcher ends it.
        drop(self.server.take());
        Ok((self.dir.clone(), alive))
    }

    /// After a kill, the old server's children need a moment until they let go of its shared memory; the new one
    /// refuses until then.
    fn spawn_until_held_memory_is_free(&mut self) -> io::Result<()> {
        let begin = Instant::now();
        loop {
            match self.spawn() {
                Err(error) if error.to_string().contains("shared memory") && begin.elapsed() < BOUND => {
                    pause()
                }
                other => return other,
            }
        }
    }

    fn spawn(&mut self) -> io::Result<()> {
        let pid_file = self.dir.join("data/postmaster.pid");
        let mut command = self.command("postgres");
        command.arg("-D").arg(self.dir.join("data")).arg("-k").arg(&self.dir);
        for setting in self.settings() {
            command.arg("-c").arg(setting);
        }
        command.stderr(File::options().create(true).append(true).open(self.dir.join("log"))?);
        let server = self.server.insert(command.spawn()?);
        let pid = server.id().to_string();
        let mut ended = false;
        let ready = until(|| {
            ended = server.try_wait()?.is_some();
            let text = fs::read_to_string(&pid_file).unwrap_or_default();
            let lines: Vec<&str> = text.lines().collect();
            // A killed server leaves a file that still says "ready", but under its own process id.
            let ours = lines.first() == Some(&pid.as_str());
            Ok(ended || ours && lines.get(7).is_some_and(|line| line.starts_with("ready")))
        })?;
        if ready && !ended {
            return Ok(());
        }
        self.kill()?;
        Err(self.failure("the server does not start"))
    }

    fn settings(&self) -> Vec<String> {
        let o = &self.options;
        let (address, port) = match o.tcp_port {
            Some(port) => ("127.0.0.1", port),
            None => ("", 5432),
        };
        let mut all = vec![
            format!("listen_addresses={address}"),
            format!("port={port}"),
            format!("max_connections={}", o.max_connections),
            format!("shared_buffers={}MB", o.shared_buffers_mb),
            "timezone=UTC".to_owned(),
        ];
        if !o.fsync {
            all.extend(["fsync=off", "synchronous_commit=off", "full_page_writes=off"].map(String::from));
        }
        all.extend(o.settings.iter().cloned());
        all
    }

    fn init(&self) -> io::Result<()> {
        let output = self
            .command("initdb")
            .arg("-D")
            .arg(self.dir.join("data"))
            .args(["-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"])
            .args(["--no-sync", "--no-instructions", "--wal-segsize=1"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .output()?;
        if output.status.success() {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&output.stderr);
        Err(io::Error::other(format!("initdb: {}\n{text}", output.status)))
    }

    /// A program of PostgreSQL's, as the server's user, in a process group of its own (so that Ctrl-C at the
    /// terminal reaches its owner and not the server), with an environment that is the same everywhere.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.bin.join(program));
        command.stdin(Stdio::null()).stdout(Stdio::null()).current_dir("/").process_group(0);
        command.env_clear().env("LC_ALL", "C").env("PATH", "/usr/bin:/bin");
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid);
        }
        command
    }

    fn watch(&self) -> io::Result<()> {
        Command::new("sh")
            .args(["-c", WATCHER, "archipel-pg-watcher"])
            .arg(&self.dir)
            .arg(self.options.grace_s.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .current_dir("/")
            .process_group(0)
            .spawn()
            .map(drop)
    }

    fn failure(&self, what: &str) -> io::Error {
        io::Error::other(format!("PostgreSQL in {}: {what}\n{}", self.dir.display(), self.log_tail()))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if self.alive.is_none() {
            return; // shared: the watcher ends it
        }
        // Nothing can be reported from here; the lock falls after this, and the watcher cleans up what failed.
        if self.stop().is_ok() {
            drop(fs::remove_dir_all(&self.dir));
        }
    }
}

/// The address of a database behind a socket folder.
pub(super) fn url(socket_dir: &Path, database: &str) -> String {
    let host = socket_dir.display().to_string().replace('/', "%2F");
    format!("postgresql://postgres@{host}/{database}")
}

/// A TCP port of 127.0.0.1 that was free a moment ago.
///
/// # Errors
/// When the system has none to give.
pub fn free_port() -> io::Result<u16> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// The folder with `initdb` and `postgres`, of the newest version installed.
fn binaries() -> io::Result<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().filter_map(Result::ok);
    versions
        .filter_map(|entry| {
            Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry.path().join("bin")))
        })
        .filter(|(_, bin)| bin.join("initdb").exists() && bin.join("postgres").exists())
        .max()
        .map(|(_, bin)| bin)
        .ok_or_else(|| {
            io::Error::other("the tests need PostgreSQL: run as root: apt-get install -y postgresql")
        })
}

/// The user and group that the server must run as: `postgres` when we are root, ourselves otherwise.
fn server_user() -> io::Result<Option<(u32, u32)>> {
    if fs::metadata("/proc/self")?.uid() != 0 {
        return Ok(None);
    }
    let passwd = fs::read_to_string("/etc/passwd")?;
    let ids = passwd.lines().find_map(|line| {
        let mut fields = line.strip_prefix("postgres:")?.split(':').skip(1);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    });
    ids.map(Some).ok_or_else(|| io::Error::other("root needs the user `postgres` to run PostgreSQL as"))
}

/// A new folder with a short name (a socket's path has 107 bytes at most) that the server's user may enter.
fn new_folder(user: Option<(u32, u32)>) -> io::Result<PathBuf> {
    // A name is used once: the watcher of an earlier cluster may still look at it.
    static COUNT: AtomicU32 = AtomicU32::new(0);
    loop {
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let dir = PathBuf::from(format!("/tmp/archipel-pg.{}.{count}", std::process::id()));
        match DirBuilder::new().mode(0o755).create(&dir) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            result => result?,
        }
        fs::set_permissions(&dir, fs::Permissions::from_mode(0o755))?; // whatever the umask says
        if let Some((uid, gid)) = user {
            chown(&dir, Some(uid), Some(gid))?;
        }
        return Ok(dir);
    }
}

/// Sends a signal by name. Through the shell, because the standard library has no call for it.
fn signal(pid: u32, name: &str) -> io::Result<()> {
    let status = Command::new("sh")
        .args(["-c", r#"kill -s "$1" "$2""#, "sh", name, &pid.to_string()])
        .stdin(Stdio::null())
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
    std::thread::sleep(Duration::from_millis(5));
}
