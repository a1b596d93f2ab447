//! feeless's command line as it is: `nano-feeless --log-level debug node -o 127.0.0.1:7075` dials a Nano node and shows what passes.

#[tokio::main]
async fn main() -> std::process::ExitCode {
    match feeless::cli::run().await {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:?}");
            std::process::ExitCode::FAILURE
        }
    }
}
