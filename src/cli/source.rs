//! The way to the API, whichever command goes it.

use std::path::Path;

use super::keys::{self, KeySource};
use super::{Exit, Failure};
use crate::api::endpoint::Endpoint;
use crate::batch::ApiForm;
use crate::machine;
use crate::run::ApiSource;
use crate::sample::{self, SampleApi};

/// What the arguments say of it.
#[derive(Debug, Clone, Copy)]
pub struct ApiWay<'a> {
    /// Whether it is the built-in sample API.
    pub sample: bool,
    /// The form of that one's answers.
    pub form: Option<ApiForm>,
    /// The base address of any other.
    pub base_url: &'a str,
    /// The file that holds its key.
    pub key_file: Option<&'a Path>,
    /// Where the settings say that the key comes from.
    pub key_source: Option<&'a KeySource>,
}

/// The API, and the sample API that serves as long as it is not dropped.
pub fn open(way: &ApiWay<'_>) -> Result<(ApiSource, Option<SampleApi>), Failure> {
    if !way.sample {
        let endpoint = Endpoint::new(way.base_url)?;
        let key = keys::api_key(way.key_file, way.key_source)?;
        return Ok((ApiSource { endpoint, key, sample: false }, None));
    }
    let options = sample::Options { form: way.form.unwrap_or(ApiForm::Leads), ..sample::Options::default() };
    let failed = |error| {
        let failure = Failure::new(Exit::Local, "cannot start the sample API");
        Failure { remedy: machine::remedy(&error).map(Into::into), ..failure.because(error) }
    };
    let api = SampleApi::start(options).map_err(failed)?;
    Ok((ApiSource::of_sample(&api)?, Some(api)))
}
