//! What makes the file fit for an archive: metadata twice and equal, the output intent, attached files, the catalog.

use std::io;

use chrono::{DateTime, Utc};

use super::book::{Bookmark, Bound};
use super::form::{self, Field};
use super::objects::{Objects, Ref, name, text_string};
use super::{Attachment, PdfError};
use crate::report::AuditReport;

/// sRGB, 736 bytes (Compact ICC Profiles, CC0).
static SRGB: &[u8] = include_bytes!("profile/sRGB-v2-magic.icc");

/// Whether the attachments can be distinguished.
pub(super) fn check(attachments: &[Attachment]) -> Result<(), PdfError> {
    let mut names: Vec<&str> = attachments.iter().map(|attachment| &*attachment.name).collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(PdfError::SameName(pair[0].to_owned())),
        None => Ok(()),
    }
}

/// Writes everything around the pages.
pub(super) fn write(
    bound: Bound<'_>,
    about: &About,
    attached: &[Attached<'_>],
    fields: &[Field],
) -> Result<(), PdfError> {
    let Bound { mut objects, pages, structure, faces, bookmarks } = bound;
    let form = form::write(fields, &faces, &mut objects)?;
    let intent = objects.add_stream("/N 3", SRGB.to_vec())?;
    let (files, names) = entries(attached);
    let outlines = write_bookmarks(&bookmarks, &mut objects);
    let lang = about.lang;
    let metadata = objects.add_plain_stream("/Type /Metadata /Subtype /XML", about.xmp().as_bytes());
    let info = objects.add(&about.info());
    let root = objects.add(&format!(
        "<< /Type /Catalog /Version /1.7 /Pages {pages} /Lang ({lang}) /MarkInfo << /Marked true >> /StructTreeRoot {structure} \
         /Metadata {metadata} /ViewerPreferences << /DisplayDocTitle true >> /OutputIntents [<< /Type /OutputIntent \
         /S /GTS_PDFA1 /OutputConditionIdentifier (sRGB) /Info (sRGB IEC61966-2.1) /DestOutputProfile {intent} >>] \
         /AcroForm {form} /Outlines {outlines} /PageMode /UseOutlines{files}{names} >>"
    ));
    objects.finish(root, info)
}

/// The document information, which XMP must repeat word for word.
pub(super) struct About {
    title: String,
    subject: String,
    tool: String,
    made: DateTime<Utc>,
    /// The code of the language that it is in.
    lang: &'static str,
}

impl About {
    /// About a document with that title.
    pub(super) fn of(report: &AuditReport, title: &str, lang: &'static str) -> Self {
        let made = &report.provenance;
        Self {
            title: title.to_owned(),
            subject: format!("{} - {}", report.mark(), report.scope.host),
            tool: format!("{} {}", made.tool, made.version),
            made: made.ended,
            lang,
        }
    }

    fn info(&self) -> String {
        let (tool, date) = (text_string(&self.tool), pdf_date(self.made));
        format!(
            "<< /Title {} /Subject {} /Creator {tool} /Producer {tool} /CreationDate {date} /ModDate {date} >>",
            text_string(&self.title),
            text_string(&self.subject)
        )
    }

    fn xmp(&self) -> String {
        let (title, subject, tool) = (escaped(&self.title), escaped(&self.subject), escaped(&self.tool));
        let (date, lang) = (self.made.format("%Y-%m-%dT%H:%M:%S+00:00"), self.lang);
        format!(
            "<?xpacket begin=\"\u{FEFF}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n\
             <x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n\
             <rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
             xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" xmlns:pdf=\"http://ns.adobe.com/pdf/1.3/\" \
             xmlns:pdfaid=\"http://www.aiim.org/pdfa/ns/id/\" xmlns:pdfuaid=\"http://www.aiim.org/pdfua/ns/id/\">\n\
             <dc:format>application/pdf</dc:format>\n\
             <dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">{title}</rdf:li></rdf:Alt></dc:title>\n\
             <dc:description><rdf:Alt><rdf:li xml:lang=\"x-default\">{subject}</rdf:li></rdf:Alt></dc:description>\n\
             <dc:language><rdf:Bag><rdf:li>{lang}</rdf:li></rdf:Bag></dc:language>\n\
             <xmp:CreatorTool>{tool}</xmp:CreatorTool><pdf:Producer>{tool}</pdf:Producer>\n\
             <xmp:CreateDate>{date}</xmp:CreateDate><xmp:ModifyDate>{date}</xmp:ModifyDate>\n\
             <pdfaid:part>3</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance><pdfuaid:part>1</pdfuaid:part>\n\
             </rdf:Description>\n{UA_SCHEMA}</rdf:RDF></x:xmpmeta>\n<?xpacket end=\"r\"?>"
        )
    }
}

/// PDF/A asks for a description of every property that it does not know itself; it knows none of PDF/UA's.
const UA_SCHEMA: &str = "<rdf:Description rdf:about=\"\" xmlns:pdfaExtension=\"http://www.aiim.org/pdfa/ns/extension/\" \
    xmlns:pdfaSchema=\"http://www.aiim.org/pdfa/ns/schema#\" xmlns:pdfaProperty=\"http://www.aiim.org/pdfa/ns/property#\">\n\
    <pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType=\"Resource\">\n\
    <pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>\n\
    <pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>\n\
    <pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>\n\
    <pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType=\"Resource\">\n\
    <pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>\n\
    <pdfaProperty:category>internal</pdfaProperty:category>\n\
    <pdfaProperty:description>Part of ISO 14289 that the document conforms to</pdfaProperty:description>\n\
    </rdf:li></rdf:Seq></pdfaSchema:property>\n\
    </rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>\n";

fn pdf_date(at: DateTime<Utc>) -> String {
    format!("(D:{})", at.format("%Y%m%d%H%M%S+00'00'"))
}

/// Text as XML; characters that XML does not allow become U+FFFD.
fn escaped(text: &str) -> String {
    let mut xml = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '"' => xml.push_str("&quot;"),
            c if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') => xml.push('\u{FFFD}'),
            c => xml.push(c),
        }
    }
    xml
}

/// A file that was written: its name, and the object that reports it.
pub(super) struct Attached<'a> {
    name: &'a str,
    object: Ref,
}

/// Writes the attached files, the largest streams, before any page.
pub(super) fn attach<'a>(
    attachments: &'a [Attachment],
    objects: &mut Objects<'_>,
) -> Result<Vec<Attached<'a>>, PdfError> {
    let attach = |attachment: &'a Attachment| {
        let failed = |error| PdfError::Attachment { name: attachment.name.clone(), error };
        let dictionary = format!(
            "/Type /EmbeddedFile /Subtype {} /Params << /Size {} /ModDate {} >>",
            name(&attachment.media_type),
            attachment.content.checksum.bytes,
            pdf_date(attachment.modified)
        );
        let mut content = attachment.content.open().map_err(failed)?;
        let (stream, bytes) = objects.add_long_stream(&dictionary, &mut content, failed)?;
        if bytes != attachment.content.checksum.bytes {
            return Err(failed(io::Error::new(io::ErrorKind::InvalidData, "it has changed since it was made")));
        }
        let file = text_string(&attachment.name);
        let object = objects.add(&format!(
            "<< /Type /Filespec /F {file} /UF {file} /Desc {} /AFRelationship /{} /EF << /F {stream} /UF {stream} >> >>",
            text_string(&attachment.description),
            attachment.relationship.as_str()
        ));
        Ok(Attached { name: &attachment.name, object })
    };
    attachments.iter().map(attach).collect()
}

/// The catalog's entries `/AF` and `/Names` for the attached files.
fn entries(attached: &[Attached<'_>]) -> (String, String) {
    if attached.is_empty() {
        return (String::new(), String::new());
    }
    let list: Vec<String> = attached.iter().map(|file| file.object.to_string()).collect();
    let mut files: Vec<&Attached<'_>> = attached.iter().collect();
    // A name tree is sorted by the bytes of its keys.
    files.sort_by_key(|file| file.name.encode_utf16().collect::<Vec<_>>());
    let tree: Vec<String> = files.iter().map(|file| format!("{} {}", text_string(file.name), file.object)).collect();
    let names = format!(" /Names << /EmbeddedFiles << /Names [{}] >> >>", tree.join(" "));
    (format!(" /AF [{}]", list.join(" ")), names)
}

/// Writes the bookmarks; gives the root of the outline.
fn write_bookmarks(bookmarks: &[Bookmark], objects: &mut Objects<'_>) -> Ref {
    let root = objects.reserve();
    let items: Vec<Ref> = bookmarks.iter().map(|_| objects.reserve()).collect();
    let sections: Vec<usize> = (0..bookmarks.len()).filter(|n| bookmarks[*n].level == 1).collect();
    let children = |section: usize| {
        let end = sections.iter().copied().find(|next| *next > section).unwrap_or(bookmarks.len());
        (section + 1..end).collect::<Vec<_>>()
    };
    let write_level = |parent: Ref, level: &[usize], objects: &mut Objects<'_>| {
        for (place, n) in level.iter().enumerate() {
            let Bookmark { title, page, y, level: depth } = &bookmarks[*n];
            let mut body = format!(
                "<< /Title {} /Parent {parent} /Dest [{page} /XYZ 0 {} null]",
                text_string(title),
                super::embedding::number(*y)
            );
            for (key, of) in [("Prev", place.checked_sub(1)), ("Next", Some(place + 1))] {
                if let Some(neighbour) = of.and_then(|place| level.get(place)) {
                    body.push_str(&format!(" /{key} {}", items[*neighbour]));
                }
            }
            let kids = if *depth == 1 { children(*n) } else { Vec::new() };
            if let (Some(first), Some(last)) = (kids.first(), kids.last()) {
                // Negative: closed until asked for.
                body.push_str(&format!(" /First {} /Last {} /Count -{}", items[*first], items[*last], kids.len()));
            }
            objects.put(items[*n], &format!("{body} >>"));
        }
    };
    write_level(root, &sections, objects);
    for section in &sections {
        write_level(items[*section], &children(*section), objects);
    }
    let ends = match (sections.first(), sections.last()) {
        (Some(first), Some(last)) => {
            format!(" /First {} /Last {} /Count {}", items[*first], items[*last], sections.len())
        }
        _ => String::new(),
    };
    objects.put(root, &format!("<< /Type /Outlines{ends} >>"));
    root
}
