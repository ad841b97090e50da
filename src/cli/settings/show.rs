//! Every value and where it comes from, secrets masked.

use serde_json::json;
use unicode_width::UnicodeWidthStr;

use super::file::{File, Value};
use super::given::Given;
use super::keys::{DELIVER, KEY_SOURCES, KEYS, Key};
use super::layer::{Layer, Layers};
use super::runs::Run;
use crate::cli::args::Report;
use crate::cli::keys::KEY_VARIABLE;
use crate::cli::{Failure, output};

/// A value as it is shown.
struct Shown {
    name: &'static str,
    value: Option<String>,
    source: String,
}

/// Prints what holds for each run.
pub fn show(file: Option<&File>, given: &Given, runs: &[Run<Report>], as_json: bool) -> Result<(), Failure> {
    let mut reported = Vec::new();
    for run in runs {
        let name = run.workspace.as_deref();
        let table = name.and_then(|name| file?.workspaces.get_key_value(name));
        let layers = Layers { given, file, workspace: table.map(|(name, table)| (name.as_str(), table)) };
        let all: Vec<Shown> = std::iter::once(api_key(layers, &run.args))
            .chain(settings(layers, &run.args))
            .chain([deliver(layers, &run.args)])
            .collect();
        if as_json {
            let values: Vec<_> = all
                .iter()
                .map(|shown| json!({ "name": shown.name, "value": shown.value, "source": shown.source }))
                .collect();
            reported.push(json!({ "workspace": name, "settings": values }));
        } else {
            print(file, name, &all)?;
        }
    }
    if as_json {
        let file = file.map(|file| file.path.display().to_string());
        output::json(&json!({ "file": file, "workspaces": reported }))?;
    }
    Ok(())
}

fn print(file: Option<&File>, workspace: Option<&str>, all: &[Shown]) -> Result<(), Failure> {
    let file = file.map_or_else(|| "none".to_owned(), |file| file.path.display().to_string());
    output::result(&format!("Settings file  {file}\nWorkspace      {}", workspace.unwrap_or("none")))?;
    let values: Vec<String> = all.iter().map(|shown| output::shown(shown.value.as_deref().unwrap_or("-"))).collect();
    let widest = values.iter().map(|value| value.width()).filter(|width| *width <= 32).max().unwrap_or(0);
    for (shown, value) in all.iter().zip(&values) {
        let space = " ".repeat(widest.saturating_sub(value.width()));
        output::result(&format!("{:<18} {value}{space}  {}", shown.name, shown.source))?;
    }
    Ok(())
}

fn settings<'a>(layers: Layers<'a>, args: &'a Report) -> impl Iterator<Item = Shown> + 'a {
    let shown = KEYS.iter().filter(|key| key.argument);
    shown.map(move |key| {
        let source = layers.source(key.name);
        Shown { name: key.name, value: value(layers, key, &source, args), source: words(key.name, &source) }
    })
}

/// Where packages are delivered to.
fn deliver(layers: Layers<'_>, args: &Report) -> Shown {
    let targets: Vec<_> = args.deliver.iter().map(ToString::to_string).collect();
    let source = layers.configured(DELIVER).map_or_else(|| "default".to_owned(), |(_, spot)| spot.to_string());
    Shown { name: DELIVER, value: (!targets.is_empty()).then(|| targets.join(",")), source }
}

fn words(key: &str, source: &Layer) -> String {
    match source {
        Layer::Argument => format!("argument --{}", key.replace('_', "-")),
        Layer::Environment => format!("environment {}", variable(key)),
        Layer::File(spot) => spot.to_string(),
        Layer::Default => "default".to_owned(),
    }
}

/// The variables that arguments are read from.
fn variable(key: &str) -> &'static str {
    if key == "base_url" { "DIALNEXA_BASE_URL" } else { "" }
}

fn value(layers: Layers<'_>, key: &Key, source: &Layer, args: &Report) -> Option<String> {
    let text = match source {
        Layer::File(_) => layers.configured(key.name).map(|(setting, _)| setting.value.text()),
        // Given ones and defaults as clap has them.
        _ => layers
            .given
            .matches()
            .get_raw(key.name)
            .map(|values| values.map(|value| value.to_string_lossy().into_owned()).collect::<Vec<_>>().join(",")),
    };
    let text = if key.name == "out" { Some(args.package.out.display().to_string()) } else { text };
    text.map(|text| masked(&text))
}

/// An address without the password in it.
fn masked(text: &str) -> String {
    match (text.find("://"), text.rfind('@')) {
        (Some(scheme), Some(at)) if at > scheme => format!("{}://***{}", &text[..scheme], &text[at..]),
        _ => text.to_owned(),
    }
}

/// Where the key comes from, never the key; a program's arguments may hold a secret too.
fn api_key(layers: Layers<'_>, args: &Report) -> Shown {
    let shown = |value: &str, source: String| Shown { name: "api key", value: Some(value.to_owned()), source };
    if args.sample {
        return shown("the sample API's", "argument --sample".to_owned());
    }
    if let Some(path) = &args.api_key_file {
        return shown(&path.display().to_string(), "argument --api-key-file".to_owned());
    }
    if std::env::var_os(KEY_VARIABLE).is_some() {
        return shown("***", format!("environment {KEY_VARIABLE}"));
    }
    let own = KEY_SOURCES.iter().find_map(|key| layers.own(key));
    let any = own.or_else(|| KEY_SOURCES.iter().find_map(|key| layers.configured(key)));
    let Some((setting, spot)) = any else {
        return Shown { name: "api key", value: None, source: "default".to_owned() };
    };
    match (&setting.value, &args.key_source) {
        (Value::Several(words), _) => {
            let program = words.first().map_or("", String::as_str);
            let more = if words.len() > 1 { " ***" } else { "" };
            shown(&format!("program {program}{more}"), spot.to_string())
        }
        (Value::One(text), Some(crate::cli::keys::KeySource::Variable(_))) => {
            shown(&format!("variable {text}"), spot.to_string())
        }
        (Value::One(text), _) => shown(&format!("file {text}"), spot.to_string()),
    }
}
