//! Listening: plain or TLS, until asked to stop; then nothing is left open.

mod listener;

use crate::config::Config;
use crate::system::System;
use anyhow::{Context, Result};
use axum::extract::{ConnectInfo, Request};
use listener::{Peer, Tls};
use rustls::ServerConfig;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// An address that is taken, and with what it will be spoken on.
pub struct Bound {
    listener: TcpListener,
    tls: Option<ServerConfig>,
}

/// Binds the address and reads certificate and key, so that what is wrong with them is told before anything else is
/// done.
///
/// # Errors
/// When somebody else listens there, the rights are missing, or certificate and key cannot be used.
pub async fn bind(config: &Config) -> Result<Bound> {
    let tls = config.tls.as_ref().map(|(cert, key)| listener::config(cert, key)).transpose()?;
    let address = config.listen;
    let listener = TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen on {address}: is another program there? Choose another with --listen 127.0.0.1:PORT")
    })?;
    Ok(Bound { listener, tls })
}

/// Serves until the signal; answers under way are finished.
///
/// # Errors
/// When the system takes the listener away.
pub async fn serve(system: &Arc<System>, bound: Bound, mut stop: watch::Receiver<bool>) -> Result<()> {
    let service = system.router.clone().into_make_service_with_connect_info::<SocketAddr>();
    let stopped = async move { drop(stop.wait_for(|stop| *stop).await) };
    match bound.tls {
        None => axum::serve(bound.listener, service).with_graceful_shutdown(stopped).await?,
        Some(config) => {
            let tls = Tls::new(bound.listener, config)?;
            // The edge reads one kind of address, whichever listener it came through.
            let router = system.router.clone().layer(axum::middleware::map_request(same_address));
            axum::serve(tls, router.into_make_service_with_connect_info::<Peer>())
                .with_graceful_shutdown(stopped)
                .await?;
        }
    }
    Ok(())
}

async fn same_address(ConnectInfo(peer): ConnectInfo<Peer>, mut request: Request) -> Request {
    request.extensions_mut().insert(ConnectInfo(peer.0));
    request
}

/// Ctrl-C and SIGTERM, heard from the moment when this was made: a start that is interrupted ends as cleanly as any.
pub struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

impl Stop {
    /// Begins to listen.
    ///
    /// # Errors
    /// When the system gives no signals.
    pub fn listen() -> Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Waits for either.
    pub async fn asked(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
