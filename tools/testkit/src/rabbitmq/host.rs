//! A virtual host per test, and the few questions that tests ask a broker behind the product's back.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// A virtual host that exists while this value lives. Its user is `guest`, its password `guest`.
#[derive(Debug)]
pub struct VirtualHost {
    amqp: u16,
    http: u16,
    name: String,
}

impl VirtualHost {
    pub(super) fn make(amqp: u16, http: u16, name: &str) -> io::Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let word: String = name.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let host = Self { amqp, http, name: format!("t_{word}_{}_{count}", std::process::id()) };
        host.again()?;
        Ok(host)
    }

    /// Makes it anew on a node that has lost everything.
    ///
    /// # Errors
    /// When the node does not answer.
    pub fn again(&self) -> io::Result<()> {
        call(self.http, "PUT", &format!("/api/vhosts/{}", self.name), "{}")?;
        let all = r#"{"configure":".*","write":".*","read":".*"}"#;
        call(self.http, "PUT", &format!("/api/permissions/{}/guest", self.name), all).map(drop)
    }

    /// Its address, for `--bus`.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_with("guest")
    }

    /// Its address with another password.
    #[must_use]
    pub fn url_with(&self, password: &str) -> String {
        format!("amqp://guest:{password}@127.0.0.1:{}/{}", self.amqp, self.name)
    }

    /// Messages that lie in a queue, ready or unacknowledged; `None` when there is no such queue. The broker counts
    /// every few seconds: ask for what will come to be, not for what is.
    ///
    /// # Errors
    /// When the node does not answer.
    pub fn messages(&self, queue: &str) -> io::Result<Option<u64>> {
        let path = format!("/api/queues/{}/{}", self.name, queue.replace(':', "%3A"));
        match call(self.http, "GET", &path, "") {
            Ok(body) => {
                let json: serde_json::Value = serde_json::from_str(&body)?;
                Ok(Some(json["messages"].as_u64().unwrap_or(0)))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Declares an exchange of one's own making.
    ///
    /// # Errors
    /// When the node does not take it.
    pub fn exchange(&self, name: &str, kind: &str, durable: bool) -> io::Result<()> {
        let body = format!(r#"{{"type":"{kind}","durable":{durable}}}"#);
        call(self.http, "PUT", &format!("/api/exchanges/{}/{name}", self.name), &body).map(drop)
    }

    /// Deletes a queue, as somebody at the console would.
    ///
    /// # Errors
    /// When the node does not take it.
    pub fn delete_queue(&self, queue: &str) -> io::Result<()> {
        let path = format!("/api/queues/{}/{}", self.name, queue.replace(':', "%3A"));
        call(self.http, "DELETE", &path, "").map(drop)
    }

    /// Puts a text into the exchange under a key.
    ///
    /// # Errors
    /// When the node does not take it.
    pub fn publish(&self, key: &str, text: &str) -> io::Result<()> {
        let body = serde_json::json!({
            "properties": {}, "routing_key": key, "payload": text, "payload_encoding": "string"
        });
        let path = format!("/api/exchanges/{}/business.events/publish", self.name);
        call(self.http, "POST", &path, &body.to_string()).map(drop)
    }
}

impl Drop for VirtualHost {
    fn drop(&mut self) {
        // A node that was killed by its test has nothing left to drop.
        drop(call(self.http, "DELETE", &format!("/api/vhosts/{}", self.name), ""));
    }
}

/// Whether the node's interface answers.
pub(super) fn answers(http: u16) -> bool {
    call(http, "GET", "/api/health/checks/virtual-hosts", "").is_ok()
}

/// One question to the node's HTTP interface; the answer's body.
fn call(port: u16, method: &str, path: &str, body: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic Z3Vlc3Q6Z3Vlc3Q=\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let status = answer.split(' ').nth(1).unwrap_or_default().to_owned();
    let (_, text) = answer.split_once("\r\n\r\n").unwrap_or_default();
    match status.as_str() {
        "200" | "201" | "204" => Ok(text.to_owned()),
        "404" => Err(io::Error::new(io::ErrorKind::NotFound, format!("{method} {path}: {text}"))),
        _ => Err(io::Error::other(format!("{method} {path}: {status} {text}"))),
    }
}
