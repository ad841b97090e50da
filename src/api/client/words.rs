//! What is said where a request has no answer: with the server's own words, cleaned.

use std::sync::atomic::Ordering;

use super::{Asked, Client, TRIES, Trouble};
use crate::api::error::ApiError;
use crate::api::exchange::{Exchange, Outcome};
use crate::api::wire;

const HTML: &str = "an HTML page, no JSON";

impl Client {
    fn clean_wire(&self, error: wire::WireError) -> wire::WireError {
        match error {
            wire::WireError::NotJson(text) => wire::WireError::NotJson(self.clean(&text)),
            wire::WireError::Record { position, id, field, problem } => wire::WireError::Record {
                position,
                id: id.map(|id| self.clean(&id)),
                field: self.clean(&field),
                problem: self.clean(&problem),
            },
            envelope @ wire::WireError::Envelope { .. } => envelope,
        }
    }

    /// The error after the last try, with what came of it.
    pub(super) fn exhausted(&self, asked: &Asked, trouble: Trouble, exchange: &Exchange) -> ApiError {
        let (what, tries) = (asked.what.clone(), TRIES);
        // Where it gave a page before, it is the API's.
        let remedy = (!self.has_read.load(Ordering::Relaxed)).then_some("is the base URL the API's?");
        match trouble {
            Trouble::NoPage(error @ wire::WireError::Record { .. }) => {
                let remedy = Some("ask the vendor to correct this record");
                ApiError::Wire { what, tries, error: Box::new(self.clean_wire(error)), came: None, remedy }
            }
            Trouble::NoPage(error) => {
                let came = self.beginning(&error, exchange);
                ApiError::Wire { what, tries, error: Box::new(self.clean_wire(error)), came, remedy }
            }
            Trouble::NoCount(problem) => ApiError::Count { what, tries, problem, remedy },
            trouble => ApiError::Exhausted { what, tries, last: self.explained(&trouble, exchange) },
        }
    }

    /// Why a try failed, with the server's own words.
    pub(super) fn explained(&self, trouble: &Trouble, exchange: &Exchange) -> String {
        let words = match trouble {
            Trouble::Status(_) => self.words(exchange).map(|words| format!(": {words}")),
            Trouble::NoPage(error) => self.beginning(error, exchange).map(|came| format!(" ({came})")),
            Trouble::Failed(_) | Trouble::NoCount(_) => None,
        };
        format!("{}{}", self.clean(&trouble.to_string()), words.unwrap_or_default())
    }

    /// How an answer begins that is no JSON, or what it says where it is an error in the place of a page; `None` where the
    /// error says all.
    fn beginning(&self, error: &wire::WireError, exchange: &Exchange) -> Option<String> {
        match error {
            wire::WireError::NotJson(_) => {}
            wire::WireError::Envelope { .. } => return Some(format!("it says: \"{}\"", self.message(exchange)?)),
            wire::WireError::Record { .. } => return None,
        }
        let Some(words) = self.words(exchange) else { return Some("its body is empty".to_owned()) };
        let beginning: String = words.chars().take(80).collect();
        Some(if beginning == HTML { beginning } else { format!("it begins: {beginning}") })
    }

    pub(super) fn refusal(&self, asked: &Asked, status: u16, exchange: &Exchange) -> ApiError {
        // In quotes: these are the server's words, not the program's.
        let quoted = |words| format!("\"{words}\"");
        let message = self.words(exchange).map_or_else(|| "no message".to_owned(), quoted);
        let what = asked.what.clone();
        match status {
            401 => ApiError::Refused { status, message, remedy: "check DIALNEXA_API_KEY or --api-key-file" },
            403 if asked.question.is_some() => ApiError::Refused {
                status,
                message,
                remedy: "the key needs the right to read the calls of this workspace's batches, or leave them uncounted \
                         with --call-totals never",
            },
            403 => ApiError::Refused {
                status,
                message,
                remedy: "the key needs the right to read the batch jobs of this workspace",
            },
            300..=399 => {
                let to = exchange.header("location").map_or_else(|| "nowhere".to_owned(), |to| self.clean(to));
                ApiError::Redirect { what, status, to }
            }
            _ => ApiError::Status { what, status, message },
        }
    }

    /// The server's own words: `message` (one or a list), or the beginning of a text; none where the body is withheld.
    fn words(&self, exchange: &Exchange) -> Option<String> {
        let Outcome::Answered { body, .. } = &exchange.outcome else { return None };
        match wire::message(body) {
            wire::Message::Given(message) => self.clean_words(&message),
            wire::Message::Absent => None,
            wire::Message::NotAnObject if body.trim_ascii_start().starts_with(b"<") => Some(HTML.to_owned()),
            wire::Message::NotAnObject => self.clean_words(&String::from_utf8_lossy(body)),
        }
    }

    /// The message of an answer that is an object.
    fn message(&self, exchange: &Exchange) -> Option<String> {
        let Outcome::Answered { body, .. } = &exchange.outcome else { return None };
        let wire::Message::Given(message) = wire::message(body) else { return None };
        self.clean_words(&message)
    }

    fn clean_words(&self, words: &str) -> Option<String> {
        Some(self.clean(words)).filter(|words| !words.is_empty())
    }
}
