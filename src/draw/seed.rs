//! What decides which batches are drawn, and the number that it gives.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::digest::hex;
use crate::remedy::Remedy;

/// How long a seed may be.
const LONGEST_SEED: usize = 64;

/// What decides which batches are drawn: 1 to 64 letters, digits, `.`, `_` or `-`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Seed(String);

impl Seed {
    /// The seed of these random bytes, as hex.
    pub fn of_bytes(bytes: &[u8; 16]) -> Self {
        Self(hex(bytes))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A number below `limit`, each with the same probability; 0 where there is none.
    ///
    /// The first 16 hex digits of the SHA-256 of `SEED:start:0`, modulo `limit`; where that would favour low numbers, of
    /// `SEED:start:1`, and so on.
    pub(super) fn below(&self, limit: u64) -> u64 {
        let Some(last) = limit.checked_sub(1) else { return 0 };
        // 2^64 modulo the limit: so many of the highest numbers would come once too often.
        let excess = (u64::MAX % limit).wrapping_add(1) % limit;
        for round in 0_u64.. {
            let digest = Sha256::digest(format!("{}:start:{round}", self.0));
            let number = digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
            if number <= u64::MAX - excess {
                return number % limit;
            }
        }
        last
    }
}

impl FromStr for Seed {
    type Err = SeedError;

    fn from_str(text: &str) -> Result<Self, SeedError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        let fits = (1..=LONGEST_SEED).contains(&text.len()) && text.chars().all(plain);
        if fits { Ok(Self(text.to_owned())) } else { Err(SeedError) }
    }
}

impl TryFrom<String> for Seed {
    type Error = SeedError;

    fn try_from(text: String) -> Result<Self, SeedError> {
        text.parse()
    }
}

impl From<Seed> for String {
    fn from(seed: Seed) -> Self {
        seed.0
    }
}

/// Why a text is no seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a seed is 1 to {LONGEST_SEED} letters, digits, dots, underscores or hyphens")]
pub struct SeedError;

impl Remedy for SeedError {}
