//! A small unsigned PDF with an empty signature field, and the small HTML of the tests.

/// What the PDF looks like to a signer: how its cross-reference is written.
pub const HTML: &str = "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Report</title></head>\n\
    <body>\n<h1>Batch calls of the quarter</h1>\n<p>12,450 batches · ₹ · ग्राहक</p>\n</body>\n</html>\n";

/// A page with an empty signature field, a classic cross-reference table, and the panel's font (not embedded here).
pub fn pdf() -> Vec<u8> {
    let page_text = "BT /F1 18 Tf 60 760 Td (Batch calls: 12,450) Tj ET";
    let objects = [
        "<</Type/Catalog/Pages 2 0 R/AcroForm 5 0 R/Lang(en)>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Annots[6 0 R]/Tabs/S\
         /Resources<</Font<</F1 10 0 R>>>>>>"
            .to_owned(),
        format!("<</Length {}>>\nstream\n{page_text}\nendstream", page_text.len()),
        "<</Fields[6 0 R]/SigFlags 3/DR<</Font<</SigF 7 0 R>>>>>>".to_owned(),
        "<</Type/Annot/Subtype/Widget/FT/Sig/T(Signature1)/F 132/P 3 0 R/Rect[60 600 300 690]/TU(Signature)>>"
            .to_owned(),
        "<</Type/Font/Subtype/Type0/BaseFont/Helvetica/Encoding/Identity-H/DescendantFonts[8 0 R]>>".to_owned(),
        "<</Type/Font/Subtype/CIDFontType2/BaseFont/Helvetica/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)\
         /Supplement 0>>/FontDescriptor 9 0 R/DW 500/W[32 126 500 160[300 500] 65533 65533 500]>>"
            .to_owned(),
        "<</Type/FontDescriptor/FontName/Helvetica/Flags 32/FontBBox[0 0 1000 1000]/ItalicAngle 0/Ascent 800\
         /Descent -200/CapHeight 700/StemV 80>>"
            .to_owned(),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_owned(),
    ];
    let mut file = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut table = String::from("0000000000 65535 f \n");
    for (index, body) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", file.len()));
        file.extend_from_slice(format!("{} 0 obj\n{body}\nendobj\n", index + 1).as_bytes());
    }
    let (start, size) = (file.len(), objects.len() + 1);
    let id = "<00112233445566778899aabbccddeeff>";
    file.extend_from_slice(format!("xref\n0 {size}\n{table}trailer\n").as_bytes());
    file.extend_from_slice(format!("<</Size {size}/Root 1 0 R/ID[{id}{id}]>>\nstartxref\n{start}\n%%EOF\n").as_bytes());
    file
}
