//! `identity pseudonym` and `identity resolve`: pseudonyms and names, for the holder of the key.

use std::io::Read;
use std::path::Path;

use crate::cli::args::{Pseudonym, Resolve};
use crate::cli::{Exit, Failure, keys, output};
use crate::sign::pseudonym_key;

/// A line per name: its pseudonym, a tab, the name.
pub fn print(args: &Pseudonym) -> Result<Exit, Failure> {
    let key = pseudonym_key::load(&keys::pseudonym_key_path(args.identity.as_deref())?)?;
    for name in &args.names {
        output::result(&format!("{}\t{name}", key.pseudonym(name)))?;
    }
    Ok(Exit::Done)
}

/// A line per pseudonym that one of the names has: the pseudonym, a tab, the name.
pub fn resolve(args: &Resolve) -> Result<Exit, Failure> {
    let key = pseudonym_key::load(&keys::pseudonym_key_path(args.identity.as_deref())?)?;
    let names = names(&args.names)?;
    let asked: Vec<&str> = args.pseudonyms.iter().map(String::as_str).collect();
    let found = key.resolve(&asked, names.lines());
    for pseudonym in &asked {
        match found.get(pseudonym) {
            Some(name) => output::result(&format!("{pseudonym}\t{name}"))?,
            None => output::say(&format!("{pseudonym}: none of the names has it under the key {}", key.id())),
        }
    }
    Ok(if asked.iter().all(|pseudonym| found.contains_key(pseudonym)) { Exit::Done } else { Exit::Differs })
}

fn names(path: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let read = if path.as_os_str() == "-" {
        std::io::stdin().lock().read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|mut file| file.read_to_string(&mut text))
    };
    let failed =
        |error| Failure::new(Exit::Local, format_args!("cannot read the names in `{}`", path.display())).because(error);
    read.map_err(failed)?;
    Ok(text)
}
