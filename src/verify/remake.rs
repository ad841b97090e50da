//! From the report to every file of its package: each is made as `report` makes it, and its bytes are compared.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};
use std::sync::Arc;

use serde_json::Value;

use super::compare::Comparing;
use super::folder::{Folder, Held};
use super::handed;
use super::line_ends::{self, Ends};
use super::recomputed;
use super::reproduced::Reproduced;
use super::signature::around;
use crate::digest::{Checksum, Summing};
use crate::package::{BuildError, Contents, Format, HANDOUT, Materials, Piece, letter_document, letter_reason};
use crate::render::handout::{self, SignedBy, is_letter};
use crate::render::pdf::Content;
use crate::render::{csv, json};
use crate::report::AuditReport;
use crate::sign::html::{CLOSE, END, OPEN, RECIPE};

/// Data of up to this size is compared value by value, to name the value that differs; of larger data the line is named.
const BY_VALUE: u64 = 8 << 20;

/// A report with all that its files are made with.
#[derive(Clone)]
pub(super) struct Remaking {
    pub report: Arc<AuditReport>,
    pub materials: Arc<Materials>,
    /// What a file is that turns out the same.
    pub good: Reproduced,
    /// Who signed the package.
    pub signer: SignedBy,
}

/// The files that a package holds, each with the checksum of what was read of it.
pub(super) struct Files<'a> {
    pub folder: &'a Folder,
    pub sums: &'a BTreeMap<String, Checksum>,
}

impl Files<'_> {
    /// A file that is there and was read.
    pub(super) fn get(&self, name: &str) -> Option<(&Held, &Checksum)> {
        Some((self.folder.files.get(name)?, self.sums.get(name)?))
    }
}

/// The document as far as it was compared: its signature is not, yet.
pub(super) struct Document {
    pub name: String,
    /// How many bytes of it were made again: the document without its signature.
    pub unsigned: u64,
    /// Why it is signed.
    pub reason: String,
    /// What it is if the rest of it holds; `None`: as the report's other files.
    pub good: Option<Reproduced>,
}

impl Remaking {
    pub(super) fn contents(&self) -> Contents<'_> {
        Contents { report: &self.report, layout: self.materials.layout() }
    }

    fn sum(&self, piece: Piece<'_>) -> Result<Checksum, String> {
        let mut out = BufWriter::with_capacity(64 << 10, Summing::new(io::sink()));
        self.contents().write(piece, &mut out).map_err(cannot)?;
        out.flush().map_err(|error| error.to_string())?;
        Ok(out.get_ref().checksum())
    }

    /// Makes every file again, and compares those that `files` holds.
    pub(super) fn compare(&self, files: &Files<'_>) -> (BTreeMap<String, Reproduced>, Vec<Document>) {
        let stem = self.report.stem();
        let mut found = BTreeMap::new();
        let document = self.compare_all(&stem, files, &mut found);
        match document {
            Ok(document) => {
                let letter = self.compare_handouts(&stem, files, &mut found);
                (found, document.into_iter().chain(letter).collect())
            }
            Err(why) => {
                found.insert(format!("{stem}.json"), Reproduced::No(why));
                (found, Vec::new())
            }
        }
    }

    /// README and letter.
    fn compare_handouts(
        &self,
        stem: &str,
        files: &Files<'_>,
        found: &mut BTreeMap<String, Reproduced>,
    ) -> Option<Document> {
        let has_letter = self.materials.layout().look.letter.is_some();
        let own = self.report.made.as_ref().is_some_and(|made| made.templates.keys().any(|name| is_letter(name)));
        let good = if own { Reproduced::OwnTemplates } else { self.good.clone() };
        for piece in [Piece::Readme(&self.signer), Piece::Letter(&self.signer)] {
            let is_letter = matches!(piece, Piece::Letter(_));
            if is_letter && !has_letter {
                continue;
            }
            let verdict = match self.sum(piece) {
                Ok(sum) => self.judge(piece, &sum, (HANDOUT, handout::FORM), files),
                Err(why) => Reproduced::No(why),
            };
            let verdict = if is_letter && verdict == self.good { good.clone() } else { verdict };
            found.insert(piece.name(stem), verdict);
        }
        let name = letter_document(stem);
        let (held, sum) = files.get(&name).filter(|_| has_letter)?;
        let compared = held.same(sum, |reader| {
            let mut out = BufWriter::with_capacity(64 << 10, Comparing::new(reader, false));
            let written = self.contents().letter(&self.signer, &mut out).map_err(cannot);
            let flushed = out.flush();
            let comparing = out.into_parts().0;
            match comparing.difference() {
                Some(difference) => Err(format!("its page is not what is made: {}", difference.words())),
                None => written.and(flushed.map_err(|error| error.to_string())).map(|()| comparing.same()),
            }
        });
        match compared {
            Ok(Ok(unsigned)) => Some(Document { name, unsigned, reason: letter_reason(stem), good: Some(good) }),
            Ok(Err(why)) => {
                let other = self.other_form((HANDOUT, handout::FORM));
                found.insert(name, other.map_or(Reproduced::No(why), Reproduced::NotCompared));
                None
            }
            Err(error) => {
                found.insert(name, Reproduced::No(error.to_string()));
                None
            }
        }
    }

    fn compare_all(
        &self,
        stem: &str,
        files: &Files<'_>,
        found: &mut BTreeMap<String, Reproduced>,
    ) -> Result<Option<Document>, String> {
        let wants = |format| self.materials.layout().look.formats.contains(&format);
        let tables = || Ok::<_, String>([self.sum(Piece::Register)?, self.sum(Piece::Totals)?]);
        let (tables, data) = rayon::join(tables, || self.sum(Piece::Json));
        let ([register, totals], data) = (tables?, data?);
        let metadata = Piece::Metadata { register: &register, totals: &totals };
        let carried = [
            (Piece::Register, register),
            (Piece::Totals, totals),
            (metadata, self.sum(metadata)?),
            (Piece::Json, data),
        ];
        for (piece, sum) in &carried {
            let form = if *piece == Piece::Json { ("json", json::FORM) } else { ("csv", csv::FORM) };
            if *piece == Piece::Json || wants(Format::Csv) {
                found.insert(piece.name(stem), self.judge(*piece, sum, form, files));
            }
        }
        let further = [(Format::Ndjson, Piece::Ndjson), (Format::Parquet, Piece::Parquet), (Format::Xlsx, Piece::Xlsx)];
        for (format, piece) in further {
            if wants(format) {
                let verdict = match self.sum(piece) {
                    Ok(sum) => self.judge(piece, &sum, (format.as_str(), format.form()), files),
                    Err(why) if piece == Piece::Parquet && !cfg!(feature = "parquet") => Reproduced::NotCompared(why),
                    // There is no room for its temporary files.
                    Err(why) if piece == Piece::Xlsx => Reproduced::NotCompared(why),
                    Err(why) => Reproduced::No(why),
                };
                found.insert(piece.name(stem), verdict);
            }
        }
        if wants(Format::Html) {
            let name = format!("{stem}.html");
            if let Some(file) = files.get(&name) {
                found.insert(name, self.judge_page(file, &register));
            }
        }
        let name = format!("{stem}.pdf");
        let Some(file) = files.get(&name).filter(|_| wants(Format::Pdf)) else { return Ok(None) };
        if !self.materials.lacking.is_empty() {
            let fonts = self.materials.lacking.join(", ");
            found.insert(name, Reproduced::NotCompared(format!("its fonts are not at hand: {fonts}")));
            return Ok(None);
        }
        let attached = carried.iter().map(|(piece, sum)| self.attached(*piece, sum, stem, files)).collect();
        match self.judge_document(&name, file, attached) {
            Ok(document) => Ok(Some(document)),
            Err(verdict) => {
                found.insert(name, verdict);
                Ok(None)
            }
        }
    }

    /// Whether this version makes other bytes of the same report than the version that made the file: why it is not compared.
    fn other_form(&self, (format, form): (&str, u32)) -> Option<String> {
        let made = self.report.made.as_ref()?;
        (made.forms.get(format) != Some(&form))
            .then(|| format!("made by version {} in another form, verify with that", made.version))
    }

    fn judge(&self, piece: Piece<'_>, sum: &Checksum, form: (&str, u32), files: &Files<'_>) -> Reproduced {
        let Some((held, there)) = files.get(&piece.name(&self.report.stem())) else { return Reproduced::Source };
        if there == sum {
            return self.good.clone();
        }
        let verdict = match self.other_form(form) {
            Some(why) if !is_read_by_value(piece) => return Reproduced::NotCompared(why),
            Some(_) => self.recomputed(piece, held, there),
            None => self.difference(piece, held, there).map(Some),
        };
        match verdict {
            Ok(None) => self.good.clone(),
            Ok(Some(why)) => Reproduced::No(why),
            Err(why) => Reproduced::No(why),
        }
    }

    /// The first difference of a file that is not what is made, in words.
    fn difference(&self, piece: Piece<'_>, held: &Held, sum: &Checksum) -> Result<String, String> {
        let failed = |error: io::Error| error.to_string();
        let is_text = !is_binary(piece);
        if is_text && self.has_other_line_ends(piece, held, sum).map_err(failed)? {
            return Ok("its line ends were changed, and nothing else".to_owned());
        }
        if piece == Piece::Json && sum.bytes <= BY_VALUE {
            let claimed = held.same_bytes(sum).map_err(failed)?;
            let values = serde_json::from_slice::<Value>(&claimed).ok().zip(serde_json::to_value(&*self.report).ok());
            if let Some(why) = values.and_then(|(one, other)| recomputed::first_difference(&one, &other)) {
                return Ok(why);
            }
        }
        if matches!(piece, Piece::Register | Piece::Totals) && sum.bytes <= BY_VALUE {
            let claimed = held.same_bytes(sum).map_err(failed)?;
            let mut made = Vec::new();
            self.contents().write(piece, &mut made).map_err(cannot)?;
            if let Ok(Some(why)) = recomputed::table(&claimed, &made) {
                return Ok(why);
            }
        }
        let compared = held.same(sum, |reader| {
            let mut out = BufWriter::with_capacity(64 << 10, Comparing::new(reader, is_text));
            // A difference ends the writing.
            let _ = self.contents().write(piece, &mut out).map(|()| out.flush());
            out.into_parts().0.finish()
        });
        let difference = compared.and_then(|difference| difference).map_err(failed)?;
        Ok(difference.map_or_else(|| "it is not what is made".to_owned(), |difference| difference.words()))
    }

    /// Whether a file is what is made but for the ends of its lines.
    fn has_other_line_ends(&self, piece: Piece<'_>, held: &Held, sum: &Checksum) -> io::Result<bool> {
        held.same(sum, |reader| {
            let comparing = Comparing::new(line_ends::Reading::new(reader, Ends::Feeds), false);
            let mut out = BufWriter::with_capacity(64 << 10, line_ends::Writing::new(comparing, Ends::Feeds));
            // A difference ends the writing.
            let written = self.contents().write(piece, &mut out).is_ok() && out.flush().is_ok();
            match out.into_parts().0.end() {
                Ok(comparing) if written => comparing.finish().map(|difference| difference.is_none()),
                _ => Ok(false),
            }
        })?
    }

    /// The first difference in what a file of another form states.
    fn recomputed(&self, piece: Piece<'_>, held: &Held, sum: &Checksum) -> Result<Option<String>, String> {
        let claimed = held.same_bytes(sum).map_err(|error| error.to_string())?;
        if piece == Piece::Json {
            return recomputed::json(
                &claimed,
                &serde_json::to_value(&*self.report).map_err(|error| error.to_string())?,
            );
        }
        let mut computed = Vec::new();
        self.contents().write(piece, &mut computed).map_err(cannot)?;
        match piece {
            Piece::Ndjson => recomputed::lines(&claimed, &computed),
            // It states the checksums of the tables, which are of another form themselves.
            Piece::Metadata { .. } => Ok(None),
            _ => recomputed::table(&claimed, &computed),
        }
    }

    fn judge_page(&self, (held, sum): (&Held, &Checksum), register: &Checksum) -> Reproduced {
        let own = self.report.made.as_ref().is_some_and(|made| made.templates.keys().any(|name| !is_letter(name)));
        let good = if own { Reproduced::OwnTemplates } else { self.good.clone() };
        match self.page_difference(held, sum, register) {
            Ok(None) => good,
            Ok(Some(why)) => {
                let form = (Format::Html.as_str(), Format::Html.form());
                self.other_form(form).map_or(Reproduced::No(why), Reproduced::NotCompared)
            }
            Err(why) => Reproduced::No(why),
        }
    }

    /// The first difference of the page, the base64 of its signature aside.
    fn page_difference(&self, held: &Held, sum: &Checksum, register: &Checksum) -> Result<Option<String>, String> {
        let page = self.contents().page(register).map_err(cannot)?;
        let body = page.strip_suffix(END).ok_or("the page that is made does not end as a page")?;
        let bytes = held.same_bytes(sum).map_err(|error| error.to_string())?;
        let [before, after] = around(&bytes)?;
        let mut comparing = Comparing::new(before, true);
        // A difference ends the writing.
        let _ = [body, RECIPE, OPEN].into_iter().try_for_each(|part| comparing.write_all(part.as_bytes()));
        let difference = comparing.finish().map_err(|error| error.to_string())?;
        let end = (after != CLOSE.as_bytes()).then(|| "its end is not what is made".to_owned());
        Ok(difference.map(|difference| difference.words()).or(end))
    }

    /// A file that the document carries: read from the package where that holds it as it is made, else made once more.
    fn attached(&self, piece: Piece<'_>, sum: &Checksum, stem: &str, files: &Files<'_>) -> (String, Content) {
        let name = piece.name(stem);
        let held = files.get(&name).filter(|(_, there)| *there == sum).map(|(held, _)| held.clone());
        let content = match held {
            Some(held) => Content::new(*sum, move || Ok(held.open()?)),
            None => self.piped(piece, sum),
        };
        (name, content)
    }

    /// A file as it is made, without holding it.
    fn piped(&self, piece: Piece<'_>, sum: &Checksum) -> Content {
        let (remaking, kind) = (self.clone(), PieceKind::of(piece));
        Content::new(*sum, move || {
            let (sending, received) = handed::ends();
            let (remaking, kind) = (remaking.clone(), kind.clone());
            let write = move || {
                let mut out = BufWriter::with_capacity(256 << 10, sending);
                // What is read has a checksum: an end that is missing is noticed.
                let _ = remaking.contents().write(kind.piece(), &mut out).map(|()| out.flush());
            };
            crate::machine::thread("attachment", write).map_err(io::Error::other)?;
            Ok(Box::new(received))
        })
    }

    /// What the document carries, none of it read from a package.
    pub(super) fn carried(&self) -> Result<Vec<(String, Content)>, String> {
        let (register, totals) = (self.sum(Piece::Register)?, self.sum(Piece::Totals)?);
        let metadata = Piece::Metadata { register: &register, totals: &totals };
        let sums = [self.sum(metadata)?, self.sum(Piece::Json)?];
        let pieces =
            [(Piece::Register, register), (Piece::Totals, totals), (metadata, sums[0]), (Piece::Json, sums[1])];
        let stem = self.report.stem();
        Ok(pieces.iter().map(|(piece, sum)| (piece.name(&stem), self.piped(*piece, sum))).collect())
    }

    /// Compares the document up to its signature.
    pub(super) fn judge_document(
        &self,
        name: &str,
        (held, sum): (&Held, &Checksum),
        attached: Vec<(String, Content)>,
    ) -> Result<Document, Reproduced> {
        let no = |error: io::Error| Reproduced::No(error.to_string());
        let compared = held.same(sum, |reader| {
            let mut out = BufWriter::with_capacity(64 << 10, Comparing::new(reader, false));
            let written = self.contents().document(attached, &mut out).map_err(cannot);
            let flushed = out.flush();
            let comparing = out.into_parts().0;
            match comparing.difference() {
                Some(difference) => {
                    Err(format!("its pages or what it carries are not what is made: {}", difference.words()))
                }
                None => written.and(flushed.map_err(|error| error.to_string())).map(|()| comparing.same()),
            }
        });
        match compared.map_err(no)? {
            Ok(unsigned) => Ok(Document { name: name.to_owned(), unsigned, reason: self.report.marks(), good: None }),
            Err(why) => {
                let form = (Format::Pdf.as_str(), Format::Pdf.form());
                Err(self.other_form(form).map_or(Reproduced::No(why), Reproduced::NotCompared))
            }
        }
    }
}

/// Whether a file is no text, of which no line is quoted.
fn is_binary(piece: Piece<'_>) -> bool {
    matches!(piece, Piece::Parquet | Piece::Xlsx)
}

/// Whether one of another form can be read for its values.
fn is_read_by_value(piece: Piece<'_>) -> bool {
    !is_binary(piece) && !matches!(piece, Piece::Readme(_) | Piece::Letter(_))
}

fn cannot(error: BuildError) -> String {
    format!("it cannot be made again: {error}")
}

/// A piece that lives as long as it is wanted.
#[derive(Clone)]
enum PieceKind {
    Register,
    Totals,
    Metadata(Checksum, Checksum),
    Json,
}

impl PieceKind {
    fn of(piece: Piece<'_>) -> Self {
        match piece {
            Piece::Register => Self::Register,
            Piece::Totals => Self::Totals,
            Piece::Metadata { register, totals } => Self::Metadata(*register, *totals),
            Piece::Json | Piece::Ndjson | Piece::Parquet | Piece::Xlsx | Piece::Readme(_) | Piece::Letter(_) => {
                Self::Json
            }
        }
    }

    fn piece(&self) -> Piece<'_> {
        match self {
            Self::Register => Piece::Register,
            Self::Totals => Piece::Totals,
            Self::Metadata(register, totals) => Piece::Metadata { register, totals },
            Self::Json => Piece::Json,
        }
    }
}
