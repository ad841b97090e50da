//! Reading the HTML report back.
