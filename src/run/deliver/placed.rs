//! One object: created where there is none, asked for again where that may help, and read back.

use std::io;
use std::time::Duration;

use object_store::path::Path as Key;
use object_store::{Error, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload};

use super::{DeliverError, Object, Patience, store};
use crate::digest::{Summing, sha256};

/// An object that is to be.
pub struct Placed<'a> {
    /// Where.
    pub store: &'a dyn ObjectStore,
    /// Its name there.
    pub key: Key,
    /// As people read it.
    pub object: String,
    /// What is tried again.
    pub patience: Patience,
}

impl Patience {
    /// The wait after that try, counted from 1.
    fn wait(self, done: u32) -> Duration {
        let wait = self.first_wait.saturating_mul(2_u32.saturating_pow(done.saturating_sub(1)));
        wait.mul_f64(0.75 + fastrand::f64() / 2.0)
    }
}

/// How much is read back at once, in bytes.
const PIECE: u64 = 8 << 20;

impl Placed<'_> {
    /// Writes it where there is none, and reads it back.
    pub async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<Object, DeliverError> {
        let (length, sum) = (bytes.len() as u64, sha256(&bytes));
        let payload = PutPayload::from(bytes);
        let created = self.tried(async || {
            let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
            match self.store.put_opts(&self.key, payload.clone(), options).await {
                Ok(_) => Ok(true),
                // Also where an earlier try did more than was heard of it. S3 refuses one of two writers at once in the same way,
                // and then there may be none yet.
                Err(error @ (Error::AlreadyExists { .. } | Error::Precondition { .. })) => {
                    match self.store.head(&self.key).await {
                        Ok(_) => Ok(false),
                        Err(Error::NotFound { .. }) => Err(error),
                        Err(error) => Err(error),
                    }
                }
                Err(error) => Err(error),
            }
        });
        let created = created.await?;
        drop(payload);
        let there = self.read_back(length).await?;
        match (there.as_deref() == Some(&sum), created) {
            (true, _) => Ok(Object { name: name.to_owned(), bytes: length, sha256: sum, was_there: !created }),
            (false, true) => Err(DeliverError::Altered(self.object.clone())),
            (false, false) => Err(DeliverError::Occupied(self.object.clone())),
        }
    }

    /// The SHA-256 of the object as the store gives it; `None` where it is of another length.
    async fn read_back(&self, length: u64) -> Result<Option<String>, DeliverError> {
        if self.tried(async || self.store.head(&self.key).await).await?.size != length {
            return Ok(None);
        }
        let mut summing = Summing::new(io::sink());
        let mut from = 0;
        while from < length {
            let to = length.min(from + PIECE);
            let piece = self.tried(async || self.store.get_range(&self.key, from..to).await).await?;
            io::Write::write_all(&mut summing, &piece).map_err(|error| self.failed(error.to_string()))?;
            from = to;
        }
        Ok(Some(summing.checksum().hex()))
    }

    /// Asks again where that may help.
    async fn tried<T>(&self, ask: impl AsyncFn() -> Result<T, Error>) -> Result<T, DeliverError> {
        let mut done = 1;
        loop {
            let error = match ask().await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            if !store::passes(&error) || done >= self.patience.tries {
                let why = store::words(&error);
                let object = self.object.clone();
                return Err(match store::is_of_credentials(&error) {
                    true => DeliverError::Refused { object, why },
                    false => DeliverError::Failed { object, why },
                });
            }
            tokio::time::sleep(self.patience.wait(done)).await;
            done += 1;
        }
    }

    fn failed(&self, why: String) -> DeliverError {
        DeliverError::Failed { object: self.object.clone(), why }
    }
}
