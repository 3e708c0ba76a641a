//! The connection of a process to its broker.

use super::address::{self, Address};
use super::{BusError, Publisher, Queues, Subscription, topology};
use lapin::{Connection, ConnectionProperties};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long an address may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// A broker, reached or not. Copies are handles of the same.
#[derive(Clone)]
pub struct Broker(Arc<Inner>);

struct Inner {
    addresses: Vec<Address>,
    /// The live connection, and the address that it is to.
    link: tokio::sync::Mutex<Option<(Arc<Connection>, usize)>>,
    /// The address of the last link, for people.
    at: Mutex<Option<String>>,
    queues: Mutex<Vec<Queues>>,
    /// How often something of ours was not there.
    made: AtomicU64,
}

impl Broker {
    /// A broker at one address or several, separated by commas. Nothing is connected yet.
    ///
    /// # Errors
    /// When an address cannot be read.
    pub fn new(urls: &str) -> Result<Self, BusError> {
        Ok(Self(Arc::new(Inner {
            addresses: address::parse(urls)?,
            link: tokio::sync::Mutex::default(),
            at: Mutex::default(),
            queues: Mutex::default(),
            made: AtomicU64::new(0),
        })))
    }

    /// Connects, unless it is: proves addresses, credentials and properties.
    ///
    /// # Errors
    /// The most telling of what the addresses answered.
    pub async fn reach(&self) -> Result<(), BusError> {
        self.connection().await.map(drop)
    }

    /// The address that answered last, without its secret; `None` while none does.
    #[must_use]
    pub fn connected_to(&self) -> Option<String> {
        self.0.at.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How often the exchange or a queue of ours was not there and had to be made: a new broker, one that has lost
    /// everything, a new consumer. What was sent before is not there either.
    #[must_use]
    pub fn times_made(&self) -> u64 {
        self.0.made.load(Ordering::Acquire)
    }

    /// Whether somebody of this process waits for a routing key.
    #[must_use]
    pub fn expects(&self, key: &str) -> bool {
        self.all_queues().iter().any(|queues| queues.keys.contains(key))
    }

    /// Declares the queues of a consumer, now and on every later connection.
    ///
    /// # Errors
    /// When the broker is there and refuses them; one that is away gets them when it answers.
    pub async fn declare(&self, queues: Queues) -> Result<(), BusError> {
        {
            let mut all = self.0.queues.lock().unwrap_or_else(PoisonError::into_inner);
            all.retain(|known| known.consumer != queues.consumer);
            all.push(queues.clone());
        }
        let link = self.0.link.lock().await;
        match &*link {
            Some((connection, at)) if connection.status().connected() => {
                self.make(connection, &queues, &self.shown(*at)).await
            }
            _ => Ok(()),
        }
    }

    /// Declares everything again: somebody has deleted a queue.
    ///
    /// # Errors
    /// When the broker is away or refuses.
    pub async fn redeclare(&self) -> Result<(), BusError> {
        let connection = self.connection().await?;
        let at = self.connected_to().unwrap_or_default();
        for queues in self.all_queues() {
            self.make(&connection, &queues, &at).await?;
        }
        Ok(())
    }

    /// A channel to publish on.
    ///
    /// # Errors
    /// When the broker is away or refuses.
    pub async fn publisher(&self) -> Result<Publisher, BusError> {
        Publisher::open(&*self.connection().await?, self.connected_to().unwrap_or_default()).await
    }

    /// Reads the queues of a consumer, `prefetch` messages of each at once.
    ///
    /// # Errors
    /// When the broker is away or refuses.
    pub async fn subscribe(&self, queues: &Queues, prefetch: u16) -> Result<Subscription, BusError> {
        let connection = self.connection().await?;
        Subscription::open(&connection, queues.clone(), prefetch, self.connected_to().unwrap_or_default())
            .await
    }

    /// Ends the connection.
    pub async fn close(&self) {
        if let Some((connection, _)) = self.0.link.lock().await.take() {
            drop(connection.close(200, "stopping".into()).await);
        }
    }

    fn all_queues(&self) -> Vec<Queues> {
        self.0.queues.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn shown(&self, at: usize) -> String {
        self.0.addresses.get(at).map(|address| address.shown.clone()).unwrap_or_default()
    }

    /// The live connection; a new one to the first address that answers, beginning with the last that did.
    async fn connection(&self) -> Result<Arc<Connection>, BusError> {
        let mut link = self.0.link.lock().await;
        if let Some((connection, _)) = &*link
            && connection.status().connected()
        {
            return Ok(connection.clone());
        }
        let last = link.take().map_or(0, |(_, at)| at);
        *self.0.at.lock().unwrap_or_else(PoisonError::into_inner) = None;
        let count = self.0.addresses.len();
        let mut worst: Option<BusError> = None;
        for at in (0..count).map(|n| (last + n) % count) {
            match self.open(at).await {
                Ok(connection) => {
                    let connection = Arc::new(connection);
                    *link = Some((connection.clone(), at));
                    *self.0.at.lock().unwrap_or_else(PoisonError::into_inner) = Some(self.shown(at));
                    return Ok(connection);
                }
                // What a person must mend is said before what may mend itself.
                Err(error) if worst.as_ref().is_none_or(|worst| !worst.needs_a_person()) => {
                    worst = Some(error)
                }
                Err(_) => {}
            }
        }
        Err(worst.unwrap_or_else(|| BusError::Address("no address".into())))
    }

    async fn open(&self, at: usize) -> Result<Connection, BusError> {
        let Some(address) = self.0.addresses.get(at) else {
            return Err(BusError::Address("no address".into()));
        };
        let away = |why: &str| BusError::Away { at: address.shown.clone(), why: why.to_owned() };
        let properties = ConnectionProperties::default().with_connection_name("archipel".into());
        let connecting = Connection::connect_uri(address.uri.clone(), properties);
        let connection = tokio::time::timeout(PATIENCE, connecting).await;
        let connection = connection.map_err(|_| away("no answer within ten seconds"))?;
        let connection = connection.map_err(|e| BusError::of(&address.shown, &e))?;
        let declaring = self.declare_all(&connection, &address.shown);
        let declared = tokio::time::timeout(PATIENCE * 6, declaring).await;
        declared.map_err(|_| away("its queues were not ready within a minute"))??;
        Ok(connection)
    }

    async fn declare_all(&self, connection: &Connection, at: &str) -> Result<(), BusError> {
        if topology::exchanges(connection, at).await? {
            self.0.made.fetch_add(1, Ordering::AcqRel);
        }
        for queues in self.all_queues() {
            self.make(connection, &queues, at).await?;
        }
        Ok(())
    }

    async fn make(&self, connection: &Connection, queues: &Queues, at: &str) -> Result<(), BusError> {
        if topology::queues(connection, queues, at).await? {
            self.0.made.fetch_add(1, Ordering::AcqRel);
        }
        Ok(())
    }
}

impl std::fmt::Debug for Broker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.addresses.iter().map(|address| &address.shown)).finish()
    }
}
