//! What may be shown of an answer: codes, field names, words of status and formats, and nobody.

use serde_json::{Map, Value};

/// The fields whose texts are shown, word by word; all others are only named.
const SHOWN: &[&str] = &[
    "accountStatus",
    "code",
    "detail",
    "error",
    "membershipStatus",
    "message",
    "role",
    "roleId",
    "status",
    "statusReason",
    "title",
];

/// Fields with a name of somebody or something, which may come up in a text elsewhere.
const NAMES: &[&str] = &["displayName", "name", "nickname", "publicName"];

/// Rows shown of a list.
const ROWS: usize = 3;

/// What is known to be private, and what stands for it.
#[derive(Default)]
pub(crate) struct Redactor {
    known: Vec<(String, String)>,
    names: Vec<String>,
}

impl Redactor {
    /// From now on, `placeholder` stands for this.
    pub(crate) fn learn(&mut self, text: &str, placeholder: impl Into<String>) {
        if !text.is_empty() && self.known.iter().all(|(known, _)| known != text) {
            self.known.push((text.to_owned(), placeholder.into()));
            // What holds another goes first.
            self.known
                .sort_by_key(|(known, _)| std::cmp::Reverse(known.len()));
        }
    }

    /// Takes the names in an answer into account.
    pub(crate) fn learn_names(&mut self, body: &Value) {
        match body {
            Value::Object(fields) => {
                for (field, value) in fields {
                    match value.as_str() {
                        Some(name) if NAMES.contains(&field.as_str()) && name.len() > 2 => {
                            self.names.push(name.to_owned());
                            self.names.sort_by_key(|name| std::cmp::Reverse(name.len()));
                            self.names.dedup();
                        }
                        _ => self.learn_names(value),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.learn_names(item)),
            _ => {}
        }
    }

    /// A body with only its shape left, and what is no secret.
    pub(crate) fn body(&self, body: &Value) -> Value {
        self.value("", body)
    }

    fn value(&self, field: &str, value: &Value) -> Value {
        let shown = SHOWN.contains(&field);
        match value {
            Value::Null | Value::Bool(_) => value.clone(),
            Value::Number(number) => match number.as_u64() {
                Some(small) if shown && small < 1000 => value.clone(),
                _ => "<number>".into(),
            },
            Value::String(text) if shown => self.words(text).into(),
            Value::String(text) => self.placeholder(text).into(),
            Value::Array(items) => {
                let mut rows: Vec<Value> = items
                    .iter()
                    .take(ROWS)
                    .map(|item| self.value(field, item))
                    .collect();
                if items.len() > ROWS {
                    rows.push(format!("<{} more>", items.len() - ROWS).into());
                }
                rows.into()
            }
            Value::Object(fields) => {
                let fields = fields.iter().map(|(name, value)| {
                    let shown = if is_field(name) { name } else { "<field>" };
                    (shown.to_owned(), self.value(name, value))
                });
                Value::Object(fields.collect::<Map<_, _>>())
            }
        }
    }

    /// A text for readers, without what is known and what looks like an id, an address or a link.
    pub(crate) fn words(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (known, placeholder) in &self.known {
            text = text.replace(known, placeholder);
        }
        for name in &self.names {
            text = without_name(&text, name);
        }
        let words = text.split_whitespace().map(|word| match word {
            _ if word.contains('@') => "<address>",
            _ if word.contains("://") => "<link>",
            _ if is_code(word) => word,
            _ if word.chars().filter(char::is_ascii_digit).count() > 3 => "<id>",
            _ => word,
        });
        words.collect::<Vec<_>>().join(" ")
    }

    fn placeholder(&self, text: &str) -> String {
        let mut known = self.known.iter();
        if let Some((_, placeholder)) = known.find(|(known, _)| known == text) {
            return placeholder.clone();
        }
        let kind = match text {
            "" => "",
            _ if text.contains('@') => "<address>",
            _ if text.contains("://") => "<link>",
            _ if text.starts_with("ari:") => "<ari>",
            _ if is_time(text) => "<time>",
            _ => "<text>",
        };
        kind.to_owned()
    }
}

/// A header's value with its format and without its figures.
pub(crate) fn format_of(value: &str) -> String {
    let digit = |c: char| if c.is_ascii_digit() { '9' } else { c };
    value.chars().map(digit).collect()
}

fn is_field(name: &str) -> bool {
    let digits = name.chars().filter(char::is_ascii_digit).count();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    name.len() <= 40 && digits < 3 && name.chars().all(plain)
}

fn is_code(word: &str) -> bool {
    let plain = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-';
    word.starts_with("ADMIN-") && word.len() < 24 && word.chars().all(plain)
}

fn is_time(text: &str) -> bool {
    format_of(text).starts_with("9999-99-99")
}

/// Takes a name out where it stands by itself: `Mia` is not in `Miami`.
fn without_name(text: &str, name: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(name) {
        let (before, found) = rest.split_at(at);
        let after = &found[name.len()..];
        let alone =
            !before.ends_with(char::is_alphanumeric) && !after.starts_with(char::is_alphanumeric);
        out.push_str(before);
        out.push_str(if alone { "<name>" } else { name });
        rest = after;
    }
    out + rest
}
