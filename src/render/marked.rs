//! Text with little markup: `#` and `##` begin a heading, `-` an item, four spaces a line that is kept as it is, and all else is a
//! paragraph.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

/// The width of plain text.
const COLUMNS: usize = 76;

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// The title.
    Title(String),
    /// A heading.
    Heading(String),
    /// A paragraph.
    Paragraph(String),
    /// An item of a list.
    Item(String),
    /// A line that is kept as it is.
    Kept(String),
}

/// The parts of a marked-up text.
pub(super) fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut is_open = false;
    for line in text.lines() {
        let joined = match blocks.last_mut() {
            Some(Block::Paragraph(open) | Block::Item(open)) if is_open => Some(open),
            _ => None,
        };
        let block = if line.trim().is_empty() {
            is_open = false;
            continue;
        } else if let Some(title) = line.strip_prefix("# ") {
            Block::Title(title.trim().to_owned())
        } else if let Some(heading) = line.strip_prefix("## ") {
            Block::Heading(heading.trim().to_owned())
        } else if let Some(item) = line.strip_prefix("- ") {
            Block::Item(item.trim().to_owned())
        } else if let Some(kept) = line.strip_prefix("    ") {
            Block::Kept(kept.trim_end().to_owned())
        } else if let Some(open) = joined {
            let _ = write!(open, " {}", line.trim());
            continue;
        } else {
            Block::Paragraph(line.trim().to_owned())
        };
        is_open = matches!(block, Block::Paragraph(_) | Block::Item(_));
        blocks.push(block);
    }
    blocks
}

/// A marked-up text for any editor.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut before: Option<Block> = None;
    for block in blocks(text) {
        let follows = matches!(
            (&before, &block),
            (None, _) | (Some(Block::Item(_)), Block::Item(_)) | (Some(Block::Kept(_)), Block::Kept(_))
        );
        if !follows {
            out.push('\n');
        }
        match &block {
            Block::Title(title) => underlined(&mut out, title, '='),
            Block::Heading(heading) => underlined(&mut out, heading, '-'),
            Block::Paragraph(words) => wrapped(&mut out, words, "", ""),
            Block::Item(words) => wrapped(&mut out, words, "* ", "  "),
            Block::Kept(line) => {
                let _ = writeln!(out, "    {line}");
            }
        }
        before = Some(block);
    }
    out
}

fn underlined(out: &mut String, title: &str, with: char) {
    let before = out.len();
    wrapped(out, title, "", "");
    let width = out.get(before..).unwrap_or_default().lines().map(UnicodeWidthStr::width).max().unwrap_or(0);
    out.extend(std::iter::repeat_n(with, width));
    out.push('\n');
}

/// Words in lines of [`COLUMNS`]; a longer word has a line of its own.
fn wrapped(out: &mut String, words: &str, first: &str, next: &str) {
    let mut line = first.to_owned();
    let mut is_empty = true;
    for word in words.split(' ').filter(|word| !word.is_empty()) {
        if !is_empty && line.width() + 1 + word.width() > COLUMNS {
            let _ = writeln!(out, "{line}");
            (line, is_empty) = (next.to_owned(), true);
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
        is_empty = false;
    }
    let _ = writeln!(out, "{line}");
}
