//! A company's logo and colours on the page. They come after the style sheet, and change its variables only.

use std::fmt::Write as _;

use tera::Value;

use crate::brand::Brand;

/// The rules that follow the style sheet; nothing for the program's own look. Paper keeps its black links.
pub fn style(brand: &Brand) -> String {
    let mut rules = String::new();
    // A string takes whatever is written to it.
    if let Some(accent) = brand.accent {
        let colour = accent.colour();
        let _ = writeln!(rules, "@media screen {{ :root {{ --link: {colour}; --accent: {colour}; }} }}");
        let _ = writeln!(rules, "@media print {{ :root {{ --accent: {colour}; }} }}");
        let _ = writeln!(rules, "header {{ border-top: .4rem solid var(--accent, transparent); padding-top: 1rem; }}");
    }
    if let Some(accent) = brand.accent_dark {
        let colour = accent.colour();
        let dark = "@media screen and (prefers-color-scheme: dark)";
        let _ = writeln!(rules, "{dark} {{ :root {{ --link: {colour}; --accent: {colour}; }} }}");
    } else if brand.accent.is_some() {
        // What is readable on white is not on black: the dark page keeps its own colour.
        let dark = "@media screen and (prefers-color-scheme: dark)";
        let _ = writeln!(rules, "{dark} {{ :root {{ --link: #8fc1ff; --accent: #8fc1ff; }} }}");
    }
    rules
}

/// The logo's address, or false.
pub fn logo(brand: &Brand) -> Value {
    brand.logo.as_ref().map_or_else(|| Value::from(false), |logo| Value::normal_string(&logo.data_uri()))
}
