//! A certificate request (PKCS#10) for the company's CA, and the certificate that comes back.

use der::asn1::{BitString, SetOfVec};
use der::{Encode, EncodePem};
use pkcs8::LineEnding;
use x509_cert::Certificate;
use x509_cert::attr::Attribute;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::{Extensions, ToExtension};
use x509_cert::request::{CertReq, CertReqInfo, ExtensionReq, Version};

use super::Identity;
use super::create::usage;
use crate::sign::{SignError, encoding};

impl Identity {
    /// A request, as PEM, for a certificate of this identity's key, name and address.
    ///
    /// # Errors
    /// When the key fails.
    pub fn request(&self) -> Result<String, SignError> {
        let what = encoding("certificate request");
        let tbs = self.certificate().tbs_certificate();
        let wanted = ExtensionReq(self.wanted_extensions().map_err(&what)?);
        let info = CertReqInfo {
            version: Version::V1,
            subject: tbs.subject().clone(),
            public_key: tbs.subject_public_key_info().clone(),
            attributes: Attribute::try_from(wanted)
                .and_then(|wanted| SetOfVec::try_from(vec![wanted]))
                .map_err(&what)?,
        };
        let value = self.key().sign(&info.to_der().map_err(&what)?)?;
        let algorithm = self.key().scheme().identifier().ok_or(SignError::KeyNotAccepted)?;
        let signature = BitString::from_bytes(&value).map_err(&what)?;
        CertReq { info, algorithm, signature }.to_pem(LineEnding::LF).map_err(&what)
    }

    /// The purpose, and the address where the present certificate has one.
    fn wanted_extensions(&self) -> der::Result<Extensions> {
        let tbs = self.certificate().tbs_certificate();
        let mut list = vec![(true, &usage()).to_extension(tbs.subject(), &[])?];
        if let Some((_, address)) = tbs.get_extension::<SubjectAltName>()? {
            list.push((false, &address).to_extension(tbs.subject(), &[])?);
        }
        Ok(list)
    }

    /// The same key with other certificates, which a CA issued for it.
    ///
    /// # Errors
    /// When there is none for this key, or they are not one chain.
    pub fn certified(self, certificates: Vec<Certificate>) -> Result<Self, SignError> {
        Self::new(self.key, certificates)
    }
}
