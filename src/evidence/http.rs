//! Requests and answers as HTTP/1.1 messages, and the way back.

use std::io::Write;

use crate::api::exchange::{Outcome, Sent};

/// The coding of the transfer is undone and the key may have been taken out, so what the server said of the body's length is
/// kept under another name where it does not hold for the body as it is kept.
const AS_RECEIVED: &str = "x-orig-";

/// The request. There is no body.
pub(super) fn request_block(sent: &Sent<'_>) -> Vec<u8> {
    let after_scheme = sent.url.split_once("://").map_or(sent.url, |(_, rest)| rest);
    let target = after_scheme.find('/').map_or("/", |place| &after_scheme[place..]);
    let mut block = format!("GET {target} HTTP/1.1\r\n").into_bytes();
    for (name, value) in sent.headers {
        push_header(&mut block, name, value.as_bytes());
    }
    block.extend_from_slice(b"\r\n");
    block
}

/// The answer: the head, and the place where its body begins. The reason is HTTP's own for the status.
pub(super) fn response_head(status: u16, headers: &[(String, Vec<u8>)], body: &[u8]) -> Vec<u8> {
    let reason = reqwest::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    let mut block = Vec::with_capacity(body.len() + 1024);
    // Writing to a Vec cannot fail.
    let _ = write!(block, "HTTP/1.1 {status:03} {}\r\n", reason.unwrap_or_default());
    for (name, value) in headers {
        let holds = match name.as_str() {
            "transfer-encoding" => false,
            "content-length" => value.trim_ascii() == body.len().to_string().as_bytes(),
            _ => true,
        };
        let name = if holds { name.clone() } else { format!("{AS_RECEIVED}{name}") };
        push_header(&mut block, &name, value);
    }
    block.extend_from_slice(b"\r\n");
    block
}

fn push_header(block: &mut Vec<u8>, name: &str, value: &[u8]) {
    block.extend_from_slice(name.as_bytes());
    block.extend_from_slice(b": ");
    block.extend(value.iter().map(|byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { *byte }));
    block.extend_from_slice(b"\r\n");
}

/// The place where the body of an answer begins.
pub(super) fn body_start(block: &[u8]) -> Option<usize> {
    block.windows(4).position(|window| window == b"\r\n\r\n").map(|place| place + 4)
}

/// The answer in a block, or what makes it none.
pub(super) fn response(mut block: Vec<u8>) -> Result<Outcome, &'static str> {
    let start = body_start(&block).ok_or("its block is no HTTP answer")?;
    let body = block.split_off(start);
    let mut lines = block.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let status = lines.next().and_then(status).ok_or("its block has no HTTP status")?;
    let mut headers = Vec::new();
    for line in lines.filter(|line| !line.is_empty()) {
        headers.push(header(line).ok_or("its block has a line that is no HTTP header")?);
    }
    Ok(Outcome::Answered { status, headers, body })
}

fn status(line: &[u8]) -> Option<u16> {
    let digits = line.strip_prefix(b"HTTP/1.1 ")?.get(..3)?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

fn header(line: &[u8]) -> Option<(String, Vec<u8>)> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let (name, value) = line.split_at_checked(colon)?;
    let name = std::str::from_utf8(name).ok()?;
    let original = name.strip_prefix(AS_RECEIVED).filter(|name| ["transfer-encoding", "content-length"].contains(name));
    let value = value.strip_prefix(b":")?;
    Some((original.unwrap_or(name).to_owned(), value.strip_prefix(b" ").unwrap_or(value).to_vec()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// What an answer is kept as is read back as that answer.
        #[test]
        fn an_answer_is_read_back_as_it_was(
            status in 100_u16..1000,
            headers in prop::collection::vec(("[a-z][a-z0-9-]{0,20}", "[!-~][ -~]{0,30}"), 0..8),
            length in prop_oneof![Just("chunked"), Just("5"), Just("7")],
            body in any::<Vec<u8>>(),
        ) {
            let mut headers: Vec<_> = headers.into_iter().map(|(name, value)| (name, value.into_bytes())).collect();
            let name = if length == "chunked" { "transfer-encoding" } else { "content-length" };
            headers.push((name.to_owned(), length.as_bytes().to_vec()));
            let mut block = response_head(status, &headers, &body);
            prop_assert_eq!(body_start(&block), Some(block.len()));
            block.extend_from_slice(&body);
            prop_assert_eq!(response(block), Ok(Outcome::Answered { status, headers, body }));
        }

        /// Nothing that is in a block makes the reading fail but by an error.
        #[test]
        fn any_block_is_read_or_refused(block in any::<Vec<u8>>(), head in "(HTTP/1.1 )?[0-9: \r\na-z]{0,40}") {
            let _ = response([head.as_bytes(), &block].concat());
        }
    }
}
