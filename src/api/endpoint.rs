//! Where the API is: a base address that the key may be sent to.

use std::borrow::Cow;
use std::fmt;

use reqwest::Url;

use crate::remedy::Remedy;

/// The address of the vendor's API.
pub const DEFAULT_BASE: &str = "https://api.dialnexa.com/v1";

/// A checked base address: HTTPS, or HTTP to this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    url: Url,
    host: String,
    port: u16,
}

/// What makes a base address unusable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// It is not an address.
    #[error("`{0}` is not a base URL ({1})")]
    NotAUrl(String, String),
    /// It is neither HTTPS nor HTTP.
    #[error("the base URL must begin with https://, not {0}://")]
    Scheme(String),
    /// It would send the key over the network in the clear.
    #[error(
        "plain HTTP is refused except to this machine (127.0.0.1, [::1], localhost): `{0}` would get the API key unencrypted"
    )]
    Plain(String),
    /// It has parts that a base address must not have.
    #[error("the base URL must not have a user name, a password, a query or a fragment")]
    Extra,
}

impl Remedy for EndpointError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::NotAUrl(..) => Some(format!("write for example {DEFAULT_BASE}").into()),
            Self::Plain(_) => Some("use https://".into()),
            Self::Scheme(_) | Self::Extra => None,
        }
    }
}

impl Endpoint {
    /// Checks `text`. HTTPS is required unless the host is this machine's loopback.
    pub fn new(text: &str) -> Result<Self, EndpointError> {
        let not_one = |why: &dyn fmt::Display| EndpointError::NotAUrl(without_user(text), why.to_string());
        let url = Url::parse(text.trim()).map_err(|error| not_one(&error))?;
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
            return Err(EndpointError::Extra);
        }
        let host = url.host_str().ok_or_else(|| not_one(&"it names no host"))?.to_owned();
        let usual = match url.scheme() {
            "https" => 443,
            "http" if is_loopback(&host) => 80,
            "http" => return Err(EndpointError::Plain(host)),
            scheme => return Err(EndpointError::Scheme(scheme.to_owned())),
        };
        Ok(Self { port: url.port().unwrap_or(usual), url, host })
    }

    /// Whether the host is this machine.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.host)
    }

    /// Whether it is reached by HTTPS.
    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// The host alone.
    pub(super) fn host_name(&self) -> &str {
        &self.host
    }

    /// The host and the port, also where that is the scheme's own.
    pub(super) fn host_and_port(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// The host, with the port where it is not the scheme's own.
    pub fn host(&self) -> String {
        self.url.port().map_or_else(|| self.host.clone(), |_| self.host_and_port())
    }

    /// The address of the list of batch calls, without a query.
    pub fn batch_calls(&self) -> String {
        format!("{}/batch-calls", self.url.as_str().trim_end_matches('/'))
    }
}

/// The address of one page of the list at `batch_calls`.
pub fn page_url(batch_calls: &str, number: u64, limit: u32) -> String {
    format!("{batch_calls}?page={number}&limit={limit}")
}

/// The address of one page of those batches that are in `status`, by the API's own filter.
pub fn filtered_url(batch_calls: &str, number: u64, limit: u32, status: &str) -> String {
    format!("{}&status={}", page_url(batch_calls, number, limit), segment(status))
}

/// The address of the count of a batch's calls in any of `statuses`. The API's documents name no way to have the count alone:
/// one call log comes with it.
pub fn count_url(batch_calls: &str, batch: &str, statuses: &[&str]) -> String {
    format!("{batch_calls}/{}?status={}&limit={COUNT_LIMIT}", segment(batch), statuses.join(","))
}

/// How many call logs come with a count.
pub const COUNT_LIMIT: u64 = 1;

/// A text as one segment of a path: all but letters, digits and `-._~` as the hex digits of its bytes (RFC 3986, 2.3).
fn segment(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

/// An unusable address may still hold a password.
fn without_user(text: &str) -> String {
    match (text.find("://"), text.rfind('@')) {
        (Some(scheme), Some(at)) if at > scheme => format!("{}://...{}", &text[..scheme], &text[at..]),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_goes_to_this_machine_only() {
        for good in
            ["https://api.dialnexa.com/v1", "http://127.0.0.1:8080/v1/", "http://localhost/v1", "http://[::1]:1"]
        {
            assert!(Endpoint::new(good).is_ok(), "{good}");
        }
        for host in ["api.dialnexa.com", "127.0.0.1.example.com", "localhost.example.com", "192.168.0.1"] {
            let error = Endpoint::new(&format!("http://{host}/v1")).unwrap_err();
            assert_eq!(error, EndpointError::Plain(host.to_owned()));
        }
    }

    #[test]
    fn what_is_no_base_address_is_refused() {
        for bad in [
            "",
            "api.dialnexa.com",
            "ftp://x/",
            "https://",
            "https://u:p@x/",
            "https://x/?a=1",
            "https://x/#a",
            "file:///etc",
        ] {
            assert!(Endpoint::new(bad).is_err(), "{bad}");
        }
        let error = Endpoint::new("https://me:secret@[broken").unwrap_err().to_string();
        assert!(!error.contains("secret"), "{error}");
    }

    #[test]
    fn an_id_is_one_segment_of_the_address_whatever_it_holds() {
        let url = |id: &str| count_url("https://x/v1/batch-calls", id, &["busy", "no_answer"]);
        assert_eq!(url("+4 9/..?é"), "https://x/v1/batch-calls/%2B4%209%2F..%3F%C3%A9?status=busy,no_answer&limit=1");
        for id in ["a/b", "../x", "a?b#c", "%2e", "a b\n", "春"] {
            let parsed = Url::parse(&url(id)).unwrap();
            assert_eq!(parsed.path_segments().unwrap().count(), 3, "{id}");
            assert_eq!(parsed.as_str(), url(id), "nothing changes it on the way");
        }
    }

    #[test]
    fn the_list_stands_below_the_base() {
        assert_eq!(Endpoint::new("https://x.example/v1/").unwrap().batch_calls(), "https://x.example/v1/batch-calls");
        assert_eq!(Endpoint::new("https://x.example:8443").unwrap().host(), "x.example:8443");
    }
}
