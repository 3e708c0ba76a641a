//! Listening: plain or TLS, until asked to stop; then nothing is left open.

mod listener;

use crate::system::System;
use anyhow::{Context, Result};
use axum::extract::{ConnectInfo, Request};
use listener::{Peer, Tls};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// Binds the address, so that a port in use is told before anything else is done.
///
/// # Errors
/// When somebody else listens there, or the rights are missing.
pub async fn bind(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen on {address}: is another program there? Choose another with --listen 127.0.0.1:PORT")
    })
}

/// Serves until the signal; answers under way are finished.
///
/// # Errors
/// When the certificate or key cannot be read.
pub async fn serve(
    system: &Arc<System>,
    listener: TcpListener,
    mut stop: watch::Receiver<bool>,
) -> Result<()> {
    let service = system.router.clone().into_make_service_with_connect_info::<SocketAddr>();
    let stopped = async move { drop(stop.wait_for(|stop| *stop).await) };
    match &system.config.tls {
        None => axum::serve(listener, service).with_graceful_shutdown(stopped).await?,
        Some((cert, key)) => {
            let tls = Tls::new(listener, cert, key)?;
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

/// Waits for Ctrl-C or SIGTERM.
///
/// # Errors
/// When the system gives no signals.
pub async fn asked_to_stop() -> Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminate.recv() => {}
    }
    Ok(())
}
