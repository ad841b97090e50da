//! What a page's content does: operators with the operands before them.

use super::PdfError;
use super::lexer::Lexer;
use super::object::Object;

/// Operands of one operation; the most that any operator takes is six.
const OPERANDS: usize = 64;

/// One operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation<'a> {
    /// The operator, such as `Tj`.
    pub operator: &'a str,
    /// The objects before it, in their order.
    pub operands: Vec<Object>,
}

/// The operations of a content stream, read as they are asked for. Images inside the stream are not understood.
pub struct Operations<'a>(Option<Lexer<'a>>);

impl<'a> Operations<'a> {
    /// Those of `content`.
    pub fn of(content: &'a [u8]) -> Self {
        Self(Some(Lexer::new(content, 0)))
    }

    fn next_in(lexer: &mut Lexer<'a>) -> Result<Option<Operation<'a>>, PdfError> {
        lexer.refill();
        let mut operands = Vec::new();
        loop {
            match lexer.operand()? {
                Some(operand) if operands.len() < OPERANDS => operands.push(operand),
                Some(_) => return Err(PdfError::TooMuch("the operands of an operator")),
                None => break,
            }
        }
        match lexer.operator()? {
            Some(operator) => Ok(Some(Operation { operator, operands })),
            None if operands.is_empty() => Ok(None),
            None => Err(PdfError::Missing("the operator at the end of a page")),
        }
    }
}

impl<'a> Iterator for Operations<'a> {
    type Item = Result<Operation<'a>, PdfError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = Self::next_in(self.0.as_mut()?).transpose();
        if !matches!(next, Some(Ok(_))) {
            self.0 = None;
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content: &[u8]) -> Result<Vec<(String, usize)>, PdfError> {
        Operations::of(content).map(|next| next.map(|it| (it.operator.to_owned(), it.operands.len()))).collect()
    }

    #[test]
    fn operators_are_read_with_the_operands_before_them() {
        let content =
            b"BT /F1 12 Tf 1 0 0 1 5 6.5 Tm [(a)-3(b)]TJ(c)' /Span<</MCID 0>>BDC % a remark\nEMC T* true x ET";
        let expected = [
            ("BT", 0),
            ("Tf", 2),
            ("Tm", 6),
            ("TJ", 1),
            ("'", 1),
            ("BDC", 2),
            ("EMC", 0),
            ("T*", 0),
            ("x", 1),
            ("ET", 0),
        ];
        assert_eq!(read(content).unwrap(), expected.map(|(name, count)| (name.to_owned(), count)));
    }

    #[test]
    fn what_is_no_operation_is_refused() {
        for content in [&b"1 2"[..], b"BT ] ET", b"(a", b"<</A>> BDC", b"\xff\xff Tj"] {
            assert!(read(content).is_err(), "{content:?}");
        }
        assert!(matches!(read(&b"0 ".repeat(100)), Err(PdfError::TooMuch(_))));
    }
}
