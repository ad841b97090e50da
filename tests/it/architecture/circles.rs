//! Circles of imports among the files of a room: `a.rs` uses `b.rs`, which uses `a.rs`, or around more of them.
//!
//! The rule: a use counts for the file that defines the thing, so a re-export hides nothing. A folder's own file and what
//! lies in the folder are one unit to each other: that a parent calls its children, and these take types from it, is how
//! rooms are divided, and no circle. Methods of a type from elsewhere are not seen, for they are called without a path.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

/// A module by its path below `src`: `["sign", "cms"]`.
type Module = Vec<String>;

/// A name that a file uses or hands on, and the path behind it.
struct Import {
    name: String,
    path: Vec<String>,
    is_public: bool,
}

/// What one file says.
struct Source {
    imports: Vec<Import>,
    /// Paths in the code itself: `super::cms::DATA`.
    paths: Vec<Vec<String>>,
}

/// The text without comments and without what is in quotes; its tests may look anywhere.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let (mut code, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(c) = rest.chars().next() {
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("'\"'") {
            3
        } else if let Some(quoted) = rest.strip_prefix('"') {
            let mut escaped = false;
            let end = quoted.char_indices().find(|(_, c)| {
                let ends = *c == '"' && !escaped;
                escaped = *c == '\\' && !escaped;
                ends
            });
            end.map_or(rest.len(), |(place, _)| place + 2)
        } else {
            code.push(c);
            c.len_utf8()
        };
        rest = &rest[skipped..];
    }
    code
}

/// The parts of a list, by the commas that are in no braces of their own.
fn parts(list: &str) -> Vec<&str> {
    let (mut depth, mut from, mut parts) = (0, 0, Vec::new());
    for (place, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&list[from..place]);
                from = place + 1;
            }
            _ => {}
        }
    }
    parts.push(&list[from..]);
    parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect()
}

/// The imports of a tree such as `super::{cms, key::{self, PrivateKey as Key}}`.
fn imports(tree: &str, before: &[String], is_public: bool, found: &mut Vec<Import>) {
    for part in parts(tree) {
        let segments = |path: &str| -> Vec<String> {
            path.split("::").map(str::trim).filter(|segment| !segment.is_empty()).map(str::to_owned).collect()
        };
        if let Some(brace) = part.find('{') {
            let before = [before, &segments(&part[..brace])].concat();
            imports(&part[brace + 1..part.rfind('}').unwrap()], &before, is_public, found);
            continue;
        }
        let (path, alias) = part.split_once(" as ").map_or((part, None), |(path, alias)| (path, Some(alias.trim())));
        let mut path = [before, &segments(path)].concat();
        if path.last().is_some_and(|last| last == "self") && path.len() > 1 {
            path.pop();
        }
        let name = alias.map_or_else(|| path.last().unwrap().clone(), str::to_owned);
        found.push(Import { name, path, is_public });
    }
}

fn source(text: &str) -> Source {
    let code = code(text);
    let using = Regex::new(r"(?m)^\s*(pub(?:\([^)]*\))?\s+)?use\s+([^;]+);").unwrap();
    let mut found = Vec::new();
    for statement in using.captures_iter(&code) {
        imports(&statement[2], &[], statement.get(1).is_some(), &mut found);
    }
    let rest = using.replace_all(&code, "");
    let path = Regex::new(r"\w+(?:::\w+)+").unwrap();
    let paths = path.find_iter(&rest).map(|path| path.as_str().split("::").map(str::to_owned).collect());
    Source { imports: found, paths: paths.collect() }
}

struct Sources(BTreeMap<Module, Source>);

impl Sources {
    /// The path from the crate's root on; `None` where it leads out of the crate, or is a name of the file itself.
    fn absolute(&self, module: &Module, path: &[String]) -> Option<Vec<String>> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => Some(rest.to_vec()),
            "self" => Some([module, rest].concat()),
            "super" => {
                let up = path.iter().take_while(|segment| *segment == "super").count();
                Some([module.get(..module.len().checked_sub(up)?)?, &path[up..]].concat())
            }
            child if self.0.contains_key(&[module.as_slice(), &[child.to_owned()]].concat()) => {
                Some([module, path].concat())
            }
            _ => None,
        }
    }

    /// The file that defines what a path from the root names, whoever re-exports it.
    fn file_of(&self, path: &[String], depth: usize) -> Option<Module> {
        let length = (1..=path.len()).rev().find(|length| self.0.contains_key(&path[..*length]))?;
        let (module, rest) = path.split_at(length);
        let module = module.to_vec();
        let name = rest.first().filter(|_| depth < 8);
        let import = name.and_then(|name| self.0[&module].imports.iter().find(|import| import.name == *name));
        let behind = import.and_then(|import| {
            let path = [self.absolute(&module, &import.path)?.as_slice(), &rest[1..]].concat();
            self.file_of(&path, depth + 1)
        });
        Some(behind.unwrap_or(module))
    }

    /// The files that a file uses, apart from those above and below it.
    fn used(&self, module: &Module) -> BTreeSet<Module> {
        let source = &self.0[module];
        let own = source.imports.iter().filter(|import| !import.is_public).map(|import| &import.path);
        let found = own.chain(&source.paths).filter_map(|path| self.absolute(module, path));
        let found = found.filter_map(|path| self.file_of(&path, 0));
        found.filter(|other| !other.starts_with(module) && !module.starts_with(other)).collect()
    }
}

/// The circles among these files, each as `a, b, c`; the names are paths below `src` without `.rs`.
pub fn circles(files: &[(String, String)]) -> Vec<BTreeSet<String>> {
    let module = |name: &str| name.split('/').map(str::to_owned).collect::<Module>();
    let sources = Sources(files.iter().map(|(name, text)| (module(name), source(text))).collect());
    let used: BTreeMap<&Module, BTreeSet<Module>> = sources.0.keys().map(|file| (file, sources.used(file))).collect();
    let reached = |from: &Module| {
        let (mut seen, mut waiting) = (BTreeSet::new(), vec![from]);
        while let Some(next) = waiting.pop() {
            waiting.extend(used[next].iter().filter(|other| seen.insert((*other).clone())));
        }
        seen
    };
    let reached: BTreeMap<&Module, BTreeSet<Module>> = sources.0.keys().map(|file| (file, reached(file))).collect();
    let mut found: Vec<BTreeSet<String>> = Vec::new();
    for (file, there) in reached.iter().filter(|(file, there)| there.contains(**file)) {
        let circle: BTreeSet<String> =
            there.iter().filter(|other| reached[other].contains(*file)).map(|other| other.join("/")).collect();
        if !found.contains(&circle) {
            found.push(circle);
        }
    }
    found
}

#[test]
fn a_circle_is_found_through_a_list_a_path_and_a_re_export() {
    let file = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    let by_list = [file("a", "use crate::{b::Thing, c};"), file("b", "use super::a::Other;"), file("c", "")];
    assert_eq!(circles(&by_list), [BTreeSet::from(["a".to_owned(), "b".to_owned()])]);
    let by_path =
        [file("a", "fn f() { crate::b::g() }"), file("b", "fn g() { super::c::h() }"), file("c", "use crate::a;")];
    assert_eq!(circles(&by_path)[0].len(), 3);
    let hidden = [file("r", "pub use a::Thing;"), file("r/a", "use super::b;"), file("r/b", "use super::Thing;")];
    assert_eq!(circles(&hidden), [BTreeSet::from(["r/a".to_owned(), "r/b".to_owned()])]);
}

#[test]
fn what_is_no_circle_is_not_found() {
    let file = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    let family =
        [file("r", "mod a;\nuse a::f;\npub struct R;"), file("r/a", "use super::R;"), file("r/b", "use super::a;")];
    assert_eq!(circles(&family), []);
    let words = [file("a", "// use crate::b;\nconst B: &str = \"crate::b::c\";"), file("b", "use crate::a::B;")];
    assert_eq!(circles(&words), []);
    let tests = [file("a", "fn f() {}\n#[cfg(test)]\nmod tests {\n    use crate::b;\n}"), file("b", "use crate::a;")];
    assert_eq!(circles(&tests), []);
}
