//! The arguments by which a signature that is made by itself is stamped.

use std::time::Duration;

use clap::Args as ClapArgs;
use der::asn1::ObjectIdentifier;
use reqwest::Url;

use super::values::{duration, parsed, policy, web_address};

/// Which timestamp authority stamps a signature.
#[derive(Debug, Clone, ClapArgs)]
pub struct StampingArgs {
    /// Timestamp authority (RFC 3161) that proves when it was signed
    #[arg(long, value_name = "URL", value_parser = parsed(web_address))]
    pub timestamp_url: Option<Url>,
    /// Policy that it must stamp under, an object identifier as 1.3.6.1.4.1.99999.1
    #[arg(long, value_name = "OID", value_parser = parsed(policy), requires = "timestamp_url")]
    pub timestamp_policy: Option<ObjectIdentifier>,
    /// Longest wait for one timestamp
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = parsed(duration))]
    pub timestamp_wait: Duration,
}
