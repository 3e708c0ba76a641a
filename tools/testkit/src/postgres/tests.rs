//! The private server itself: it starts, serves, dies, comes back, and leaves nothing behind.

use super::*;

#[test]
fn a_cluster_survives_a_kill_and_leaves_no_folder() {
    let mut cluster = Cluster::start(Options { shared_buffers_mb: 16, ..Options::durable() }).unwrap();
    let dir = cluster.socket_dir().to_owned();
    execute(&cluster.url("postgres"), "CREATE TABLE kept (id INT); INSERT INTO kept VALUES (1)").unwrap();
    let first = cluster.pid();
    cluster.kill().unwrap();
    assert!(execute(&cluster.url("postgres"), "SELECT 1").is_err());
    cluster.restart().unwrap();
    assert_ne!(cluster.pid(), first);
    // Fails if the committed row is not there.
    let sql = "DO $$ BEGIN IF (SELECT count(*) FROM kept) <> 1 THEN RAISE 'lost'; END IF; END $$";
    execute(&cluster.url("postgres"), sql).unwrap();
    drop(cluster);
    assert!(!dir.exists());
}

#[test]
fn a_cluster_listens_on_tcp_when_asked() {
    let port = free_port().unwrap();
    let cluster = Cluster::start(Options { tcp_port: Some(port), ..Options::default() }).unwrap();
    execute(&format!("postgresql://postgres@127.0.0.1:{port}/postgres"), "SELECT 1").unwrap();
    drop(cluster);
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
}

#[test]
fn a_server_that_cannot_start_says_why() {
    let settings = vec!["no_such_setting=1".to_owned()];
    let error = Cluster::start(Options { settings, ..Options::default() }).unwrap_err().to_string();
    assert!(error.contains("does not start") && error.contains("no_such_setting"), "{error}");
}

#[test]
fn a_fresh_database_is_dropped_with_its_value() {
    let server = shared().unwrap();
    let one = fresh_database("Story: one").unwrap();
    let two = fresh_database("Story: one").unwrap();
    assert_ne!(one.name(), two.name());
    execute(&one.url(), "CREATE TABLE t (id INT)").unwrap();
    let name = one.name().to_owned();
    drop(one);
    let gone = format!(
        "DO $$ BEGIN IF EXISTS (SELECT FROM pg_database WHERE datname = '{name}') THEN RAISE 'there'; END IF; END $$"
    );
    execute(&server, &gone).unwrap();
    execute(&two.url(), "SELECT 1").unwrap();
}

#[test]
fn a_cluster_is_not_cleaned_up_by_the_watcher_of_an_earlier_one() {
    for _ in 0..3 {
        let cluster = Cluster::start(Options { shared_buffers_mb: 16, ..Options::default() }).unwrap();
        execute(&cluster.url("postgres"), "CREATE TABLE t (id INT)").unwrap();
    }
}
