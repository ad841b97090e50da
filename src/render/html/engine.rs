//! The template engine, with escaping that no template can turn off.

use std::collections::BTreeMap;

use tera::{Context, Kwargs, State, Tera, Value};

use super::{HtmlError, text};
use crate::defect::Defect;
use crate::render::language::{Language, is_letter};

/// The built-in templates, by name.
pub const TEMPLATES: [(&str, &str); 11] = [
    ("report.html", include_str!("../../../templates/report.html")),
    ("summary.html", include_str!("../../../templates/summary.html")),
    ("outcomes.html", include_str!("../../../templates/outcomes.html")),
    ("statuses.html", include_str!("../../../templates/statuses.html")),
    ("breakdown.html", include_str!("../../../templates/breakdown.html")),
    ("compared.html", include_str!("../../../templates/compared.html")),
    ("superseded.html", include_str!("../../../templates/superseded.html")),
    ("findings.html", include_str!("../../../templates/findings.html")),
    ("register.html", include_str!("../../../templates/register.html")),
    ("proof.html", include_str!("../../../templates/proof.html")),
    (STYLE, include_str!("../../../templates/style.css")),
];

/// The style sheet. It is put into the page as it is, not rendered.
const STYLE: &str = "style.css";

/// Templates of the user's own, by the name of the built-in one that each replaces.
pub type Templates = BTreeMap<String, String>;

/// The templates, ready to render.
pub struct Engine {
    tera: Tera,
    style: String,
}

impl Engine {
    /// The built-in templates, replaced by `own` where it names them.
    pub fn new(own: &Templates) -> Result<Self, HtmlError> {
        let names = TEMPLATES.map(|(name, _)| name);
        if let Some(unknown) = own.keys().find(|name| !names.contains(&name.as_str()) && !is_letter(name)) {
            return Err(HtmlError::UnknownTemplate(
                unknown.clone(),
                [names.as_slice(), &Language::ALL.map(Language::template)].concat().join(", "),
            ));
        }
        let source = |name: &str, built_in: &'static str| own.get(name).map_or(built_in, String::as_str).to_owned();
        let mut tera = Tera::default();
        // Every template is escaped whatever its name, and what the filter `safe` is given stays as unsafe as it was:
        // only this room can hand in markup.
        tera.autoescape_on([""]);
        tera.set_escape_fn(text::write);
        tera.register_filter("safe", |value: Value, _: Kwargs, _: &State<'_>| value);
        let pages = TEMPLATES.into_iter().filter(|(name, _)| *name != STYLE);
        tera.add_raw_templates(pages.map(|(name, built_in)| (name, source(name, built_in))))?;
        let style = TEMPLATES.into_iter().find(|(name, _)| *name == STYLE);
        let (name, built_in) = style.ok_or(Defect("there is no style sheet among the templates"))?;
        Ok(Self { tera, style: source(name, built_in) })
    }

    /// The style sheet, as markup. It cannot end the element that it is in.
    pub fn style(&self) -> Value {
        markup(&self.style.replace("</", "<\\/"))
    }

    /// The page that `context` fills.
    pub fn render(&self, context: &Context) -> Result<String, HtmlError> {
        Ok(self.tera.render("report.html", context)?)
    }
}

/// Text that is markup already and is not escaped again.
pub fn markup(html: &str) -> Value {
    Value::safe_string(html)
}
