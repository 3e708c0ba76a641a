//! The program as a process, and a client that asks it over a socket.

use serde_json::{Value as Json, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;

const BOUND: Duration = Duration::from_secs(60);

/// The program with its arguments.
pub fn archipel(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_archipel"));
    command.args(arguments).env_clear().current_dir("/").stdin(Stdio::null());
    command
}

/// Runs it to its end, within a minute: whether it succeeded, and all that it said.
pub fn ran(command: Command) -> (bool, String) {
    let mut bounded = Command::new("timeout");
    bounded.arg("60").arg(command.get_program()).args(command.get_args()).env_clear().current_dir("/");
    let output = bounded.stdin(Stdio::null()).output().unwrap();
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let text = text.concat();
    assert_ne!(output.status.code(), Some(124), "it did not end:\n{text}");
    (output.status.success(), text)
}

/// `archipel up` at work.
pub struct Running {
    child: Child,
    pub address: SocketAddr,
}

impl Running {
    /// Starts it on a data folder and waits until it is ready.
    pub fn up(data: &Path, more: &[&str]) -> Self {
        let address = free_address();
        let mut arguments = vec!["up", "--data", data.to_str().unwrap()];
        let listen = address.to_string();
        arguments.extend(["--listen", &listen]);
        arguments.extend(more);
        Self::of(archipel(&arguments), address)
    }

    /// Waits until a program that was told to listen there is ready.
    pub fn of(mut command: Command, address: SocketAddr) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (told, ready) = mpsc::channel();
        for stream in [
            Box::new(child.stdout.take().unwrap()) as Box<dyn Read + Send>,
            Box::new(child.stderr.take().unwrap()),
        ] {
            let told = told.clone();
            // Read to the end, so that the program never waits for a reader.
            std::thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    let _ = told.send(line);
                }
            });
        }
        drop(told);
        let mut said = String::new();
        loop {
            match ready.recv_timeout(BOUND) {
                Ok(line) if line.contains("is ready after") => break,
                Ok(line) => said.push_str(&format!("{line}\n")),
                Err(_) => panic!("it did not become ready:\n{said}"),
            }
        }
        Self { child, address }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to stop, as Ctrl-C does.
    pub fn stop(mut self) -> ExitStatus {
        let killed =
            Command::new("sh").args(["-c", "kill -INT $0", &self.pid().to_string()]).status().unwrap();
        assert!(killed.success());
        self.child.wait().unwrap()
    }

    /// Sends one request; status and body.
    pub fn ask(&self, method: &str, path: &str, token: Option<&str>, body: Option<&Json>) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(BOUND)).unwrap();
        stream.write_all(request(method, path, token, body).as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        parsed(&answer)
    }

    /// A token for somebody of the sample company.
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

/// A request that asks for the connection to be closed after it.
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
pub fn parsed(answer: &[u8]) -> (u16, String) {
    let text = String::from_utf8_lossy(answer);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    (status.unwrap_or_else(|| panic!("no answer: {text}")), body.to_owned())
}

pub fn free_address() -> SocketAddr {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap()
}
