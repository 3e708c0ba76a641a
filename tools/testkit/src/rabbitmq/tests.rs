//! The private broker itself: it starts, dies, comes back, forgets, and leaves nothing behind.

use super::*;
use std::net::TcpStream;

#[test]
fn a_node_comes_back_after_a_kill_and_forgets_when_told_to() {
    let mut node = Node::start().unwrap();
    let port = node.port();
    let host = node.virtual_host("kept").unwrap();
    host.exchange("business.events", "topic", true).unwrap();
    host.publish("nobody.listens", "hello").unwrap();
    node.kill().unwrap();
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    node.restart().unwrap();
    host.publish("nobody.listens", "still there").unwrap();
    node.lose_everything().unwrap();
    assert_eq!(node.port(), port);
    assert!(host.publish("nobody.listens", "gone").is_err());
    host.again().unwrap();
    drop(host);
    drop(node);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
}

#[test]
fn tests_share_a_node_and_no_virtual_host() {
    let (one, two) = (virtual_host("same").unwrap(), virtual_host("same").unwrap());
    assert_ne!(one.url(), two.url());
    one.exchange("business.events", "topic", true).unwrap();
    assert!(two.publish("a.b", "hello").is_err());
    assert_eq!(one.messages("no:such").unwrap(), None);
}
