//! `thamvan`: the command line client.

fn main() -> std::process::ExitCode {
    thamvan::cli::run()
}
