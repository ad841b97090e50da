//! `sample-api`: serves the built-in API until it is interrupted.

use super::args::SampleApi as SampleApiArgs;
use super::{Exit, Failure, output};
use crate::sample::{self, Options, SampleApi};

/// Runs the subcommand.
pub fn run(args: &SampleApiArgs) -> Result<Exit, Failure> {
    let options = Options { port: args.port, form: args.form, rate_limit: args.rate_limit, ..Options::default() };
    let failed = |error: std::io::Error| {
        Failure::new(Exit::Local, format_args!("cannot serve on port {}", args.port))
            .because(error)
            .with_remedy("choose another with --port")
    };
    let api = SampleApi::start(options).map_err(failed)?;
    output::result(&api.base_url())?;
    output::say(&format!(
        "The sample API listens on this machine only; its key is {}. In another terminal:\n  DIALNEXA_API_KEY={} \
         dialnexa-audit report --quarter 2024-Q1 --base-url {}\nStop it with Ctrl-C.",
        sample::KEY,
        sample::KEY,
        api.base_url()
    ));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    runtime.block_on(tokio::signal::ctrl_c()).map_err(failed)?;
    api.shutdown();
    Ok(Exit::Done)
}
