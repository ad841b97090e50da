//! What an exchange is as an answer: a page, a page that is not there, a count of calls, or none of these. The client asks it
//! of what comes over the network, the replay of what was kept; so a collection and its evidence take the same answers.

use super::exchange::{Exchange, Outcome};
use super::retry::{self, Trouble, Verdict};
use super::wire::{self, WireError};
use crate::calls::CountAnswer;
use crate::collect::{Page, PageRequest};

/// The largest answer that is read, in bytes.
pub const LARGEST: usize = 16 << 20;

/// What the exchange calls for where `request` asked for it. A 404 is an answer for any page but the first: some servers say so
/// that the list ends before it.
pub fn page(request: PageRequest, exchange: &Exchange) -> Verdict<Page> {
    match retry::verdict(exchange, || page_of(request, exchange).map_err(Trouble::NoPage)) {
        Verdict::Never { status: 404 } if request.number > 1 => Verdict::Take(not_there(request, exchange)),
        verdict => verdict,
    }
}

/// What the exchange calls for where it asked for a count of calls. A 404 is an answer: the batch is gone.
pub fn count(exchange: &Exchange) -> Verdict<CountAnswer> {
    match retry::verdict(exchange, || count_in(exchange).map_err(Trouble::NoCount)) {
        Verdict::Never { status: 404 } => Verdict::Take(CountAnswer::NotFound),
        verdict => verdict,
    }
}

/// The answer of an exchange as a page; the request fills in what the answer does not say of itself.
///
/// # Errors
/// Where there is none, or it is not of a documented form.
pub fn page_of(request: PageRequest, exchange: &Exchange) -> Result<Page, WireError> {
    let Outcome::Answered { body, .. } = &exchange.outcome else {
        return Err(WireError::NotJson("there was no answer".to_owned()));
    };
    let decoded = wire::decode(body)?;
    let limit = decoded.limit.map_or(Ok(request.limit), u32::try_from);
    let limit = limit.ok().filter(|limit| *limit > 0);
    let limit =
        limit.ok_or_else(|| WireError::Envelope { field: "limit", problem: "is no number of rows".to_owned() })?;
    let server_date = exchange.server_date();
    Ok(Page {
        number: decoded.page.unwrap_or(request.number),
        limit,
        total: Some(decoded.total),
        rows: decoded.rows,
        at: server_date.unwrap_or(exchange.ended),
        server_date,
        age: exchange.age(),
    })
}

/// A page that the server says is not there: no rows, and no total, because it states none.
pub fn not_there(request: PageRequest, exchange: &Exchange) -> Page {
    let server_date = exchange.server_date();
    Page { age: exchange.age(), ..Page::not_there(request, server_date.unwrap_or(exchange.ended), server_date) }
}

/// The answer of an exchange as a count of calls.
///
/// # Errors
/// Why it is none, in words that repeat nothing that is in it.
pub fn count_in(exchange: &Exchange) -> Result<CountAnswer, String> {
    let withheld = exchange.withheld.as_ref().ok_or("there was no answer")?;
    withheld.count.clone().map(CountAnswer::Count)
}

#[cfg(test)]
mod tests {
    use super::super::exchange::Withheld;
    use super::*;

    const PAGE: &str = r#"{"data":[],"meta":{"page":3,"limit":50,"total":7}}"#;

    fn request(number: u64) -> PageRequest {
        PageRequest { ticket: 4, number, limit: 60, again: 0 }
    }

    fn answered(status: u16, text: &str) -> Exchange {
        let mut exchange = Exchange::answered(status, &[("date", "Wed, 01 May 2024 09:00:00 GMT")]);
        if let Outcome::Answered { body, .. } = &mut exchange.outcome {
            *body = text.into();
        }
        exchange
    }

    #[test]
    fn a_page_is_taken_from_an_answer_of_status_200_alone() {
        assert!(matches!(
            page(request(3), &answered(200, PAGE)),
            Verdict::Take(Page { total: Some(7), limit: 50, .. })
        ));
        for status in [201, 202, 203, 204, 206] {
            let again = Verdict::Again { wait: None, trouble: Trouble::Status(status) };
            assert_eq!(page(request(3), &answered(status, PAGE)), again);
        }
    }

    #[test]
    fn what_is_no_page_is_asked_for_again() {
        let cut = &PAGE[..PAGE.len() - 3];
        for text in ["", "<!doctype html>", "null", "[]", "{}", cut, r#"{"data":[{}],"meta":{"total":1}}"#] {
            let verdict = page(request(1), &answered(200, text));
            assert!(matches!(verdict, Verdict::Again { trouble: Trouble::NoPage(_), .. }), "{text}: {verdict:?}");
        }
    }

    #[test]
    fn a_page_of_another_number_is_the_collectors_to_judge() {
        assert!(matches!(page(request(9), &answered(200, PAGE)), Verdict::Take(Page { number: 3, .. })));
    }

    #[test]
    fn only_the_first_page_has_to_be_there() {
        let exchange = answered(404, r#"{"message":"no such page"}"#);
        assert_eq!(page(request(1), &exchange), Verdict::Never { status: 404 });
        let Verdict::Take(page) = page(request(2), &exchange) else { panic!() };
        assert_eq!((page.number, page.limit, page.total, page.rows.len()), (2, 60, None, 0));
        assert_eq!(page.server_date, exchange.server_date());
        assert_eq!(page, not_there(request(2), &exchange));
        for status in [400, 401, 403, 410, 302] {
            assert_eq!(super::page(request(2), &answered(status, "")), Verdict::Never { status });
        }
    }

    #[test]
    fn a_count_is_taken_or_asked_for_again_without_a_word_of_the_answer() {
        let withheld = |status, count: Result<u64, String>| {
            let withheld = Some(Withheld { sha256: String::new(), bytes: 9, count });
            Exchange { withheld, ..answered(status, "") }
        };
        assert_eq!(count(&withheld(200, Ok(5))), Verdict::Take(CountAnswer::Count(5)));
        assert_eq!(count(&withheld(404, Err("x".to_owned()))), Verdict::Take(CountAnswer::NotFound));
        let problem = "the answer's `total` is missing".to_owned();
        let again = Verdict::Again { wait: None, trouble: Trouble::NoCount(problem.clone()) };
        assert_eq!(count(&withheld(200, Err(problem))), again);
        for status in [202, 204] {
            let again = Verdict::Again { wait: None, trouble: Trouble::Status(status) };
            assert_eq!(count(&withheld(status, Ok(5))), again);
        }
    }
}
