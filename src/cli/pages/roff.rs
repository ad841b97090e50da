//! The words that follow a command's arguments, as sections of a page: a line that ends in a colon is a heading, what is
//! indented stays as it stands, the rest is running text.

/// `notes` as roff.
pub fn sections(notes: &str) -> String {
    let mut roff = String::new();
    let mut kept = false;
    let (mut headed, mut after_blank) = (String::new(), false);
    for line in notes.lines() {
        let indented = line.starts_with(' ');
        if kept && !indented {
            roff.push_str(".fi\n");
            kept = false;
        }
        match line.strip_suffix(':') {
            Some(heading) if !indented && heading.len() < 20 => {
                headed = heading.to_uppercase();
                roff.push_str(&format!(".SH {}\n", escaped(&headed)));
            }
            _ if line.is_empty() => {}
            _ if indented => {
                if !kept {
                    roff.push_str(".nf\n");
                    kept = true;
                }
                roff.push_str(&format!("{}\n", escaped(line.strip_prefix("  ").unwrap_or(line))));
            }
            _ => {
                // What follows the examples is none.
                if headed.is_empty() || (after_blank && headed.starts_with("EXAMPLE")) {
                    roff.push_str(".SH NOTES\n");
                    headed = "NOTES".to_owned();
                } else if after_blank {
                    roff.push_str(".PP\n");
                }
                roff.push_str(&format!("{}\n", escaped(line)));
            }
        }
        after_blank = line.is_empty();
    }
    if kept {
        roff.push_str(".fi\n");
    }
    roff
}

/// A line that roff takes as text and nothing else.
fn escaped(line: &str) -> String {
    let text = line.replace('\\', "\\e").replace('-', "\\-");
    // A line that begins so would be a request.
    if text.starts_with(['.', '\'']) { format!("\\&{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_examples_and_text_are_distinguished() {
        let notes = "It takes arguments.\n\nExamples:\n  dialnexa-audit report \\\n      --out x\n  .hidden\n";
        let roff = ".SH NOTES\nIt takes arguments.\n.SH EXAMPLES\n.nf\ndialnexa\\-audit report \\e\n    \\-\\-out x\n\\&.hidden\n.fi\n";
        assert_eq!(sections(notes), roff);
        assert_eq!(sections(""), "");
        let after = sections("Examples:\n  one\n\nMore words.\n\nStill more.\n");
        assert_eq!(after, ".SH EXAMPLES\n.nf\none\n.fi\n.SH NOTES\nMore words.\n.PP\nStill more.\n");
    }
}
