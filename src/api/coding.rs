//! Answers that a server or a proxy compresses although that was not asked for.

use std::io::Read;

use flate2::read::{MultiGzDecoder, ZlibDecoder};

use super::answer::LARGEST;

/// The headers that are no longer true of a body once it is plain.
const OF_THE_CODING: [&str; 2] = ["content-encoding", "content-length"];

/// What is received, as headers and a body.
pub(super) type Received = (Vec<(String, Vec<u8>)>, Vec<u8>);

/// Why a body stays unread.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Coded {
    /// It is compressed in a way that is not read, or is damaged; in words.
    Unread(String),
    /// Plain, it is larger than any answer can be.
    TooLarge,
}

/// The answer with its body plain, and without the headers that spoke of the coding.
pub(super) fn plain((headers, body): Received) -> Result<Received, Coded> {
    let named = headers.iter().filter(|(name, _)| name == "content-encoding");
    let codings: Vec<String> = named.flat_map(|(_, value)| codings(value)).collect();
    if codings.is_empty() {
        return Ok((headers, body));
    }
    let body = codings.iter().rev().try_fold(body, |body, coding| decoded(coding, &body))?;
    let headers = headers.into_iter().filter(|(name, _)| !OF_THE_CODING.contains(&name.as_str())).collect();
    Ok((headers, body))
}

fn codings(value: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(value).to_ascii_lowercase();
    let codings = text.split(',').map(str::trim).filter(|coding| !coding.is_empty() && *coding != "identity");
    codings.map(str::to_owned).collect()
}

fn decoded(coding: &str, body: &[u8]) -> Result<Vec<u8>, Coded> {
    let mut plain = Vec::new();
    let limit = LARGEST as u64 + 1;
    let read = match coding {
        // An error may say that it is compressed and have no body.
        _ if body.is_empty() => Ok(0),
        "gzip" | "x-gzip" => MultiGzDecoder::new(body).take(limit).read_to_end(&mut plain),
        "deflate" => ZlibDecoder::new(body).take(limit).read_to_end(&mut plain),
        other => {
            let other: String = other.chars().take(40).collect();
            return Err(Coded::Unread(format!("the answer is compressed as `{other}`, which was not asked for")));
        }
    };
    match read {
        Ok(length) if length > LARGEST => Err(Coded::TooLarge),
        Ok(_) => Ok(plain),
        Err(error) => {
            Err(Coded::Unread(format!("the answer says that it is {coding}, but cannot be decompressed ({error})")))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{GzEncoder, ZlibEncoder};

    use super::*;

    fn gzip(body: &[u8]) -> Vec<u8> {
        let mut out = GzEncoder::new(Vec::new(), Compression::fast());
        out.write_all(body).unwrap();
        out.finish().unwrap()
    }

    fn coded(coding: &str, body: Vec<u8>) -> Result<Received, Coded> {
        let header = |name: &str, value: &str| (name.to_owned(), value.as_bytes().to_vec());
        let headers = vec![header("date", "d"), header("content-length", "9"), header("content-encoding", coding)];
        plain((headers, body))
    }

    #[test]
    fn a_compressed_answer_is_plain_and_its_headers_say_nothing_of_the_coding() {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(b"{}").unwrap();
        for (coding, body) in [
            ("gzip", gzip(b"{}")),
            ("X-GZIP", gzip(b"{}")),
            ("deflate", zlib.finish().unwrap()),
            ("gzip, gzip", gzip(&gzip(b"{}"))),
        ] {
            let date = ("date".to_owned(), b"d".to_vec());
            assert_eq!(coded(coding, body).unwrap(), (vec![date], b"{}".to_vec()), "{coding}");
        }
        let (headers, body) = coded("identity", b"{}".to_vec()).unwrap();
        assert_eq!((headers.len(), body), (3, b"{}".to_vec()));
    }

    #[test]
    fn what_cannot_be_decompressed_is_named() {
        let words = |coding: &str, body: &[u8]| match coded(coding, body.to_vec()) {
            Err(Coded::Unread(words)) => words,
            other => panic!("{other:?}"),
        };
        assert_eq!(words("br", b"x"), "the answer is compressed as `br`, which was not asked for");
        assert!(words("gzip", b"{}").starts_with("the answer says that it is gzip, but cannot be decompressed"));
        let whole = gzip(&[b'x'; 4_000]);
        assert!(words("gzip", &whole[..whole.len() - 6]).contains("cannot be decompressed"));
    }

    #[test]
    fn a_bomb_is_not_unpacked() {
        assert_eq!(coded("gzip", gzip(&vec![0; LARGEST + 1])), Err(Coded::TooLarge));
    }
}
