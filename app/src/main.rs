//! The one binary. Everything it does is a subcommand; see [`archipel::cli`].

#[tokio::main]
async fn main() -> std::process::ExitCode {
    archipel::cli::run().await
}
