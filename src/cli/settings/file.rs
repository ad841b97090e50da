//! The settings file as data: every key known, every value of its kind and with its line. Reads no file itself.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{SettingsError, Spot};
use super::keys::{self, DEFAULT_WORKSPACE, DELIVER, DELIVER_TO, KEY_SOURCES, KEYS, SECRETS, ValueKind, WORKSPACE};

/// A value of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The value: one text, or several.
    pub value: Value,
    /// Its line, from 1.
    pub line: usize,
}

/// A value as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A text, a number, yes or no.
    One(String),
    /// A list of texts.
    Several(Vec<String>),
}

impl Value {
    /// As an argument would be written; a list with commas.
    pub fn text(&self) -> String {
        match self {
            Self::One(text) => text.clone(),
            Self::Several(texts) => texts.join(","),
        }
    }
}

/// The settings of one table, by name.
pub type SettingsTable = BTreeMap<&'static str, Setting>;

/// A settings file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Where it was found.
    pub path: PathBuf,
    /// What holds for every workspace.
    pub defaults: SettingsTable,
    /// What holds for one, by its name.
    pub workspaces: BTreeMap<String, SettingsTable>,
    /// The one that is meant where none is named, and the line that says so.
    pub default_workspace: Option<(String, usize)>,
}

impl File {
    /// A line of it.
    pub fn spot(&self, line: usize) -> Spot {
        Spot { file: self.path.clone(), line }
    }
}

/// The text while it is read.
struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
}

/// Reads the settings of `text`, which was found at `path`.
pub fn parse(text: &str, path: &Path) -> Result<File, SettingsError> {
    let reader = Reader { path, text };
    let table = DeTable::parse(text).map_err(|error| {
        // The error's own display repeats the line, in which there may be a secret.
        SettingsError::Syntax(reader.spot(error.span().unwrap_or_default()), error.message().to_owned())
    })?;
    let mut file = File {
        path: path.to_owned(),
        defaults: SettingsTable::new(),
        workspaces: BTreeMap::new(),
        default_workspace: None,
    };
    for (name, value) in table.get_ref() {
        match name.get_ref().as_ref() {
            WORKSPACE => file.workspaces = reader.workspaces(name.span(), value)?,
            DEFAULT_WORKSPACE => {
                let text = reader.read(DEFAULT_WORKSPACE, ValueKind::Text, value)?.text();
                file.default_workspace = Some((text, reader.spot(value.span()).line));
            }
            _ => {
                let (key, setting) = reader.setting(name, value, true)?;
                reader.insert(&mut file.defaults, key, setting)?;
            }
        }
    }
    reader.one_source(&file.defaults)?;
    if let Some((name, line)) = &file.default_workspace
        && !file.workspaces.contains_key(name)
    {
        let near = keys::nearest(name, file.workspaces.keys().map(String::as_str)).map(meant);
        let why = format!("there is no workspace `{name}`");
        let (spot, remedy) = (file.spot(*line), near.map(Into::into));
        return Err(SettingsError::Value { spot, key: DEFAULT_WORKSPACE, why, remedy });
    }
    Ok(file)
}

/// Asks whether that name was meant.
pub fn meant(near: &str) -> String {
    format!("did you mean `{near}`?")
}

impl Reader<'_> {
    fn spot(&self, span: Range<usize>) -> Spot {
        let before = self.text.as_bytes().get(..span.start).unwrap_or(self.text.as_bytes());
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        Spot { file: self.path.to_owned(), line }
    }

    fn workspaces(
        &self,
        place: Range<usize>,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<BTreeMap<String, SettingsTable>, SettingsError> {
        let DeValue::Table(tables) = value.get_ref() else {
            let wanted =
                format!("tables, as [workspace.acme]; for the one that is meant by default write {DEFAULT_WORKSPACE}");
            return Err(self.kind(WORKSPACE, &wanted, place, value));
        };
        let mut workspaces = BTreeMap::new();
        for (name, table) in tables {
            let text = name.get_ref().to_string();
            let DeValue::Table(entries) = table.get_ref() else {
                // `[workspace]` with settings in it, instead of `[workspace.acme]`.
                let wanted = "a table: write the settings of a workspace under [workspace.NAME]";
                return Err(self.kind(&format!("workspace.{text}"), wanted, name.span(), table));
            };
            let fit = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
            if text.is_empty() || text.len() > 64 || !text.chars().all(fit) {
                return Err(SettingsError::WorkspaceName(self.spot(name.span()), text));
            }
            let mut settings = SettingsTable::new();
            for (name, value) in entries {
                let (key, setting) = self.setting(name, value, false)?;
                self.insert(&mut settings, key, setting)?;
            }
            self.one_source(&settings)?;
            workspaces.insert(text, settings);
        }
        Ok(workspaces)
    }

    fn one_source(&self, table: &SettingsTable) -> Result<(), SettingsError> {
        let named: Vec<&'static str> = KEY_SOURCES.into_iter().filter(|name| table.contains_key(name)).collect();
        let (Some(one), Some(other)) = (named.first(), named.get(1)) else { return Ok(()) };
        let line = table.get(other).map_or(1, |setting| setting.line);
        Err(SettingsError::TwoKeySources(Spot { file: self.path.to_owned(), line }, one, other))
    }

    /// Keeps a setting. TOML refuses a name that is given twice; this refuses two spellings of one.
    fn insert(&self, table: &mut SettingsTable, key: &'static str, setting: Setting) -> Result<(), SettingsError> {
        let line = setting.line;
        let Some(other) = table.insert(key, setting) else { return Ok(()) };
        let (spot, why) =
            (Spot { file: self.path.to_owned(), line: line.max(other.line) }, "it is given in two spellings");
        Err(SettingsError::Value { spot, key, why: why.to_owned(), remedy: Some("keep one of them".into()) })
    }

    fn setting(
        &self,
        name: &Spanned<std::borrow::Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
        at_top: bool,
    ) -> Result<(&'static str, Setting), SettingsError> {
        let (spot, text) = (self.spot(name.span()), name.get_ref().as_ref());
        if text == DELIVER {
            return Ok((DELIVER, Setting { value: self.targets(name.span(), value)?, line: spot.line }));
        }
        if let Some(key) = keys::known(text) {
            let value = self.read(key.name, key.kind, value)?;
            return Ok((key.name, Setting { value, line: spot.line }));
        }
        let plain = text.to_lowercase().replace('-', "_");
        if SECRETS.contains(&plain.as_str()) {
            return Err(SettingsError::Secret(spot, text.to_owned()));
        }
        let top = [WORKSPACE, DEFAULT_WORKSPACE].into_iter().filter(|_| at_top).chain([DELIVER]);
        let near = keys::nearest(text, KEYS.iter().map(|key| key.name).chain(top)).map(str::to_owned);
        Err(SettingsError::UnknownKey { spot, key: text.to_owned(), near })
    }

    /// The targets of deliveries, a table each, of which [`DELIVER_TO`] is all.
    fn targets(&self, place: Range<usize>, value: &Spanned<DeValue<'_>>) -> Result<Value, SettingsError> {
        let wanted = "tables, as [[deliver]], each with to = \"s3://bucket/prefix\" or the path of a folder";
        let wrong = || self.kind(DELIVER, wanted, place.clone(), value);
        let DeValue::Array(tables) = value.get_ref() else { return Err(wrong()) };
        let one = |table: &Spanned<DeValue<'_>>| {
            let DeValue::Table(entries) = table.get_ref() else { return Err(wrong()) };
            if let Some((name, _)) = entries.iter().find(|(name, _)| name.get_ref().as_ref() != DELIVER_TO) {
                return Err(SettingsError::OfDelivery(self.spot(name.span()), name.get_ref().to_string()));
            }
            let to = entries.get(DELIVER_TO).ok_or_else(wrong)?;
            let text = self.read(DELIVER_TO, ValueKind::Text, to)?.text();
            Ok(if text.contains("://") || text.is_empty() { text } else { self.located(&text) })
        };
        tables.iter().map(one).collect::<Result<_, _>>().map(Value::Several)
    }

    fn read(&self, name: &str, kind: ValueKind, value: &Spanned<DeValue<'_>>) -> Result<Value, SettingsError> {
        let fail = |wanted: &str| self.kind(name, wanted, value.span(), value);
        let one = |text: &str| Ok(Value::One(text.to_owned()));
        match (kind, value.get_ref()) {
            (ValueKind::Text, DeValue::String(text)) => one(text),
            (ValueKind::Variable, DeValue::String(text)) if is_variable(text) => one(text),
            (ValueKind::Path, DeValue::String(text)) => Ok(Value::One(self.located(text))),
            (ValueKind::PathOrToken, DeValue::String(text)) if text.starts_with("pkcs11:") => one(text),
            (ValueKind::PathOrToken, DeValue::String(text)) => Ok(Value::One(self.located(text))),
            (ValueKind::Flag, DeValue::Boolean(flag)) => one(&flag.to_string()),
            (ValueKind::Number(least, most), DeValue::Integer(number)) => match decimal(number) {
                Some(number) if (least..=most).contains(&number) => one(&number.to_string()),
                _ => Err(fail(&format!("a number from {least} to {most}"))),
            },
            (ValueKind::NumberOr(_), DeValue::Integer(number)) => match decimal(number) {
                Some(number) if number >= 0 => one(&number.to_string()),
                _ => Err(fail("a number of rows")),
            },
            (ValueKind::NumberOr(words) | ValueKind::Choice(words), DeValue::String(text))
                if words.contains(&&**text) =>
            {
                one(text)
            }
            (ValueKind::Choices(words), DeValue::Array(entries)) => {
                let texts = self.texts(entries).filter(|texts| !texts.is_empty());
                let texts = texts.filter(|texts| texts.iter().all(|text| words.contains(&text.as_str())));
                texts.map(Value::Several).ok_or_else(|| fail(&expected(kind)))
            }
            (ValueKind::Command, DeValue::Array(entries)) => {
                let texts =
                    self.texts(entries).filter(|texts| texts.first().is_some_and(|program| !program.is_empty()));
                texts.map(Value::Several).ok_or_else(|| fail(&expected(kind)))
            }
            _ => Err(fail(&expected(kind))),
        }
    }

    fn texts(&self, entries: &[Spanned<DeValue<'_>>]) -> Option<Vec<String>> {
        entries.iter().map(|entry| entry.get_ref().as_str().map(str::to_owned)).collect()
    }

    /// A path as seen from the present folder: it is written as seen from the file's.
    fn located(&self, text: &str) -> String {
        if let Some(rest) = text.strip_prefix("~/")
            && let Ok(home) = etcetera::home_dir()
        {
            return home.join(rest).display().to_string();
        }
        let folder = self.path.parent().unwrap_or(Path::new(""));
        if folder.as_os_str().is_empty() { text.to_owned() } else { folder.join(text).display().to_string() }
    }

    fn kind(&self, key: &str, wanted: &str, place: Range<usize>, found: &Spanned<DeValue<'_>>) -> SettingsError {
        let found = match found.get_ref() {
            DeValue::String(_) => "this text",
            DeValue::Integer(_) => "this number",
            DeValue::Float(_) => "a number with a fraction",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "this list",
            DeValue::Table(_) => "a table",
        };
        let (key, wanted, found) = (key.to_owned(), wanted.to_owned(), found.to_owned());
        SettingsError::Kind { spot: self.spot(place), key, wanted, found }
    }
}

fn is_variable(text: &str) -> bool {
    let fit = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    text.starts_with(|c: char| !c.is_ascii_digit()) && text.chars().all(fit)
}

fn decimal(number: &toml::de::DeInteger<'_>) -> Option<i64> {
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}

fn expected(kind: ValueKind) -> String {
    let quoted = |words: &[&str]| words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
    match kind {
        ValueKind::Text | ValueKind::Path | ValueKind::PathOrToken => "a text in quotes".to_owned(),
        ValueKind::Variable => "the name of an environment variable, in capitals".to_owned(),
        ValueKind::Flag => "true or false".to_owned(),
        ValueKind::Number(least, most) => format!("a number from {least} to {most}"),
        ValueKind::NumberOr(words) => format!("a number or one of {}", quoted(words)),
        ValueKind::Choice(words) => format!("one of {}", quoted(words)),
        ValueKind::Choices(words) => format!("a list of some of {}", quoted(words)),
        ValueKind::Command => "a program and its arguments, as [\"PROGRAM\", \"ARGUMENT\"]; where a shell is wanted: [\"sh\", \"-c\", \"...\"]".to_owned(),
    }
}

#[cfg(test)]
mod tests;
