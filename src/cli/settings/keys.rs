//! The settings that there are: the one list that reading, showing and the schema go by.

/// What kind of value a setting has, and what an editor may know of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueKind {
    /// A text.
    Text,
    /// A file or folder; relative ones lie beside the settings file, `~/` is the user's home.
    Path,
    /// Like a path, or a key on a token.
    PathOrToken,
    /// A whole number between two.
    Number(i64, i64),
    /// A whole number, or one of these words.
    NumberOr(&'static [&'static str]),
    /// Yes or no.
    Flag,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Several of these words.
    Choices(&'static [&'static str]),
    /// The name of an environment variable, in capitals: a key put there by mistake is not taken for one.
    Variable,
    /// A program and its arguments.
    Command,
}

/// A setting.
#[derive(Debug)]
pub struct Key {
    /// Its name in the file; where there is an argument for it, that has the same name with dashes.
    pub name: &'static str,
    /// What it is.
    pub kind: ValueKind,
    /// Whether there is an argument for it.
    pub argument: bool,
    /// Whether it changes what the report says or looks like, so that it belongs to the command that the report states.
    pub stated: bool,
    /// What a text must look like, where an editor can know.
    pub pattern: Option<&'static str>,
    /// What it means, in a sentence.
    pub about: &'static str,
}

impl Key {
    const fn like(mut self, pattern: &'static str) -> Self {
        self.pattern = Some(pattern);
        self
    }
}

const fn key(name: &'static str, kind: ValueKind, about: &'static str) -> Key {
    Key { name, kind, argument: true, stated: false, pattern: None, about }
}

/// One that the report states.
const fn stated(name: &'static str, kind: ValueKind, about: &'static str) -> Key {
    Key { name, kind, argument: true, stated: true, pattern: None, about }
}

/// One that there is no argument for.
const fn bare(name: &'static str, kind: ValueKind, about: &'static str) -> Key {
    Key { name, kind, argument: false, stated: false, pattern: None, about }
}

/// The keys that say where the API key comes from; a table names one of them at most.
pub const KEY_SOURCES: [&str; 3] = ["key_env", "key_file", "key_command"];

/// The workspace that is meant where none is named. It is at the top of the file only.
pub const DEFAULT_WORKSPACE: &str = "default_workspace";

/// The table of workspaces.
pub const WORKSPACE: &str = "workspace";

/// The tables of targets that packages are delivered to, and the one key of such a table.
pub const DELIVER: &str = "deliver";

/// Where to.
pub const DELIVER_TO: &str = "to";

/// Names that people give to secrets.
pub const SECRETS: [&str; 12] = [
    "api_key",
    "apikey",
    "key",
    "token",
    "api_token",
    "secret",
    "password",
    "passphrase",
    "pin",
    "bearer",
    "authorization",
    "dialnexa_api_key",
];

/// All of them, in the order in which they are shown.
pub const KEYS: [Key; 33] = [
    key("base_url", ValueKind::Text, "Base URL of the API; https, or http to this machine.").like("^https?://"),
    bare("key_env", ValueKind::Variable, "Environment variable that holds the API key."),
    bare("key_file", ValueKind::Path, "File that holds the API key."),
    bare(
        "key_command",
        ValueKind::Command,
        "Program that prints the API key in its first line, with its arguments. No shell.",
    ),
    key("concurrency", ValueKind::Number(1, 16), "How many pages to ask for at once."),
    key(
        "max_wait",
        ValueKind::Text,
        "Longest time for one page, as 90s or 15m: all its tries, the waits and the transfers.",
    )
    .like("^[0-9]+[smh]?$"),
    stated("timezone", ValueKind::Text, "Time zone of the period's days, from the IANA database."),
    stated("fiscal_year_start", ValueKind::Number(1, 12), "Month in which a fiscal year begins."),
    stated("assurance", ValueKind::Choice(&["tied-out", "double-read", "whole-list"]), "How the population is proven."),
    stated(
        "call_totals",
        ValueKind::Choice(&["auto", "always", "never"]),
        "When the calls of a batch are counted in its call logs.",
    ),
    stated(
        "format",
        ValueKind::Choices(&["csv", "html", "pdf", "ndjson", "parquet", "xlsx"]),
        "The formats that are written.",
    ),
    key("out", ValueKind::Path, "Folder in which packages are written."),
    key("identity", ValueKind::PathOrToken, "Signing identity: a PEM file, or a key on a token (pkcs11:...)."),
    key("timestamp_url", ValueKind::Text, "Timestamp authority (RFC 3161).").like("^https?://"),
    key("timestamp_policy", ValueKind::Text, "Policy that it must stamp under, an object identifier.")
        .like("^[0-9]+(\\.[0-9]+)+$"),
    key("timestamp_wait", ValueKind::Text, "Longest wait for one timestamp, and for one answer on revocation, as 30s.")
        .like("^[0-9]+[smh]?$"),
    key("long_term", ValueKind::Flag, "Whether the PDF is made to outlast its certificates; needs timestamp_url."),
    stated("no_bom", ValueKind::Flag, "Whether CSV files are written without a byte order mark."),
    stated("paper", ValueKind::Choice(&["a4", "letter"]), "Paper of the PDF."),
    stated("grouping", ValueKind::Choice(&["comma", "thin", "indian", "none"]), "How digits are grouped for people."),
    stated("letter", ValueKind::Choice(&["en", "hi"]), "Language of a cover letter in the package; none without it."),
    stated("pdf_rows", ValueKind::NumberOr(&["auto", "all"]), "Rows of the register in the PDF."),
    stated("font_dir", ValueKind::Path, "Folder with fonts for characters that the built-in ones lack."),
    stated("system_fonts", ValueKind::Flag, "Whether this machine's fonts are used for what is still lacking."),
    stated("html_budget", ValueKind::Text, "Largest size of the HTML, as 5MB.").like("^[0-9]+ *([kK][bB]|[mM][bB])?$"),
    stated("template_dir", ValueKind::Path, "Folder with templates that replace those of the HTML and the letter."),
    stated("organisation", ValueKind::Text, "Organization that hands the report over, named at its head."),
    stated("retention", ValueKind::Text, "How long the package is kept, as stated on the IPE sheet."),
    stated("logo", ValueKind::Path, "Logo, a PNG or SVG file of up to 256 KiB; the PDF shows PNG only."),
    stated("accent", ValueKind::Text, "Colour of links and headings on light ground, as #0a4f9e.")
        .like("^#[0-9A-Fa-f]{6}$"),
    stated("accent_dark", ValueKind::Text, "The same on dark ground.").like("^#[0-9A-Fa-f]{6}$"),
    stated("pseudonymise", ValueKind::Flag, "Whether names are replaced by pseudonyms."),
    key("quiet", ValueKind::Flag, "Whether nothing but errors and high findings is said on standard error."),
];

/// Another spelling of a setting's name, and the name: both are read, but not in one table.
pub const SPELLINGS: [(&str, &str); 1] = [("organization", "organisation")];

/// The setting of that name, however it is spelled.
pub fn known(name: &str) -> Option<&'static Key> {
    let name = SPELLINGS.iter().find(|(spelling, _)| *spelling == name).map_or(name, |(_, name)| name);
    KEYS.iter().find(|key| key.name == name)
}

/// The name that was probably meant.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase().replace('-', "_");
    let scored = known.map(|known| (strsim::jaro_winkler(&name, known), known));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0));
    best.filter(|(likeness, _)| *likeness > 0.75).map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_name_finds_the_one_that_was_meant() {
        let nearest = |name| nearest(name, KEYS.iter().map(|key| key.name));
        assert_eq!(nearest("time_zone"), Some("timezone"));
        assert_eq!(nearest("Base-URL"), Some("base_url"));
        assert_eq!(nearest("organisatoin"), Some("organisation"));
        assert_eq!(nearest("fiscal_year"), Some("fiscal_year_start"));
        assert_eq!(nearest("zzz"), None);
    }

    #[test]
    fn no_name_is_there_twice_and_none_is_a_secrets() {
        for (place, key) in KEYS.iter().enumerate() {
            assert!(KEYS[place + 1..].iter().all(|other| other.name != key.name), "{}", key.name);
            assert!(!SECRETS.contains(&key.name));
        }
    }
}
