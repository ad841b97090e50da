//! Data flows one way: no room of `src` uses one that is after it in ARCHITECTURE.md, and no file of a room one that
//! uses it in turn.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

mod circles;

/// The rooms in the order of ARCHITECTURE.md: each may use those before it.
fn rooms() -> Vec<String> {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/ARCHITECTURE.md")).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.map(|row| row.split('`').next().unwrap().trim_end_matches('/').trim_end_matches(".rs").to_owned()).collect()
}

/// The room that a source file belongs to.
fn room(path: &Path) -> String {
    let inside = path.strip_prefix(concat!(env!("CARGO_MANIFEST_DIR"), "/src")).unwrap();
    let first = inside.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

/// The rooms that a text names as `crate::room`, alone or in a list. Its tests may look anywhere.
fn used(text: &str) -> Vec<String> {
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap();
    let word = |text: &str| text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect::<String>();
    let mut found = Vec::new();
    for (place, _) in text.match_indices("crate::") {
        let rest = &text[place + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(list) => found.extend(list.split('}').next().unwrap().split(',').map(|part| word(part.trim()))),
            None => found.push(word(rest)),
        }
    }
    found
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let sources = files.into_iter().filter(|path| path.extension().is_some_and(|kind| kind == "rs"));
    sources.chain(folders.iter().flat_map(|folder| self::files(folder))).collect()
}

/// The uses against the direction: `a.rs uses b`.
fn offences(rooms: &[String], sources: &[(String, String)]) -> Vec<String> {
    let place = |room: &str| rooms.iter().position(|known| known == room);
    let mut found = Vec::new();
    for (room, text) in sources {
        let here = place(room).unwrap_or_else(|| panic!("ARCHITECTURE.md does not name the room {room}"));
        let against = used(text).into_iter().filter(|other| place(other).is_some_and(|there| there > here));
        found.extend(against.map(|other| format!("{room} uses {other}")));
    }
    found.sort();
    found.dedup();
    found
}

#[test]
fn no_room_uses_one_that_stands_after_it() {
    let sources = files(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")));
    let outside = |path: &std::path::PathBuf| !["lib", "main"].contains(&room(path).as_str());
    let sources: Vec<_> = sources
        .iter()
        .filter(|path| outside(path))
        .map(|path| (room(path), fs::read_to_string(path).unwrap()))
        .collect();
    assert!(sources.len() > 50, "the sources were not found");
    assert_eq!(offences(&rooms(), &sources), Vec::<String>::new());
}

#[test]
fn a_use_against_the_direction_is_found() {
    let rooms = ["batch", "report", "cli"].map(str::to_owned);
    let source = |room: &str, text: &str| (room.to_owned(), text.to_owned());
    let sources = [
        source("batch", "use crate::{report, cli::Exit};\n"),
        source("report", "use crate::batch::Batch;\nfn f() { crate::cli::run() }"),
        source("cli", "use crate::report::AuditReport;"),
    ];
    assert_eq!(offences(&rooms, &sources), ["batch uses cli", "batch uses report", "report uses cli"]);
}

#[test]
fn no_file_is_longer_than_contributing_md_allows() {
    let length = |path: &Path| fs::read_to_string(path).unwrap().lines().count();
    let sources = files(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")));
    let long: Vec<_> = sources.iter().map(|path| (path, length(path))).filter(|(_, lines)| *lines > 450).collect();
    assert!(sources.len() > 200 && long.is_empty(), "{long:?}");
}

#[test]
fn no_files_of_a_room_use_each_other_in_a_circle() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"));
    let name = |path: &Path| {
        let inside = path.strip_prefix(root).unwrap().with_extension("");
        inside.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
    };
    let outside = |name: &str| !["lib", "main"].contains(&name) && !name.ends_with("/tests");
    let sources = files(root).into_iter().map(|path| (name(&path), fs::read_to_string(path).unwrap()));
    let sources: Vec<_> = sources.filter(|(name, _)| outside(name)).collect();
    let found = circles::circles(&sources);
    assert!(sources.len() > 200 && found.is_empty(), "{found:#?}");
}

#[test]
fn architecture_md_names_every_room_and_no_other() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"));
    let there: BTreeSet<String> = files(root).iter().map(|path| room(path)).collect();
    let there: BTreeSet<String> = there.into_iter().filter(|room| !["lib", "main"].contains(&&**room)).collect();
    let named = rooms();
    assert_eq!(BTreeSet::from_iter(named.clone()), there);
    assert_eq!(named.len(), there.len(), "a room is named twice");
}
