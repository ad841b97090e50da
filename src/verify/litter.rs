//! Files that systems and office programs leave in any folder that is looked at. They are no part of a package, and no attack on
//! it: they are named, and nothing of them is read.

/// Whether a file of that name is such a one.
pub(super) fn is_litter(name: &str) -> bool {
    matches!(name, ".DS_Store" | "Thumbs.db" | "desktop.ini")
        || name.strip_prefix(".~lock.").is_some_and(|rest| rest.len() > 1 && rest.ends_with('#'))
        || ["~$", "._"].iter().any(|start| name.strip_prefix(start).is_some_and(|rest| !rest.is_empty()))
}

/// What is said of those among the unlisted files.
pub(super) fn notes<'a>(unlisted: impl Iterator<Item = &'a str>) -> Vec<String> {
    let litter = unlisted.filter(|name| is_litter(name));
    litter
        .map(|name| format!("{name} was left by a system or an office program; it is no part of the package"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn these_names_only_are_litter() {
        for name in [".DS_Store", "Thumbs.db", "desktop.ini", ".~lock.a.csv#", "~$report.xlsx", "._a.csv"] {
            assert!(is_litter(name), "{name}");
        }
        for name in [
            "ds_store",
            ".DS_Store.html",
            "thumbs.db ",
            "desktop.ini.pdf",
            ".~lock.#x",
            ".~lock.",
            "~",
            "~$",
            "._",
            ".x",
            "a._b",
            "",
        ] {
            assert!(!is_litter(name), "{name}");
        }
    }
}
