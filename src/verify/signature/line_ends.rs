//! Line ends that git or a mail program changed. The content is then not what was signed; but whoever receives it should know
//! that it was not forged.

use crate::sign::examine::Examined;

/// No text of a package that is put into git or a mail is larger, in bytes.
const LARGEST: usize = 256 << 20;
const WHY: &str = "the content is not what was signed: its line ends were changed, and nothing else, as git and mail programs do \
                   (send it as binary or packed; in git, `* -text` in .gitattributes)";

/// `examined` with a reason that says so, where `again` finds the signature good over the content with other line ends.
pub(super) fn explained(
    examined: Result<Examined, String>,
    content: &[u8],
    again: impl Fn(&[u8]) -> Result<Examined, String>,
) -> Result<Examined, String> {
    let is_changed = examined.as_ref().is_ok_and(|examined| examined.intact.is_err()) && content.len() <= LARGEST;
    match examined {
        Ok(examined) if is_changed && others(content).any(|content| is_intact(&again(&content))) => {
            Ok(Examined { intact: Err(WHY.to_owned()), ..examined })
        }
        examined => examined,
    }
}

fn is_intact(examined: &Result<Examined, String>) -> bool {
    examined.as_ref().is_ok_and(|examined| examined.intact.is_ok())
}

/// The content with the other kinds of line ends: all LF, all CR LF, and CR LF but for those inside quotation marks, as the
/// cells of a table have them.
pub(super) fn others(content: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let plain = with_line_feeds(content);
    let [all, rows] = [false, true].map(|cells_apart| with_returns(&plain, cells_apart));
    [plain, all, rows].into_iter().filter(|other| *other != content).collect::<Vec<_>>().into_iter()
}

/// The content with LF replaced by CR LF; those inside quotation marks are left where `cells_apart` is set.
fn with_returns(plain: &[u8], cells_apart: bool) -> Vec<u8> {
    let mut is_quoted = false;
    let mut content = Vec::with_capacity(plain.len() + plain.len() / 16);
    for byte in plain {
        is_quoted ^= *byte == b'"';
        if *byte == b'\n' && !(cells_apart && is_quoted) {
            content.push(b'\r');
        }
        content.push(*byte);
    }
    content
}

/// The content with CR LF replaced by LF.
fn with_line_feeds(content: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(content.len());
    for (place, byte) in content.iter().enumerate() {
        if *byte != b'\r' || content.get(place + 1) != Some(&b'\n') {
            plain.push(*byte);
        }
    }
    plain
}

/// The reason why a page is not what was signed, where it is that.
pub(super) fn why() -> String {
    WHY.to_owned()
}
