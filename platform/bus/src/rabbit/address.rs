//! Addresses of a broker: one or several, separated by commas, tried in turn.

use super::BusError;
use lapin::uri::{AMQPScheme, AMQPUri};

/// One address.
#[derive(Clone)]
pub(super) struct Address {
    pub(super) uri: AMQPUri,
    /// As people may see it.
    pub(super) shown: String,
}

/// Reads `amqp://user:secret@host:5672/vhost,amqp://…`.
pub(super) fn parse(urls: &str) -> Result<Vec<Address>, BusError> {
    let addresses = urls.split(',').map(str::trim).filter(|url| !url.is_empty()).map(one);
    let addresses = addresses.collect::<Result<Vec<_>, _>>()?;
    if addresses.is_empty() {
        return Err(BusError::Address("no address: give amqp://USER:PASSWORD@HOST:5672/VHOST".into()));
    }
    Ok(addresses)
}

fn one(url: &str) -> Result<Address, BusError> {
    // The text is not repeated: it may hold a password.
    let wrong = |_| BusError::Address("expected amqp://USER:PASSWORD@HOST:5672/VHOST".into());
    let uri: AMQPUri = url.parse().map_err(wrong)?;
    if uri.scheme == AMQPScheme::AMQPS {
        let why = "amqps:// is not supported: reach the broker through a private network or a TLS tunnel";
        return Err(BusError::Address(why.into()));
    }
    let shown =
        format!("{}:{}/{}", uri.authority.host, uri.authority.port, uri.vhost.trim_start_matches('/'));
    Ok(Address { uri, shown })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_shown_without_their_secret() {
        let two = parse("amqp://a:s3cret@one:5672/v, amqp://two").unwrap();
        assert_eq!(two.iter().map(|a| a.shown.as_str()).collect::<Vec<_>>(), ["one:5672/v", "two:5672/"]);
    }

    #[test]
    fn what_is_not_an_address_is_refused_without_repeating_it() {
        for url in ["", "http://a:s3cret@b", "amqps://a:s3cret@b", "a:s3cret@b"] {
            let error = parse(url).err().unwrap().to_string();
            assert!(error.starts_with("bus: ") && !error.contains("s3cret"), "{error}");
        }
    }
}
