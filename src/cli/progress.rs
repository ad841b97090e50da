//! What is said while pages are read: one line that is redrawn on a terminal, plain lines elsewhere, or nothing.

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::requests::Spent;
use super::{Exit, Failure, foreign, interrupt, log, output, requests};
use crate::api::allowance::Allowed;
use crate::api::exchange::{Exchange, Observer, Sent, Traffic};
use crate::calls::Counting;
use crate::collect::Collector;
use crate::figures::Grouping;
use crate::run::{Listener, Stop};

/// How figures are grouped on a terminal.
const GROUPING: Grouping = Grouping::Comma;

/// How often a plain line is written at most.
const PLAIN_EVERY: Duration = Duration::from_secs(5);

/// Counts the traffic of a collection and reports its progress.
#[derive(Debug)]
pub struct Progress {
    traffic: Mutex<Traffic>,
    /// How long was waited before requests, in seconds.
    waited: Mutex<f64>,
    display: Display,
    began: Instant,
    /// When the counting of calls began.
    counting: Mutex<Option<Instant>>,
    /// What the last answer said of the rate limit.
    allowed: Mutex<Option<Allowed>>,
}

#[derive(Debug)]
enum Display {
    None,
    Plain(Mutex<Option<Instant>>),
    Json(Mutex<Option<Instant>>),
    Terminal(ProgressBar),
}

impl Progress {
    /// Progress on standard error, drawn if that is a terminal; none if `quiet`.
    pub fn new(quiet: bool) -> Self {
        let terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
        let display = match (quiet, terminal) {
            (true, _) => Display::None,
            _ if log::is_json() => Display::Json(Mutex::new(None)),
            // Lines of requests and a line that is redrawn do not go together.
            (false, terminal) if !terminal || log::has_requests() => Display::Plain(Mutex::new(None)),
            (false, _) => {
                let bar = ProgressBar::new_spinner();
                bar.set_style(style("{spinner} {wide_msg}"));
                Display::Terminal(bar)
            }
        };
        let (counting, allowed) = (Mutex::new(None), Mutex::new(None));
        let (traffic, waited) = (Mutex::new(Traffic::default()), Mutex::new(0.0));
        Self { traffic, waited, display, began: Instant::now(), counting, allowed }
    }

    /// What was sent and had so far.
    pub fn traffic(&self) -> Traffic {
        *self.lock()
    }

    /// What the requests so far were, and what they took.
    pub fn spent(&self) -> Spent {
        let Traffic { requests, retries, .. } = self.traffic();
        Spent { requests, retries, waited: *self.waited.lock().unwrap_or_else(PoisonError::into_inner) }
    }

    /// Reports how far the collection is.
    pub fn page(&self, collector: &Collector) {
        let (tally, traffic) = (collector.tally(), self.traffic());
        let of = collector.pages_expected().filter(|expected| *expected > tally.pages);
        let of = of.map_or_else(String::new, |expected| format!(" of at most {}", GROUPING.grouped(expected)));
        let mut line = format!(
            "{}{of}, {}, {} ({} repeated), reading {}",
            GROUPING.count(tally.pages, "page", "pages"),
            GROUPING.count(tally.rows, "row", "rows"),
            GROUPING.count(traffic.requests, "request", "requests"),
            GROUPING.grouped(traffic.retries),
            tally.readings + 1
        );
        if let Some(left) = self.time_left(collector) {
            line.push_str(&format!(", at most {} left", words(left)));
        }
        self.show(&line, false);
    }

    /// Reports how many counts of calls are to be had.
    pub fn begin_counting(&self, counting: &Counting) {
        let (_, requests) = counting.progress();
        if requests > 0 {
            *self.counting.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
            if let Display::Terminal(bar) = &self.display {
                bar.set_length(requests);
                bar.set_style(style("{spinner} [{bar:24}] {wide_msg}"));
            }
            self.show(&format!("counting calls: {}", GROUPING.count(requests, "request", "requests")), true);
        }
    }

    /// Reports how far the counting of calls is.
    pub fn counted(&self, counting: &Counting) {
        let (done, requests) = counting.progress();
        let mut line = format!(
            "counting calls: {} of {}",
            GROUPING.grouped(done),
            GROUPING.count(requests, "request", "requests")
        );
        let began = *self.counting.lock().unwrap_or_else(PoisonError::into_inner);
        let left = requests.saturating_sub(done);
        let by_pace = began.filter(|_| done >= 5).and_then(|began| {
            let each = began.elapsed().checked_div(u32::try_from(done).ok()?)?;
            Some(each.saturating_mul(u32::try_from(left).unwrap_or(u32::MAX)))
        });
        let allowed = *self.allowed.lock().unwrap_or_else(PoisonError::into_inner);
        let by_limit = allowed.map(|allowed| allowed.time_for(left));
        if let Display::Terminal(bar) = &self.display {
            bar.set_position(done);
        }
        // The pace so far says little before the limit is used up for the first time.
        if let Some(time) = by_pace.max(by_limit).filter(|time| *time >= Duration::from_secs(1)) {
            line.push_str(&format!(", about {} left", words(time)));
        }
        self.show(&line, false);
    }

    /// The time that the whole list would take at the pace so far: a range needs less.
    fn time_left(&self, collector: &Collector) -> Option<Duration> {
        let pages = collector.tally().pages;
        let left = collector.pages_expected()?.checked_sub(pages)?;
        let each = self.began.elapsed().checked_div(u32::try_from(pages).ok()?)?;
        (left > 0 && pages >= 5).then(|| each.saturating_mul(u32::try_from(left).unwrap_or(u32::MAX)))
    }

    fn show(&self, line: &str, at_once: bool) {
        let line = &output::shown(line);
        match &self.display {
            Display::None => {}
            Display::Terminal(bar) => bar.set_message(line.to_owned()),
            Display::Plain(last) | Display::Json(last) => {
                let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
                if at_once || last.is_some_and(|last| last.elapsed() >= PLAIN_EVERY) {
                    output::say(line);
                    *last = Some(Instant::now());
                } else if last.is_none() {
                    *last = Some(Instant::now());
                }
            }
        }
    }

    /// Turns the spinner: it shows that requests are sent and answered, and so needs no thread of its own.
    fn turn(&self) {
        if let Display::Terminal(bar) = &self.display {
            bar.tick();
        }
    }

    /// Ends the display with a line that stays.
    pub fn done(&self, line: &str) {
        match &self.display {
            Display::None => {}
            Display::Plain(_) | Display::Json(_) => output::say(line),
            Display::Terminal(bar) => {
                bar.finish_and_clear();
                output::say(line);
            }
        }
    }

    /// Ends the display without a word.
    pub fn clear(&self) {
        if let Display::Terminal(bar) = &self.display {
            bar.finish_and_clear();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Traffic> {
        self.traffic.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Progress {
    fn sending(&self, sent: &Sent<'_>) -> std::io::Result<()> {
        self.lock().sent(sent.attempt, sent.at);
        self.turn();
        Ok(())
    }

    fn exchanged(&self, exchange: &Exchange) -> std::io::Result<()> {
        self.lock().ended(exchange);
        requests::say(exchange);
        self.turn();
        if let Some(allowed) = Allowed::reported(exchange) {
            *self.allowed.lock().unwrap_or_else(PoisonError::into_inner) = Some(allowed);
        }
        Ok(())
    }

    fn waiting(&self, seconds: f64, why: &str) {
        *self.waited.lock().unwrap_or_else(PoisonError::into_inner) += seconds;
        if let Display::Json(_) = &self.display {
            log::wait(seconds, why);
        } else if seconds >= 1.0 {
            self.show(&wait_in_words(seconds, why), true);
        }
    }

    /// On a terminal the wait counts down; elsewhere the line that began it is enough.
    fn still_waiting(&self, seconds: f64, why: &str) {
        if let Display::Terminal(bar) = &self.display {
            bar.set_message(output::shown(&wait_in_words(seconds, why)));
            bar.tick();
        }
    }
}

impl Listener for Progress {
    fn resuming(&self, evidence: &Path) {
        output::say(&format!("Going on where an interrupted run stopped: {}", foreign::path(evidence)));
    }

    fn page(&self, collector: &Collector) {
        Self::page(self, collector);
    }

    fn begin_counting(&self, counting: &Counting) {
        Self::begin_counting(self, counting);
    }

    fn counted(&self, counting: &Counting) {
        Self::counted(self, counting);
    }

    fn over(&self) {
        self.clear();
    }

    /// From here on an interrupt ends the process at once: there is nothing more to wait for.
    fn gathered(&self, pages: u64, spared: u64, evidence: &Path) {
        let interrupted = Failure::new(Exit::Unreadable, "interrupted before the report was written");
        interrupt::ends_the_process(interrupted.noting(format!(
            "What was read ({}) is kept in `{}`; the same command goes on from there.",
            GROUPING.count(pages, "page", "pages"),
            evidence.display()
        )));
        if spared > 0 {
            let spared = GROUPING.count(spared, "request", "requests");
            output::say(&format!("The interrupted run saved {spared}."));
        }
    }

    fn stop(&self) -> Stop {
        Box::pin(async {
            // Where the system hands out no interrupts, one ends the process as it always does.
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending().await
            }
        })
    }
}

fn wait_in_words(seconds: f64, why: &str) -> String {
    format!("waiting {}: {why}", words(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)))
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

/// A duration in the two largest units that it needs: `1 h 4 min`, `3 min 20 s`, `12 s`.
fn words(duration: Duration) -> String {
    let seconds = duration.as_secs_f64().ceil() as u64;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_well() {
        let read = |seconds| words(Duration::from_secs_f64(seconds));
        assert_eq!([read(0.2), read(75.0), read(3840.0)], ["1 s", "1 min 15 s", "1 h 4 min"]);
    }
}
