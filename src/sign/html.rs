//! A signature inside HTML, which covers every other byte of the file.
//!
//! The rule, to the byte: the file ends in this block, and nowhere else does a line begin with `<template id="signature"`:
//!
//! ```text
//! <!-- This file is signed. … how to check it … -->
//! <template id="signature">
//! base64 of the CMS, lines of 64 characters
//! </template>
//! </body>
//! </html>
//! ```
//!
//! Signed is the file without the base64 lines: the comment and the element's own tags are covered. So is the recipe in
//! the comment, which leaves out just the lines of base64 letters between the tags; nothing that a browser shows can be
//! put there. A `template` is never rendered nor read aloud, and holds no script.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{SignError, Signing, cms};

/// The line before the base64.
pub const OPEN: &str = "<template id=\"signature\">\n";
/// What follows the base64, to the end of the file.
pub const CLOSE: &str = "</template>\n</body>\n</html>\n";
/// What a file that is not signed yet ends in.
pub const END: &str = "</body>\n</html>\n";
const LINE: usize = 64;

/// How an auditor checks the file with `sed` and `openssl`, as the file itself says it.
pub const RECIPE: &str = r#"<!-- This file is signed: the signature below covers every other byte. To check it without our program, in a shell:
  sed -n '/^<template id="signature">$/,/^<.template>$/{\,^[A-Za-z0-9+/=]*$,p;}' FILE | openssl base64 -d -out FILE.p7s
  sed '/^<template id="signature">$/,/^<.template>$/{\,^[A-Za-z0-9+/=]*$,d;}' FILE > FILE.signed
  openssl cms -verify -binary -inform DER -in FILE.p7s -content FILE.signed -CAfile signer.pem -out /dev/null
where signer.pem is the signer's certificate, had from a source that you trust. -->
"#;

/// Signs `html`, which must end in `</body>`, `</html>`, each on a line of its own, and hold no signature yet.
///
/// # Errors
/// When the file has another end or a signature already, the key fails, or a stamp that was asked for could not be obtained.
pub fn sign(html: &str, signing: &Signing<'_>) -> Result<String, SignError> {
    let body = html.strip_suffix(END).filter(|body| body.ends_with('\n'));
    let body = body.ok_or(SignError::Html("it must end in the lines </body> and </html>"))?;
    if count_elements(html.as_bytes()) > 0 {
        return Err(SignError::Html("it holds a signature element already"));
    }
    let before = format!("{body}{RECIPE}{OPEN}");
    let der = cms::over(&[before.as_bytes(), CLOSE.as_bytes()], signing, Some(signing.at))?;
    Ok(format!("{before}{}{CLOSE}", lines(&der)))
}

/// Base64 in lines of 64 characters, each ended by a newline.
pub fn lines(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut wrapped = String::with_capacity(text.len() + text.len() / LINE + 1);
    for (index, letter) in text.chars().enumerate() {
        if index > 0 && index % LINE == 0 {
            wrapped.push('\n');
        }
        wrapped.push(letter);
    }
    wrapped.push('\n');
    wrapped
}

/// How many signature elements begin a line of the file.
pub fn count_elements(html: &[u8]) -> usize {
    let mark = OPEN.trim_end().trim_end_matches('>').as_bytes();
    html.split(|byte| *byte == b'\n').filter(|line| line.starts_with(mark)).count()
}
