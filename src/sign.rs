//! Signing: identity (key and certificate), CMS, and the signatures inside PDF and HTML.
