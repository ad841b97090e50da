//! Which proxy the environment names, read strictly: a setting that cannot be used is an error, never a direct connection.

use std::net::IpAddr;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use reqwest::Url;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The variables that name the proxy for HTTPS, the one that counts first.
const FOR_HTTPS: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
/// The same for plain HTTP, by which only timestamp authorities and the like are asked.
const FOR_HTTP: [&str; 4] = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
/// The variables that name the hosts that are reached without one.
const EXEMPT: [&str; 2] = ["NO_PROXY", "no_proxy"];
/// How long a proxy may take to repeat its refusal.
const PATIENCE: Duration = Duration::from_secs(5);
/// How much of a refusal is read.
const LONGEST: u64 = 16 << 10;

/// How a host is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ProxyWay {
    /// The environment says nothing; the system's own setting counts, where it has one.
    Unsaid,
    /// The environment says that there is no proxy for this host.
    Direct,
    /// Through this proxy.
    Through(Proxy),
}

/// A proxy; its URL may hold a password.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Proxy(Url);

impl std::fmt::Debug for Proxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Proxy({})", self.name())
    }
}

/// Why the environment's proxy cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot use the proxy `{value}` that {variable} names: {why}")]
pub struct ProxyError {
    /// The variable.
    pub variable: &'static str,
    /// What it holds, without a user name and a password.
    pub value: String,
    /// What is wrong with it.
    pub why: String,
}

/// A client that reaches `url` as the environment says.
///
/// # Errors
/// Where the environment names a proxy that cannot be used.
pub fn applied(builder: reqwest::ClientBuilder, url: &Url) -> Result<reqwest::ClientBuilder, ProxyError> {
    let variables = if url.scheme() == "http" { FOR_HTTP } else { FOR_HTTPS };
    let by_environment = |name: &str| std::env::var_os(name);
    match way_by(&variables, url.host_str().unwrap_or_default(), by_environment)? {
        ProxyWay::Unsaid => Ok(builder),
        ProxyWay::Direct => Ok(builder.no_proxy()),
        ProxyWay::Through(proxy) => {
            let refused = |error: reqwest::Error| ProxyError {
                variable: variables[0],
                value: proxy.name(),
                why: error.to_string(),
            };
            Ok(builder.no_proxy().proxy(proxy.setting().map_err(refused)?))
        }
    }
}

/// The way to `host` over HTTPS, by what `variable` gives for the name of an environment variable.
pub(super) fn way(host: &str, variable: impl Fn(&str) -> Option<std::ffi::OsString>) -> Result<ProxyWay, ProxyError> {
    way_by(&FOR_HTTPS, host, variable)
}

fn way_by(
    variables: &[&'static str; 4],
    host: &str,
    variable: impl Fn(&str) -> Option<std::ffi::OsString>,
) -> Result<ProxyWay, ProxyError> {
    let given = |name: &&'static str| {
        let value = variable(name)?;
        (!value.to_string_lossy().trim().is_empty()).then_some((*name, value))
    };
    let exempt = EXEMPT.iter().find_map(given).map(|(_, value)| value.to_string_lossy().into_owned());
    let Some((name, value)) = variables.iter().find_map(given) else { return Ok(ProxyWay::Unsaid) };
    if exempt.is_some_and(|exempt| is_exempt(host, &exempt)) {
        return Ok(ProxyWay::Direct);
    }
    let text = value.to_string_lossy();
    let refused = |why: String| ProxyError { variable: name, value: without_user(text.trim()), why };
    if value.to_str().is_none() {
        return Err(refused("it is not a text".to_owned()));
    }
    let text = text.trim();
    let url = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let url = Url::parse(&url).map_err(|error| refused(error.to_string()))?;
    match url.scheme() {
        "http" | "https" => {}
        scheme => return Err(refused(format!("{scheme}:// is not supported, only http:// and https://"))),
    }
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        return Err(refused("there is something behind the host and the port".to_owned()));
    }
    Ok(ProxyWay::Through(Proxy(url)))
}

impl Proxy {
    /// As the HTTP client takes it.
    pub(super) fn setting(&self) -> reqwest::Result<reqwest::Proxy> {
        reqwest::Proxy::all(self.0.as_str())
    }

    /// Its host and port.
    pub(super) fn name(&self) -> String {
        format!("{}:{}", self.0.host_str().unwrap_or_default(), self.0.port_or_known_default().unwrap_or_default())
    }

    /// Why it opens no tunnel to `host`, in its own words: asked again, because the client keeps none. Nothing is sent that
    /// is for the API. `None` where it does not repeat a refusal, or speaks TLS itself.
    pub(super) async fn refusal(&self, host: &str) -> Option<Refusal> {
        if self.0.scheme() != "http" {
            return None;
        }
        tokio::time::timeout(PATIENCE, self.asked_again(host)).await.ok().flatten()
    }

    async fn asked_again(&self, host: &str) -> Option<Refusal> {
        let mut request = format!("CONNECT {host} HTTP/1.1\r\nHost: {host}\r\n");
        if let Some(pass) = self.authorization() {
            request.push_str(&format!("Proxy-Authorization: Basic {pass}\r\n"));
        }
        request.push_str("\r\n");
        let name = self.name();
        let mut stream = TcpStream::connect(name.trim_start_matches('[').replace("]:", ":")).await.ok()?;
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut answer = Vec::new();
        // Whether it closes the connection or holds it open, what came by then is its answer.
        let mut stream = stream.take(LONGEST);
        let _ = tokio::time::timeout(PATIENCE / 5, stream.read_to_end(&mut answer)).await;
        Refusal::read(&answer)
    }

    fn authorization(&self) -> Option<String> {
        let text = |text: &str| percent_decoded(text);
        let user = Some(self.0.username()).filter(|user| !user.is_empty())?;
        let pass = format!("{}:{}", text(user), text(self.0.password().unwrap_or_default()));
        Some(BASE64_STANDARD.encode(pass))
    }
}

/// What a proxy answers in the place of a tunnel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The HTTP status, which is no success.
    pub status: u16,
    /// The reason of the status line, and the body where it is a text for people.
    pub words: String,
}

impl Refusal {
    fn read(answer: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(answer);
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let (version, status) = head.lines().next()?.split_once(' ')?;
        let (status, reason) = status.split_once(' ').unwrap_or((status, ""));
        let status = version.starts_with("HTTP/").then(|| status.trim().parse().ok()).flatten()?;
        let body = body.trim();
        let words = if body.is_empty() || body.starts_with('<') {
            reason.trim().to_owned()
        } else {
            format!("{}: {body}", reason.trim())
        };
        (!(200..300).contains(&status)).then_some(Self { status, words })
    }
}

fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let (mut out, mut place) = (Vec::with_capacity(bytes.len()), 0);
    while let Some(byte) = bytes.get(place) {
        let digits = bytes.get(place + 1..place + 3).and_then(|digits| std::str::from_utf8(digits).ok());
        let hex = digits.filter(|_| *byte == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok());
        out.push(hex.unwrap_or(*byte));
        place += if hex.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Whether `list` names the host: itself, a domain above it, its address, a network that it is in, or `*`.
fn is_exempt(host: &str, list: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
    let address: Option<IpAddr> = host.parse().ok();
    let names = |entry: &str| {
        let entry = entry.trim_start_matches("*.").trim_start_matches('.').to_ascii_lowercase();
        let entry = entry.trim_start_matches('[').trim_end_matches(']');
        let network = entry.split_once('/').and_then(|(base, length)| Some((base.parse().ok()?, length.parse().ok()?)));
        match (address, network) {
            (Some(address), Some((base, length))) => is_in(address, base, length),
            (Some(address), None) => entry.parse() == Ok(address),
            (None, _) => host == entry || host.strip_suffix(entry).is_some_and(|rest| rest.ends_with('.')),
        }
    };
    let entries = list.split([',', ' ', '\t']).map(str::trim).filter(|entry| !entry.is_empty());
    entries.into_iter().any(|entry| entry == "*" || names(entry))
}

fn is_in(address: IpAddr, base: IpAddr, length: u32) -> bool {
    match (address, base) {
        (IpAddr::V4(address), IpAddr::V4(base)) if length <= 32 => {
            let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
            u32::from(address) & mask == u32::from(base) & mask
        }
        (IpAddr::V6(address), IpAddr::V6(base)) if length <= 128 => {
            let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
            u128::from(address) & mask == u128::from(base) & mask
        }
        _ => false,
    }
}

/// The setting without what is before its last `@`.
fn without_user(text: &str) -> String {
    let shown: String = text.chars().take(200).collect();
    match (text.rsplit_once('@'), text.split_once("://")) {
        (Some((_, host)), Some((scheme, _))) if !scheme.contains('@') => format!("{scheme}://...@{host}"),
        (Some((_, host)), _) => format!("...@{host}"),
        (None, _) => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way_of(host: &str, variables: &[(&str, &str)]) -> Result<ProxyWay, ProxyError> {
        way(host, |name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).into()))
    }

    fn through(variables: &[(&str, &str)]) -> String {
        match way_of("api.example.com", variables) {
            Ok(ProxyWay::Through(proxy)) => proxy.name(),
            other => panic!("{variables:?}: {other:?}"),
        }
    }

    #[test]
    fn a_proxy_is_taken_from_the_first_variable_that_names_one() {
        assert_eq!(through(&[("HTTPS_PROXY", "http://a:1"), ("ALL_PROXY", "http://b:2")]), "a:1");
        assert_eq!(through(&[("HTTPS_PROXY", " "), ("all_proxy", "b:2")]), "b:2");
        assert_eq!(through(&[("https_proxy", "http://me:secret@c:3/")]), "c:3");
        assert_eq!(through(&[("https_proxy", "proxy.corp")]), "proxy.corp:80");
        assert_eq!(way_of("api.example.com", &[("HTTP_PROXY", "::")]).unwrap(), ProxyWay::Unsaid);
    }

    #[test]
    fn a_setting_that_cannot_be_used_is_an_error_and_shows_no_password() {
        for bad in [
            "proxy.corp:notaport",
            "http//proxy.corp:8080",
            "http://",
            "http://:8080",
            "proxy corp:8080",
            "socks5://proxy.corp:1080",
            "http://proxy.corp:8080/path",
            "http://me:secret@proxy.corp:99999",
            "me:secret@proxy corp",
            "http://me:se@cret@[proxy",
        ] {
            let error = way_of("api.example.com", &[("HTTPS_PROXY", bad)]).unwrap_err().to_string();
            assert!(error.starts_with("cannot use the proxy `") && error.contains("HTTPS_PROXY"), "{error}");
            assert!(!error.contains("secret") && !error.contains("se@"), "{error}");
        }
        assert_eq!(way_of("api.example.com", &[("HTTPS_PROXY", "::"), ("NO_PROXY", "*")]).unwrap(), ProxyWay::Direct);
    }

    #[test]
    fn a_host_is_exempt_by_its_name_a_domain_its_address_a_network_or_a_star() {
        for (host, list) in [
            ("api.example.com", "*"),
            ("192.0.2.7", "*"),
            ("[2001:db8::7]", "*"),
            ("api.example.com", "other.org, example.com"),
            ("api.example.com", ".example.com"),
            ("api.example.com", "*.example.com"),
            ("API.example.com", "api.EXAMPLE.com"),
            ("192.0.2.7", "192.0.2.7"),
            ("192.0.2.7", "192.0.2.0/24"),
            ("192.0.2.7", "0.0.0.0/0"),
            ("[2001:db8::7]", "2001:db8::/32"),
        ] {
            assert!(is_exempt(host, list), "{host} {list}");
        }
        for (host, list) in [
            ("notexample.com", "example.com"),
            ("example.com", "api.example.com"),
            ("192.0.3.7", "192.0.2.0/24"),
            ("192.0.2.7", "2001:db8::/32"),
            ("192.0.2.7", "192.0.2.0/99"),
            ("api.example.com", ""),
        ] {
            assert!(!is_exempt(host, list), "{host} {list}");
        }
    }

    #[test]
    fn a_refusal_is_read_with_its_reason_and_a_body_for_people() {
        let read = |answer: &str| Refusal::read(answer.as_bytes()).map(|refusal| (refusal.status, refusal.words));
        let said = |status, words: &str| Some((status, words.to_owned()));
        assert_eq!(
            read("HTTP/1.1 407 Proxy Authentication Required\r\nX: y\r\n\r\n"),
            said(407, "Proxy Authentication Required")
        );
        assert_eq!(read("HTTP/1.0 403 Forbidden\r\n\r\nnot on the list\n"), said(403, "Forbidden: not on the list"));
        assert_eq!(read("HTTP/1.0 403 Forbidden\r\n\r\n<html>no</html>"), said(403, "Forbidden"));
        assert_eq!(read("HTTP/1.1 200 OK\r\n\r\n"), None);
        assert_eq!(read("nonsense"), None);
        assert_eq!(read(""), None);
    }

    #[test]
    fn a_user_name_is_decoded_for_the_proxy() {
        let Ok(ProxyWay::Through(proxy)) = way_of("x", &[("ALL_PROXY", "http://me:p%40ss%2@c:3")]) else { panic!() };
        assert_eq!(proxy.authorization().as_deref(), Some(&*BASE64_STANDARD.encode("me:p@ss%2")));
    }
}
