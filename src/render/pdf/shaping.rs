//! Text to lines of placed glyphs: which face, which direction, which glyphs, and where a line is broken or cut.

use std::collections::HashMap;
use std::ops::Range;

use harfrust::{Buffer, ClusterLevel, Direction, ShapeOptions, ShapePlan, ShaperFont};
use unicode_bidi::{BidiInfo, Level};
use unicode_normalization::char::is_combining_mark;

use super::faces::{BOLD, Faces, REGULAR, REPLACEMENT};

/// A glyph and where it is; measures in thousandths of an em.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Glyph {
    pub(super) id: u16,
    /// The characters of the line's text that it stands for.
    pub(super) text: Range<usize>,
    pub(super) advance: f32,
    pub(super) dx: f32,
    pub(super) dy: f32,
}

/// Glyphs of one face in one direction, as they stand from left to right.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Run {
    pub(super) face: usize,
    pub(super) glyphs: Vec<Glyph>,
    pub(super) rtl: bool,
    /// Whether every glyph is where the one before it ends, by the font's own widths.
    pub(super) natural: bool,
    /// Set where the glyphs alone do not report the text: the part of the line's text to report beside them.
    pub(super) actual: Option<Range<usize>>,
}

/// One line, ready to be shown.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Line {
    pub(super) text: String,
    /// The face of a line that is nothing but letters, signs and figures of ASCII, each standing where the one before it
    /// ends: such a line has no runs.
    pub(super) plain: Option<usize>,
    pub(super) runs: Vec<Run>,
    /// In thousandths of an em, without the space at the end.
    pub(super) width: f32,
    /// The characters that no face has; joiners and selectors count with the one before them.
    pub(super) missing: Vec<char>,
}

/// How text is set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Setting {
    pub(super) bold: bool,
    /// Whether neighbouring letters are fitted to each other; off in tables, so that figures stay in columns.
    pub(super) kern: bool,
}

/// A stretch of a line in one face, one direction.
struct Piece {
    range: Range<usize>,
    /// `None`: no face has it.
    face: Option<usize>,
    level: Level,
}

/// Shapes lines, and keeps what can be used again.
pub(super) struct Shaper {
    pub(super) faces: Faces,
    plans: HashMap<(usize, Option<harfrust::Script>, bool), ShapePlan>,
    /// The advances of the regular face's letters, and of the bold one's.
    ascii: [Vec<f32>; 2],
}

impl Shaper {
    pub(super) fn new(faces: Faces) -> Self {
        let table = |place: usize| {
            let face = faces.get(place);
            let glyph = |code: u8| face.glyph(char::from(code)).unwrap_or(0);
            (0..128).map(|code| face.advance(glyph(code))).collect()
        };
        let ascii = [table(REGULAR), table(BOLD)];
        Self { faces, plans: HashMap::new(), ascii }
    }

    /// The whole of `text` as one line.
    pub(super) fn line(&mut self, text: &str, setting: Setting) -> Line {
        if !setting.kern && text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            return self.plain_line(text.to_owned(), setting);
        }
        let text = printable(text);
        let mut line = Line::default();
        for piece in pieces(&self.faces, &text, setting.bold) {
            let runs = self.runs(&text, &piece);
            if runs.iter().any(|run| Some(run.face) != piece.face) {
                let replaced = runs.iter().flat_map(|run| &run.glyphs);
                line.missing.extend(replaced.filter_map(|glyph| text.get(glyph.text.clone())?.chars().next()));
            }
            line.runs.extend(runs);
        }
        line.width = line.runs.iter().flat_map(|run| &run.glyphs).map(|glyph| glyph.advance).sum();
        if let Some(last) = line.runs.last().and_then(|run| run.glyphs.last()).filter(|_| text.ends_with(' ')) {
            line.width -= last.advance;
        }
        line.text = text;
        line
    }

    /// Figures, ids and times: letter by letter, which is all that they need.
    fn plain_line(&self, text: String, setting: Setting) -> Line {
        let face = if setting.bold { BOLD } else { REGULAR };
        let shown = text.strip_suffix(' ').unwrap_or(&text);
        let width = shown.bytes().map(|byte| self.letter(face, byte)).sum();
        Line { text, plain: Some(face), width, ..Line::default() }
    }

    /// The advance of an ASCII letter.
    fn letter(&self, face: usize, byte: u8) -> f32 {
        let table = if face == BOLD { &self.ascii[1] } else { &self.ascii[0] };
        table.get(usize::from(byte)).copied().unwrap_or_default()
    }

    /// Where each cluster of the line's text begins, and its advance.
    pub(super) fn clusters(&self, line: &Line) -> Vec<(usize, f32)> {
        match line.plain {
            Some(face) => line.text.bytes().enumerate().map(|(at, byte)| (at, self.letter(face, byte))).collect(),
            None => {
                let glyphs = line.runs.iter().flat_map(|run| &run.glyphs);
                glyphs.map(|glyph| (glyph.text.start, glyph.advance)).collect()
            }
        }
    }

    fn runs(&mut self, text: &str, piece: &Piece) -> Vec<Run> {
        let part = text.get(piece.range.clone()).unwrap_or_default();
        let rtl = piece.level.is_rtl();
        let Some(face) = piece.face else { return vec![self.replaced(part, piece.range.start, rtl)] };
        let mut buffer = Buffer::new();
        buffer.push_str(part);
        buffer.set_cluster_level(ClusterLevel::MonotoneCharacters);
        buffer.set_direction(if rtl { Direction::RightToLeft } else { Direction::LeftToRight });
        buffer.guess_segment_properties();
        let font = &self.faces.get(face).font;
        let (script, direction) = (buffer.script(), buffer.direction());
        let plan =
            self.plans.entry((face, script, rtl)).or_insert_with(|| ShapePlan::new(font, direction, script, None, &[]));
        let shaped = harfrust::shape(&ShaperFont::new(font), &mut buffer, ShapeOptions::new().plan(Some(plan)));
        // A .notdef is nothing that an archive may show.
        if shaped.is_err() || buffer.glyph_infos().iter().any(|info| info.glyph_id == 0) {
            return vec![self.replaced(part, piece.range.start, rtl)];
        }
        let scale = self.faces.get(face).scale;
        let glyphs: Vec<Glyph> = buffer
            .glyph_infos()
            .iter()
            .zip(buffer.glyph_positions())
            .map(|(info, at)| Glyph {
                id: u16::try_from(info.glyph_id).unwrap_or(0),
                text: piece.range.start + info.cluster as usize..piece.range.end,
                advance: at.x_advance as f32 * scale,
                dx: at.x_offset as f32 * scale,
                dy: at.y_offset as f32 * scale,
            })
            .collect();
        let own = self.faces.get(face);
        let keeps = |glyph: &Glyph| own.keeps_to_cell(glyph.id, (glyph.dx, glyph.dy), glyph.advance);
        // The built-in fonts are known; in another one every glyph is looked at.
        if !own.vendored && !glyphs.iter().all(keeps) {
            return vec![self.replaced(part, piece.range.start, rtl)];
        }
        with_texts(text, face, glyphs, piece)
    }

    /// The replacement character for each character of `part`; joiners and selectors go with the one before them.
    fn replaced(&self, part: &str, start: usize, rtl: bool) -> Run {
        let face = self.faces.get(REGULAR);
        let id = face.glyph(REPLACEMENT).unwrap_or(0);
        let mut glyphs: Vec<Glyph> = Vec::new();
        for (at, c) in part.char_indices() {
            let text = start + at..start + at + c.len_utf8();
            match glyphs.last_mut() {
                Some(last) if joins(c) => last.text.end = text.end,
                _ => glyphs.push(Glyph { id, text, advance: face.advance(id), dx: 0.0, dy: 0.0 }),
            }
        }
        if rtl {
            glyphs.reverse();
        }
        Run { face: REGULAR, glyphs, rtl, natural: !rtl, actual: None }
    }
}

/// Ends each glyph's text where the next cluster begins, and reports the text of clusters that are several glyphs.
///
/// From left to right the whole run is reported, so that it is copied in one piece. A reader puts right-to-left text in order
/// itself and would turn a longer text around once more, so there the clusters are reported one by one.
fn with_texts(text: &str, face: usize, mut glyphs: Vec<Glyph>, piece: &Piece) -> Vec<Run> {
    let mut starts: Vec<usize> = glyphs.iter().map(|glyph| glyph.text.start).collect();
    starts.sort_unstable();
    starts.dedup();
    for glyph in &mut glyphs {
        let next = starts.partition_point(|start| *start <= glyph.text.start);
        glyph.text.end = starts.get(next).copied().unwrap_or(piece.range.end);
    }
    let rtl = piece.level.is_rtl();
    let mut runs: Vec<Run> = Vec::new();
    for cluster in glyphs.chunk_by_mut(|one, next| one.text == next.text) {
        let range = cluster.first().map(|glyph| glyph.text.clone()).filter(|_| cluster.len() > 1);
        if let Some(range) = &range {
            share(text, range.clone(), cluster);
        }
        match runs.last_mut() {
            Some(run) if !rtl => {
                run.actual = run.actual.take().or(range.map(|_| piece.range.clone()));
                run.glyphs.extend_from_slice(cluster);
            }
            Some(run) if range.is_none() && run.actual.is_none() => run.glyphs.extend_from_slice(cluster),
            _ => {
                let actual = if rtl { range } else { range.map(|_| piece.range.clone()) };
                runs.push(Run { face, glyphs: cluster.to_vec(), rtl, natural: false, actual });
            }
        }
    }
    runs
}

/// Each glyph of a cluster gets one of its characters, the last one all that are left.
fn share(text: &str, cluster: Range<usize>, glyphs: &mut [Glyph]) {
    let part = text.get(cluster.clone()).unwrap_or_default();
    let starts: Vec<usize> = part.char_indices().map(|(at, _)| cluster.start + at).collect();
    let Some(last) = starts.last().copied() else { return };
    let count = glyphs.len();
    for (n, glyph) in glyphs.iter_mut().enumerate() {
        let start = starts.get(n).copied().unwrap_or(last);
        let end = if n + 1 == count { cluster.end } else { starts.get(n + 1).copied().unwrap_or(cluster.end) };
        glyph.text = start..end;
    }
}

/// Text without what cannot be shown on a line: white space becomes a space, other control characters U+FFFD.
fn printable(text: &str) -> String {
    let shown = |c: char| match c {
        '\t' | '\n' | '\r' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}' => ' ',
        c if c.is_control() => REPLACEMENT,
        c => c,
    };
    text.chars().map(shown).collect()
}

/// Characters that belong to the one before them: joiners, selectors, marks of direction, tags, skin tones.
pub(super) fn joins(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}'
        | '\u{FEFF}' | '\u{1F3FB}'..='\u{1F3FF}' | '\u{E0000}'..='\u{E01EF}' | '\u{AD}' | '\u{34F}')
}

/// The stretches of a line in the order in which they stand, from left to right.
fn pieces(faces: &Faces, text: &str, bold: bool) -> Vec<Piece> {
    let by_face = face_ranges(faces, text, bold);
    if text.chars().all(|c| c < '\u{590}') {
        return by_face.into_iter().map(|(range, face)| Piece { range, face, level: Level::ltr() }).collect();
    }
    let bidi = BidiInfo::new(text, None);
    let mut pieces = Vec::new();
    for paragraph in &bidi.paragraphs {
        let levels = bidi.reordered_levels(paragraph, paragraph.range.clone());
        let mut logical: Vec<Piece> = Vec::new();
        for (range, face) in &by_face {
            for (at, c) in text.get(range.clone()).unwrap_or_default().char_indices() {
                let (start, end) = (range.start + at, range.start + at + c.len_utf8());
                if !paragraph.range.contains(&start) {
                    continue;
                }
                let level = levels.get(start).copied().unwrap_or(Level::ltr());
                match logical.last_mut() {
                    Some(last) if last.face == *face && last.level == level => last.range.end = end,
                    _ => logical.push(Piece { range: start..end, face: *face, level }),
                }
            }
        }
        let levels: Vec<Level> = logical.iter().map(|piece| piece.level).collect();
        let mut slots: Vec<Option<Piece>> = logical.into_iter().map(Some).collect();
        let order = BidiInfo::reorder_visual(&levels);
        pieces.extend(order.into_iter().filter_map(|n| slots.get_mut(n).and_then(Option::take)));
    }
    pieces
}

/// Neighbouring characters that one face has; marks, joiners and spaces stay with what is before them where they can.
fn face_ranges(faces: &Faces, text: &str, bold: bool) -> Vec<(Range<usize>, Option<usize>)> {
    let mut ranges: Vec<(Range<usize>, Option<usize>)> = Vec::new();
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        let before = ranges.last().map(|(_, face)| *face);
        let stays = match before {
            Some(None) => joins(c),
            Some(Some(face)) => {
                let own = is_combining_mark(c) || (c == ' ' && !faces.get(face).signs);
                joins(c) || (own && faces.get(face).glyph(c).is_some())
            }
            None => false,
        };
        let face = if stays { before.flatten() } else { faces.having(c, bold) };
        match ranges.last_mut() {
            Some((range, last)) if *last == face => range.end = end,
            _ => ranges.push((at..end, face)),
        }
    }
    ranges
}
