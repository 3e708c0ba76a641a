//! Several requests on one connection without waiting in between.
//!
//! The driver sends a request when its future is first polled. A flight polls its futures once, in order, and awaits
//! them in order afterwards: the server sees them in the order in which they were added, whatever a combinator
//! would have done.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;
use tokio_postgres::{Error, Row};

/// What a request got.
#[derive(Debug)]
pub(super) enum Reply {
    /// Rows touched.
    Count(u64),
    /// Rows read.
    Rows(Vec<Row>),
}

impl Reply {
    /// The number of rows, touched or read.
    pub(super) fn count(&self) -> u64 {
        match self {
            Self::Count(count) => *count,
            Self::Rows(rows) => rows.len() as u64,
        }
    }

    /// The rows read.
    pub(super) fn rows(&self) -> &[Row] {
        match self {
            Self::Count(_) => &[],
            Self::Rows(rows) => rows,
        }
    }
}

pub(super) type Request<'a> = Pin<Box<dyn Future<Output = Result<Reply, Error>> + Send + 'a>>;

/// Sends all requests in order, then answers each in order.
pub(super) async fn fly(mut requests: Vec<Request<'_>>) -> Vec<Result<Reply, Error>> {
    let mut early: Vec<Option<Result<Reply, Error>>> = Vec::with_capacity(requests.len());
    poll_fn(|cx| {
        for request in &mut requests {
            early.push(match request.as_mut().poll(cx) {
                Poll::Ready(reply) => Some(reply),
                Poll::Pending => None,
            });
        }
        Poll::Ready(())
    })
    .await;
    let mut replies = Vec::with_capacity(requests.len());
    for (request, reply) in requests.into_iter().zip(early) {
        replies.push(match reply {
            Some(reply) => reply,
            None => request.await,
        });
    }
    replies
}
