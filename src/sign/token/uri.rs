//! The address of a key on a token: a PKCS#11 URI (RFC 7512), as `pkcs11:token=Desk;object=audit?module-path=/usr/lib/….so`.

use std::path::PathBuf;

use super::TokenError;

/// What must be so of a token and of the key on it; `None` where it does not matter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Address {
    /// The token's label.
    pub token: Option<String>,
    /// Its manufacturer.
    pub manufacturer: Option<String>,
    /// Its model.
    pub model: Option<String>,
    /// Its serial number.
    pub serial: Option<String>,
    /// The number of the slot that it is in.
    pub slot: Option<u64>,
    /// The key's label.
    pub object: Option<String>,
    /// The key's id.
    pub id: Option<Vec<u8>>,
    /// The library that reaches the token.
    pub module: Option<PathBuf>,
    /// The file that holds the PIN.
    pub pin_file: Option<PathBuf>,
}

impl Address {
    /// Reads a URI.
    ///
    /// # Errors
    /// When it is none, or asks for something that is not understood: then it would not mean what its author thinks.
    pub fn parse(uri: &str) -> Result<Self, TokenError> {
        let rest =
            uri.strip_prefix("pkcs11:").ok_or_else(|| TokenError::Uri("it must begin with pkcs11:".to_owned()))?;
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut address = Self::default();
        for part in path.split(';').filter(|part| !part.is_empty()) {
            let (name, value) = attribute(part)?;
            address.set(name, value)?;
        }
        for part in query.split('&').filter(|part| !part.is_empty()) {
            let (name, value) = attribute(part)?;
            address.set_query(name, value)?;
        }
        Ok(address)
    }

    fn set(&mut self, name: &str, value: Vec<u8>) -> Result<(), TokenError> {
        let place = match name {
            "id" => {
                self.id = Some(value);
                return Ok(());
            }
            "slot-id" => {
                let number = text(name, value)?.parse().ok();
                self.slot = Some(number.ok_or_else(|| TokenError::Uri("slot-id is not a number".to_owned()))?);
                return Ok(());
            }
            "type" if value == b"private" || value == b"cert" => return Ok(()),
            "token" => &mut self.token,
            "manufacturer" => &mut self.manufacturer,
            "model" => &mut self.model,
            "serial" => &mut self.serial,
            "object" => &mut self.object,
            other => return Err(TokenError::Uri(format!("`{other}` is not understood here"))),
        };
        *place = Some(text(name, value)?);
        Ok(())
    }

    fn set_query(&mut self, name: &str, value: Vec<u8>) -> Result<(), TokenError> {
        match name {
            "module-path" => self.module = Some(text(name, value)?.into()),
            "pin-source" => {
                let source = text(name, value)?;
                let file = source.strip_prefix("file:").unwrap_or(&source);
                if file.starts_with('|') {
                    return Err(TokenError::Uri("a pin-source that is a command is not run".to_owned()));
                }
                self.pin_file = Some(file.into());
            }
            // It would be seen by others, and the report prints the command.
            "pin-value" => return Err(TokenError::PinInUri),
            other => return Err(TokenError::Uri(format!("`{other}` is not understood here"))),
        }
        Ok(())
    }
}

fn attribute(part: &str) -> Result<(&str, Vec<u8>), TokenError> {
    let (name, value) =
        part.split_once('=').ok_or_else(|| TokenError::Uri(format!("`{part}` is not of the form name=value")))?;
    let broken = || TokenError::Uri(format!("the value of {name} has a broken % escape"));
    let mut bytes = Vec::new();
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let (high, low) = (digit(rest.next()).ok_or_else(broken)?, digit(rest.next()).ok_or_else(broken)?);
        bytes.push(high << 4 | low);
    }
    Ok((name, bytes))
}

fn text(name: &str, bytes: Vec<u8>) -> Result<String, TokenError> {
    String::from_utf8(bytes).map_err(|_| TokenError::Uri(format!("the value of {name} is not text")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_is_read_with_its_escapes() {
        let uri = "pkcs11:token=Audit%20Desk;object=key;id=%01%ff?module-path=/usr/lib/t.so&pin-source=file:/etc/pin";
        let expected = Address {
            token: Some("Audit Desk".to_owned()),
            object: Some("key".to_owned()),
            id: Some(vec![1, 255]),
            module: Some("/usr/lib/t.so".into()),
            pin_file: Some("/etc/pin".into()),
            ..Address::default()
        };
        assert_eq!(Address::parse(uri).unwrap(), expected);
    }

    #[test]
    fn what_would_be_passed_over_or_give_the_pin_away_is_refused() {
        for (uri, words) in [
            ("token=a", "must begin with pkcs11:"),
            ("pkcs11:token", "not of the form name=value"),
            ("pkcs11:token=%4", "broken % escape"),
            ("pkcs11:token=%ff", "is not text"),
            ("pkcs11:tokens=a", "`tokens` is not understood"),
            ("pkcs11:type=public", "`type` is not understood"),
            ("pkcs11:slot-id=x", "slot-id is not a number"),
            ("pkcs11:token=a?module-name=b", "`module-name` is not understood"),
            ("pkcs11:token=a?pin-source=|cat", "is not run"),
            ("pkcs11:token=a?pin-value=1234", "is not taken from the address"),
        ] {
            let refused = Address::parse(uri).unwrap_err().to_string();
            assert!(refused.contains(words) && !refused.contains("1234"), "{uri}: {refused}");
        }
    }
}
