//! Carrying the news that a log has grown, inside one process.

use kernel::DatabaseId;
use tokio::sync::broadcast;

/// Signals kept for a slow listener; one that falls further behind is told to look at everything.
const KEPT: usize = 4096;

/// News.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Signal {
    /// A database's log has grown to this position.
    Log {
        /// The database.
        database: DatabaseId,
        /// Its last position.
        position: u64,
    },
    /// A consumer has applied a source up to this position.
    Applied {
        /// The consumer's name.
        consumer: String,
        /// The source that it read.
        source: DatabaseId,
        /// The position up to which its effects are visible.
        position: u64,
    },
    /// Too much happened at once: look at everything.
    Everything,
}

/// The embedded bus.
#[derive(Clone, Debug)]
pub struct Bus(broadcast::Sender<Signal>);

impl Default for Bus {
    fn default() -> Self {
        Self(broadcast::Sender::new(KEPT))
    }
}

impl Bus {
    /// Tells everybody who listens; nobody listening is fine.
    pub fn announce(&self, signal: Signal) {
        let _ = self.0.send(signal);
    }

    /// Listens from now on.
    #[must_use]
    pub fn listen(&self) -> Listener {
        Listener(self.0.subscribe())
    }
}

/// One listener's end of the bus.
#[derive(Debug)]
pub struct Listener(broadcast::Receiver<Signal>);

impl Listener {
    /// The next signal; `None` when the bus has ended.
    pub async fn next(&mut self) -> Option<Signal> {
        match self.0.recv().await {
            Ok(signal) => Some(signal),
            Err(broadcast::error::RecvError::Lagged(_)) => Some(Signal::Everything),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(position: u64) -> Signal {
        Signal::Log { database: "heures".parse().unwrap(), position }
    }

    #[tokio::test]
    async fn a_listener_that_falls_behind_is_told_to_look_at_everything() {
        let bus = Bus::default();
        let (mut quick, mut slow) = (bus.listen(), bus.listen());
        bus.announce(log(1));
        assert_eq!(quick.next().await, Some(log(1)));
        for n in 0..KEPT as u64 {
            bus.announce(log(n + 2));
        }
        assert_eq!(slow.next().await, Some(Signal::Everything));
        assert_eq!(quick.next().await, Some(log(2)));
        drop(bus);
    }
}
