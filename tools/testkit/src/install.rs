//! Installs the servers that the tests need, once: Debian's PostgreSQL, RabbitMQ and Chromium. Standard library only, because
//! `xtask` compiles this file too.
//!
//! Invariants: what is installed is left alone, and then nothing is run; no service is started and no default
//! cluster is made; without the right to install, the error is one line that says what to run.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Command, Stdio};

/// A Debian package, and a file by which one sees that it (or its like from elsewhere) is there.
struct Package {
    name: &'static str,
    evidence: &'static [&'static str],
}

const POSTGRESQL: Package = Package { name: "postgresql", evidence: &["/usr/lib/postgresql"] };
const RABBITMQ: Package =
    Package { name: "rabbitmq-server", evidence: &["/usr/lib/rabbitmq/bin/rabbitmq-server"] };
/// An AMQP client in another language, which reads what is sent.
const PIKA: Package = Package { name: "python3-pika", evidence: &["/usr/lib/python3/dist-packages/pika"] };
const CHROMIUM: Package = Package {
    name: "chromium",
    evidence: &["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"],
};
const FONTS: Package = Package { name: "fonts-dejavu-core", evidence: &["/usr/share/fonts/truetype/dejavu"] };

/// What was done, for the person who waits.
#[derive(Debug, PartialEq, Eq)]
pub enum Installed {
    /// Everything was there.
    Already,
    /// These packages were installed now.
    Now(Vec<&'static str>),
}

/// Makes sure that PostgreSQL, RabbitMQ and, when asked for, Chromium with a font are installed.
///
/// # Errors
/// One line with the command to run, when this user may not install; the package manager's last lines, when it
/// failed.
pub fn servers(browser: bool) -> Result<Installed, String> {
    let wanted: &[Package] =
        if browser { &[POSTGRESQL, RABBITMQ, PIKA, CHROMIUM, FONTS] } else { &[POSTGRESQL, RABBITMQ, PIKA] };
    let missing: Vec<&'static str> = wanted
        .iter()
        .filter(|package| !package.evidence.iter().any(|path| Path::new(path).exists()))
        .map(|package| package.name)
        .collect();
    if missing.is_empty() {
        return Ok(Installed::Already);
    }
    let command =
        format!("apt-get update && apt-get install -y --no-install-recommends {}", missing.join(" "));
    if !Path::new("/usr/bin/apt-get").exists() {
        return Err(format!("the tests need {}: install them as this system does", missing.join(", ")));
    }
    if !is_root() {
        return Err(format!("the tests need {}: run as root: {command}", missing.join(", ")));
    }
    install(&missing).map_err(|error| format!("cannot install {}: {error}", missing.join(", ")))?;
    Ok(Installed::Now(missing))
}

/// Checks that Node is there and new enough to run the browser tests.
///
/// # Errors
/// One line that says what is missing.
pub fn node() -> Result<String, String> {
    let version = |program: &str| {
        let output = Command::new(program).arg("--version").stdin(Stdio::null()).output().ok()?;
        Some(String::from_utf8_lossy(&output.stdout).trim().trim_start_matches('v').to_owned())
    };
    let node = version("node").ok_or("the browser tests need Node 20 or newer, with npm (nodejs.org)")?;
    let major: u32 = node.split('.').next().and_then(|number| number.parse().ok()).unwrap_or(0);
    if major < 20 {
        return Err(format!("the browser tests need Node 20 or newer; this is {node}"));
    }
    version("npm").ok_or("the browser tests need npm: run as root: apt-get install -y npm")?;
    Ok(node)
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

fn install(packages: &[&str]) -> io::Result<()> {
    let _nothing_starts_by_itself = NoServices::new()?;
    fs::create_dir_all("/etc/postgresql-common/createcluster.d")?;
    fs::write(
        "/etc/postgresql-common/createcluster.d/00-archipel.conf",
        "# The tests make their own clusters.\ncreate_main_cluster = false\n",
    )?;
    apt(&["update"])?;
    let mut arguments = vec!["install", "--no-install-recommends"];
    arguments.extend_from_slice(packages);
    apt(&arguments)
}

fn apt(arguments: &[&str]) -> io::Result<()> {
    let output = Command::new("apt-get")
        .args(["-qq", "-y", "-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3"])
        .args(["-o", "Dpkg::Use-Pty=0"])
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null())
        .output()?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = text.lines().collect();
    let tail = lines[lines.len().saturating_sub(5)..].join("\n");
    Err(io::Error::other(format!("apt-get {}: offline, or no package source?\n{tail}", arguments.join(" "))))
}

/// While it lives, no package may start a service: tests start their own servers.
struct NoServices {
    ours: bool,
}

impl NoServices {
    const POLICY: &str = "/usr/sbin/policy-rc.d";
    const TEXT: &str =
        "#!/bin/sh\n# Written by Archipel's tests while they install packages; may be removed.\nexit 101\n";

    fn new() -> io::Result<Self> {
        if Path::new(Self::POLICY).exists() {
            // Somebody else's rule stays; one of ours was left by a run that was killed.
            let ours = fs::read_to_string(Self::POLICY).is_ok_and(|text| text == Self::TEXT);
            return Ok(Self { ours });
        }
        fs::write(Self::POLICY, Self::TEXT)?;
        fs::set_permissions(Self::POLICY, fs::Permissions::from_mode(0o755))?;
        Ok(Self { ours: true })
    }
}

impl Drop for NoServices {
    fn drop(&mut self) {
        if self.ours {
            drop(fs::remove_file(Self::POLICY));
        }
    }
}
