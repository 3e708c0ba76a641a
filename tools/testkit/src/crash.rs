//! Crash tests: a child process is started, watched, and killed without warning at a moment nobody chose.
//!
//! The child is usually this test binary again, running one test with another role (see [`reenter`]). What it
//! printed before it died is what it promised; the test then opens the data and looks whether the promise holds.
//!
//! Invariants: only whole lines count (a line cut by the kill was never a promise); delays come from a seed that is
//! printed, so that a failure can be repeated with `ARCHIPEL_CRASH_SEED`.

use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const SIGKILL: i32 = 9;

/// Set in the environment of a child made by [`reenter`].
const ROLE: &str = "ARCHIPEL_CRASH_CHILD";

/// How often a crash test kills its child: `ARCHIPEL_CRASH_KILLS`, or 3 when nobody says.
#[must_use]
pub fn kills() -> u32 {
    number_from("ARCHIPEL_CRASH_KILLS").and_then(|count| u32::try_from(count).ok()).unwrap_or(3)
}

/// The name of the role that this process plays, when it is the child of a crash test.
#[must_use]
pub fn role() -> Option<String> {
    std::env::var(ROLE).ok()
}

/// A command that runs one test of this test binary again, as the child. The test asks [`role`] first, and when it
/// is the child, does the work until it is killed. `test` is the full path of the test, as `cargo test` prints it.
///
/// # Errors
/// When the system does not tell where this binary is.
pub fn reenter(test: &str, role: &str) -> io::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args([test, "--exact", "--nocapture", "--test-threads=1"]).env(ROLE, role);
    Ok(command)
}

/// A running child and what it has printed so far.
#[derive(Debug)]
pub struct Victim {
    child: Child,
    seen: Arc<Seen>,
    readers: Vec<JoinHandle<()>>,
}

/// What a child left behind.
#[derive(Debug)]
pub struct Remains {
    /// The whole lines of its standard output.
    pub lines: Vec<String>,
    /// What it wrote to standard error, for the failure's text.
    pub stderr: String,
    /// How it ended.
    pub status: ExitStatus,
    /// Whether it had ended by itself before the kill: a crash test usually must not accept that.
    pub ended_early: bool,
}

#[derive(Debug, Default)]
struct Seen {
    output: Mutex<Output>,
    more: Condvar,
}

#[derive(Debug, Default)]
struct Output {
    lines: Vec<String>,
    stderr: String,
    closed: bool,
}

impl Seen {
    fn lock(&self) -> MutexGuard<'_, Output> {
        self.output.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Victim {
    /// Starts the child and reads along.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn spawn(mut command: Command) -> io::Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let seen = Arc::new(Seen::default());
        let mut readers = Vec::new();
        if let Some(stdout) = child.stdout.take() {
            let seen = Arc::clone(&seen);
            readers.push(std::thread::spawn(move || read_lines(stdout, &seen)));
        }
        if let Some(mut stderr) = child.stderr.take() {
            let seen = Arc::clone(&seen);
            readers.push(std::thread::spawn(move || {
                let mut text = Vec::new();
                // A read error ends the text early; it only serves a failure's message.
                drop(stderr.read_to_end(&mut text));
                seen.lock().stderr = String::from_utf8_lossy(&text).into_owned();
            }));
        }
        Ok(Self { child, seen, readers })
    }

    /// The child's process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until a whole line contains the text, and returns that line.
    ///
    /// # Errors
    /// When the child ends or the bound passes before; the text holds the last lines.
    pub fn wait_for_line(&self, text: &str, bound: Duration) -> io::Result<String> {
        self.wait_for(bound, text, |lines| lines.iter().find(|line| line.contains(text)).cloned())
    }

    /// Waits until the child has printed that many whole lines that begin with the prefix.
    ///
    /// # Errors
    /// As [`Victim::wait_for_line`].
    pub fn wait_for_count(&self, prefix: &str, count: usize, bound: Duration) -> io::Result<()> {
        self.wait_for(bound, prefix, |lines| {
            (lines.iter().filter(|line| line.starts_with(prefix)).count() >= count).then_some(())
        })
    }

    /// Lets the child run for a while, kills it with SIGKILL, and collects what it said.
    ///
    /// # Errors
    /// When it cannot be killed or awaited.
    #[expect(
        clippy::disallowed_methods,
        reason = "the moment of the kill is meant to be no condition at all"
    )]
    pub fn kill_after(mut self, delay: Duration) -> io::Result<Remains> {
        std::thread::sleep(delay);
        self.child.kill()?;
        self.collect()
    }

    /// Waits until the child ends by itself.
    ///
    /// # Errors
    /// When it does not end within the bound (it is killed then).
    pub fn wait(mut self, bound: Duration) -> io::Result<Remains> {
        if self.wait_closed(bound) {
            return self.collect();
        }
        self.child.kill()?;
        let remains = self.collect()?;
        Err(io::Error::other(format!("the child did not end within {bound:?}: {remains:?}")))
    }

    fn collect(&mut self) -> io::Result<Remains> {
        let status = self.child.wait()?;
        for reader in self.readers.drain(..) {
            drop(reader.join());
        }
        let mut output = self.seen.lock();
        let (lines, stderr) = (std::mem::take(&mut output.lines), std::mem::take(&mut output.stderr));
        Ok(Remains { lines, stderr, ended_early: status.signal() != Some(SIGKILL), status })
    }

    fn wait_closed(&self, bound: Duration) -> bool {
        let output = self.seen.lock();
        let (output, _) = self
            .seen
            .more
            .wait_timeout_while(output, bound, |output| !output.closed)
            .unwrap_or_else(PoisonError::into_inner);
        output.closed
    }

    fn wait_for<T>(
        &self,
        bound: Duration,
        what: &str,
        look: impl Fn(&[String]) -> Option<T>,
    ) -> io::Result<T> {
        let begin = Instant::now();
        let mut output = self.seen.lock();
        loop {
            if let Some(found) = look(&output.lines) {
                return Ok(found);
            }
            let left = bound.saturating_sub(begin.elapsed());
            if output.closed || left.is_zero() {
                let why = if output.closed { "the child ended" } else { "the time is over" };
                let tail = output.lines[output.lines.len().saturating_sub(10)..].join("\n");
                return Err(io::Error::other(format!(
                    "waiting for `{what}`: {why}; its last lines:\n{tail}"
                )));
            }
            output = self.seen.more.wait_timeout(output, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        // A test that failed in between must not leave its child running.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn read_lines(stdout: ChildStdout, seen: &Seen) {
    let mut reader = BufReader::new(stdout);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).is_ok_and(|bytes| bytes > 0) {
        if line.last() == Some(&b'\n') || kernel::planted("cut_line_counts") {
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            seen.lock().lines.push(text);
            seen.more.notify_all();
        }
        line.clear();
    }
    seen.lock().closed = true;
    seen.more.notify_all();
}

/// Delays that differ from kill to kill and can be repeated: `SplitMix64` (Steele, Lea, Flood 2014) over a seed.
#[derive(Clone, Debug)]
pub struct Delays {
    state: u64,
    seed: u64,
}

impl Delays {
    /// Delays from `ARCHIPEL_CRASH_SEED`, or from a seed that differs from run to run. Print the value: its `Debug`
    /// text names the seed.
    #[must_use]
    pub fn new() -> Self {
        let seed = number_from("ARCHIPEL_CRASH_SEED").unwrap_or_else(|| {
            use std::hash::{BuildHasher, Hasher};
            std::hash::RandomState::new().build_hasher().finish() >> 16
        });
        Self { state: seed, seed }
    }

    /// The seed, to repeat a failure.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The next delay, at least `from` and less than `to`.
    pub fn next_between(&mut self, from: Duration, to: Duration) -> Duration {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.state;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^= word >> 31;
        let span = u64::try_from(to.saturating_sub(from).as_micros()).unwrap_or(u64::MAX).max(1);
        from + Duration::from_micros(word % span)
    }
}

impl Default for Delays {
    fn default() -> Self {
        Self::new()
    }
}

fn number_from(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_killed_child_leaves_its_whole_lines_only() {
        let victim = Victim::spawn(shell("echo ready; echo done 1; printf 'done 2'; exec sleep 60")).unwrap();
        assert_eq!(victim.wait_for_line("ready", Duration::from_secs(10)).unwrap(), "ready");
        victim.wait_for_count("done", 1, Duration::from_secs(10)).unwrap();
        let remains = victim.kill_after(Duration::from_millis(5)).unwrap();
        assert_eq!(remains.lines, ["ready", "done 1"]);
        assert!(!remains.ended_early && !remains.status.success());
    }

    #[test]
    fn a_child_that_ends_is_not_waited_for() {
        let victim = Victim::spawn(shell("echo broken >&2; exit 3")).unwrap();
        let error = victim.wait_for_line("ready", Duration::from_secs(60)).unwrap_err();
        assert!(error.to_string().contains("the child ended"), "{error}");
        let remains = victim.kill_after(Duration::ZERO).unwrap();
        assert_eq!(remains.stderr, "broken\n");
        assert!(remains.ended_early);
    }

    #[test]
    fn delays_repeat_with_their_seed() {
        let mut one = Delays { state: 7, seed: 7 };
        let mut two = one.clone();
        let (from, to) = (Duration::from_millis(2), Duration::from_millis(9));
        for _ in 0..100 {
            let delay = one.next_between(from, to);
            assert_eq!(delay, two.next_between(from, to));
            assert!(delay >= from && delay < to);
        }
    }
}
