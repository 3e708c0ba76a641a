//! The built program as a process, and a client that asks it over a socket.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "for tests, which stop where they cannot go on")]

use serde_json::{Value as Json, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

const BOUND: Duration = Duration::from_secs(60);

/// The program with its arguments, and nothing of this process's environment.
#[must_use]
pub fn command(program: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).env_clear().current_dir("/").stdin(Stdio::null());
    command
}

/// Runs a command to its end, within a minute: whether it succeeded, and all that it said.
///
/// # Panics
/// When it does not end.
#[must_use]
pub fn ran(command: &Command) -> (bool, String) {
    let mut bounded = Command::new("timeout");
    bounded.arg("60").arg(command.get_program()).args(command.get_args()).env_clear().current_dir("/");
    let output = bounded.stdin(Stdio::null()).output().unwrap();
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let text = text.concat();
    assert_ne!(output.status.code(), Some(124), "it did not end:\n{text}");
    (output.status.success(), text)
}

/// `archipel up` at work; killed when dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
    said: Arc<Mutex<String>>,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Running {
    /// Starts the program on a data folder and waits until it is ready.
    ///
    /// # Panics
    /// When it does not become ready within a minute; the text holds what it said.
    #[must_use]
    pub fn up(program: &Path, data: &Path, more: &[&str]) -> Self {
        let address = free_address();
        let data = data.display().to_string();
        let mut arguments = vec!["up", "--data", &data];
        let listen = address.to_string();
        arguments.extend(["--listen", &listen]);
        arguments.extend(more);
        Self::of(command(program, &arguments), address)
    }

    /// Waits until a program that was told to listen there is ready.
    ///
    /// # Panics
    /// As [`Running::up`].
    #[must_use]
    pub fn of(mut command: Command, address: SocketAddr) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (told, ready) = mpsc::channel();
        let said = Arc::<Mutex<String>>::default();
        for stream in [
            Box::new(child.stdout.take().unwrap()) as Box<dyn Read + Send>,
            Box::new(child.stderr.take().unwrap()),
        ] {
            let (told, said) = (told.clone(), said.clone());
            // Read to the end, so that the program never waits for a reader.
            std::thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    said.lock().unwrap_or_else(PoisonError::into_inner).push_str(&format!("{line}\n"));
                    let _ = told.send(line);
                }
            });
        }
        drop(told);
        let running = Self { child, said, address };
        loop {
            match ready.recv_timeout(BOUND) {
                Ok(line) if line.contains("is ready after") => break,
                Ok(_) => {}
                Err(_) => panic!("it did not become ready:\n{}", running.said()),
            }
        }
        running
    }

    /// Everything that it has printed so far, its log included.
    #[must_use]
    pub fn said(&self) -> String {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to stop, as Ctrl-C does, and waits until it has.
    ///
    /// # Panics
    /// When it cannot be signalled.
    #[must_use]
    pub fn stop(mut self) -> ExitStatus {
        let killed =
            Command::new("sh").args(["-c", "kill -INT $0", &self.pid().to_string()]).status().unwrap();
        assert!(killed.success());
        self.child.wait().unwrap()
    }

    /// Sends one request; status and body.
    ///
    /// # Panics
    /// When no answer comes.
    #[must_use]
    pub fn ask(&self, method: &str, path: &str, token: Option<&str>, body: Option<&Json>) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(BOUND)).unwrap();
        stream.write_all(request(method, path, token, body).as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        parsed(&answer)
    }

    /// A token for somebody of the sample company.
    ///
    /// # Panics
    /// When they may not come in.
    #[must_use]
    pub fn sign_in(&self, name: &str) -> String {
        let login = json!({ "email": format!("{name}@archipel.test"), "password": "archipel" });
        let (status, body) = self.ask("POST", "/api/v1/auth/login", None, Some(&login));
        assert_eq!(status, 200, "{body}");
        let reply: Json = serde_json::from_str(&body).unwrap();
        reply["access_token"].as_str().unwrap().to_owned()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A test that failed in between must not leave its program running.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The text of a request that asks for the connection to be closed after it.
#[must_use]
pub fn request(method: &str, path: &str, token: Option<&str>, body: Option<&Json>) -> String {
    let body = body.map(ToString::to_string).unwrap_or_default();
    let token = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
    format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n\
         {token}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Status and body of an answer.
///
/// # Panics
/// When it is none.
#[must_use]
pub fn parsed(answer: &[u8]) -> (u16, String) {
    let text = String::from_utf8_lossy(answer);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    (status.unwrap_or_else(|| panic!("no answer: {text}")), body.to_owned())
}

/// An address of loopback that was free a moment ago.
///
/// # Panics
/// When the system has none to give.
#[must_use]
pub fn free_address() -> SocketAddr {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap()
}
