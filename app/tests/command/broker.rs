//! `--bus`: what is wrong with a broker is told at the start, and a secret never.

use crate::running::{archipel, ran};
use testkit::rabbitmq::virtual_host;

fn started_with(bus: &str) -> (bool, String) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data").display().to_string();
    let address = crate::running::free_address();
    ran(archipel(&["up", "--data", &data, "--no-sample", "--listen", &address.to_string(), "--bus", bus]))
}

#[test]
fn an_address_that_cannot_be_used() {
    for bus in ["localhost:5672", "amqps://a:s3cret@localhost", "kafka://a:s3cret@localhost"] {
        let (succeeded, said) = started_with(bus);
        assert!(!succeeded && said.contains("bus: ") && said.contains("amqp"), "{said}");
        assert!(!said.contains("s3cret"), "{said}");
    }
}

#[test]
fn a_broker_that_refuses_the_password() {
    let host = virtual_host("refusal").unwrap();
    let (succeeded, said) = started_with(&host.url_with("s3cret"));
    assert!(!succeeded && said.contains("refuses us"), "{said}");
    assert!(!said.contains("s3cret") && !said.contains("panicked"), "{said}");
}

#[test]
fn a_broker_with_other_things_under_our_names() {
    let host = virtual_host("others").unwrap();
    host.exchange("business.events", "fanout", true).unwrap();
    let (succeeded, said) = started_with(&host.url());
    assert!(!succeeded && said.contains("`business.events`") && said.contains("other properties"), "{said}");
}

#[test]
fn nobody_serves_and_no_broker_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    drop(crate::running::up(&data, &["--no-sample"]));
    let (succeeded, said) = ran(archipel(&["bus", "status", "--data", data.to_str().unwrap()]));
    assert!(!succeeded && said.contains("no_bus"), "{said}");
}
