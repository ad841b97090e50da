//! Resuming a collection that was interrupted. Why that is sound is explained in [`crate::collect`].

use super::*;

/// How a collection was interrupted.
#[derive(Debug)]
pub(super) struct Pauses {
    /// The end of the range as it was asked for.
    pub end: DateTime<Utc>,
    /// How many readings were made before the last interruption.
    pub readings: u64,
    /// How many pages did not have to be asked for again.
    spared: u64,
}

impl Pauses {
    pub fn new(end: DateTime<Utc>) -> Self {
        Self { end, readings: 0, spared: 0 }
    }
}

impl Collector {
    /// Resumes the collection after an interruption: forgets the requests under way, and goes on from what is covered.
    /// Nothing changes if it had come to a proof. A refusal is taken back.
    pub fn resume(&mut self) {
        let phase = match std::mem::replace(&mut self.phase, Phase::First) {
            proven @ Phase::Ended(Ok(_)) => {
                self.phase = proven;
                return;
            }
            phase => phase,
        };
        self.queue.clear();
        self.pauses.readings = self.tally.readings;
        (self.restarts, self.stale_readings, self.hidden) = (0, 0, 0);
        if self.as_of.is_some() {
            let why = "the period was not over, so everything was read again up to a later moment";
            return self.begin_anew(why);
        }
        let is_counted = self.observations.counted.is_some();
        match phase {
            Phase::Read | Phase::Confirm(_) | Phase::Suspect(_) | Phase::After(_) if !is_counted => {
                if let Phase::After(short) | Phase::Suspect(short) | Phase::Confirm(short) = phase {
                    // Whether the list ends in it has to be found out again.
                    self.reading.pending.push(Window { goes_on: true, ..*short });
                }
                self.go_on_reading();
            }
            Phase::Read | Phase::Confirm(_) | Phase::Suspect(_) | Phase::After(_) => {
                self.read_again("pages of one size cannot be joined, so the period was read again")
            }
            _ => self.begin_anew("nothing of it could be built on, so everything was read again"),
        }
    }

    /// How many pages did not have to be asked for again because an interrupted reading could go on.
    pub fn pages_spared(&self) -> u64 {
        self.pauses.spared
    }

    /// Whether a request of that ticket was ever among the wanted ones.
    pub fn was_asked(&self, ticket: u64) -> bool {
        self.queue.was_asked(ticket)
    }

    /// The ticket of the request whose answer is taken next.
    pub fn next_wanted(&self) -> Option<u64> {
        self.queue.next_wanted()
    }

    /// What is covered stays so, however long the pause was; where the list ends it is looked for.
    fn go_on_reading(&mut self) {
        self.phase = Phase::Read;
        let reading = &mut self.reading;
        (reading.front, reading.idle, reading.steps) = (None, 0, 0);
        let spared = reading.answers;
        self.pauses.spared += spared;
        let pages = if spared == 1 { "1 page was".to_owned() } else { format!("{spared} pages were") };
        self.note_pause(&format!("{pages} not read again"));
        if let Err(refusal) = self.go_on(true) {
            self.refuse(refusal);
        }
    }

    fn read_again(&mut self, why: &str) {
        self.note_pause(why);
        self.phase = Phase::Read;
        if let Err(refusal) = self.begin_reading() {
            self.refuse(refusal);
        }
    }

    fn begin_anew(&mut self, why: &str) {
        if self.tally.pages > 0 {
            self.note_pause(why);
        }
        self.last = None;
        (self.newer, self.older, self.as_of) = (None, None, None);
        self.range.end = self.pauses.end;
        self.assurance = self.options.assurance;
        self.limits = Limits::new(self.options.limit);
        self.observations = Observations { silent_cap: None, counted: None, ..std::mem::take(&mut self.observations) };
        self.reading = self.fresh_reading();
        self.phase = Phase::First;
        self.ask(Ask::first(1, self.options.limit));
    }

    fn note_pause(&mut self, what: &str) {
        self.notes.push(format!("The collection was interrupted and resumed; {what}."));
    }
}
