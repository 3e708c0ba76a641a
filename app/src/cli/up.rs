//! `archipel up`: every module in this process, until asked to stop.

use super::print;
use crate::config::Config;
use crate::ops::socket;
use crate::serve;
use crate::system::System;
use anyhow::Result;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::watch;

/// Runs the system until Ctrl-C or SIGTERM.
pub(super) async fn up(config: Config) -> Result<()> {
    logging();
    let started = Instant::now();
    let mut stopping = serve::Stop::listen()?;
    let listener = serve::bind(&config).await?;
    for (name, value, source) in &config.shown {
        print::say(&format!("  {name:<20} {value}  ({source})"));
    }
    let url = config.public_url.clone();
    let system = Arc::new(System::boot(config, &|text| print::progress(text)).await?);
    let stop = watch::Sender::new(false);
    let socket = tokio::spawn(socket::serve(system.clone(), stop.subscribe()));
    let server = {
        let (system, stop) = (system.clone(), stop.subscribe());
        tokio::spawn(async move { serve::serve(&system, listener, stop).await })
    };
    welcome(&system, &url, started);
    stopping.asked().await;
    print::say("Stopping: finishing what is under way…");
    // Consumers end first, so that live pages end and the server has nobody left to wait for.
    system.flow.stop().await;
    stop.send_replace(true);
    server.await??;
    socket.await??;
    system.close().await;
    print::say("Stopped; nothing is left open.");
    Ok(())
}

fn welcome(system: &System, url: &str, started: Instant) {
    let databases = system.databases.all().len();
    print::say(&format!(
        "Archipel is ready after {:.1} s, with {databases} databases that share nothing.",
        started.elapsed().as_secs_f32()
    ));
    print::say(&format!("  {url}"));
    if system.config.sample_allowed() {
        print::say(
            "  Sign in as lea@archipel.test (employee), marc@archipel.test (manager), nadia@archipel.test (HR)",
        );
        print::say("  or omar@archipel.test (operator); password: archipel. Stop with Ctrl-C.");
    } else {
        print::say(
            "  Add the first administrator with `archipel user add YOU@EXAMPLE.ORG --admin`. Stop with Ctrl-C.",
        );
    }
}

/// Structured logs on standard error: JSON, or lines when a person looks.
fn logging() {
    use std::io::IsTerminal;
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_env("ARCHIPEL_LOG")
        .unwrap_or_else(|_| EnvFilter::new("warn,archipel=info,archipel::access=warn"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() { builder.compact().init() } else { builder.json().init() }
}
