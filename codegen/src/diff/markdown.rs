//! The report for a pull request: what breaks first.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::report::{Change, Operation, Report, SchemaChange};
use super::rules::Breaks;

/// Operations named under one line, at most; the rest is counted.
const NAMED: usize = 8;

pub(crate) fn render(report: &Report) -> String {
    let mut out = Page(String::from("# What changed upstream\n\n"));
    out.line(&summary(report));
    out.breaking(report);
    out.added(report);
    out.operations(report);
    out.schemas(report);
    out.document(report);
    out.prose(report);
    out.0
}

fn summary(report: &Report) -> String {
    let c = report.counts;
    if report.is_empty() {
        return "Nothing but words, if that: the structure is the same.".to_owned();
    }
    let mut text = format!(
        "Operations: {} added, {} removed, {} changed. Schemas: {} added, {} removed, {} renamed, \
         {} changed. ",
        c.operations_added,
        c.operations_removed,
        c.operations_changed,
        c.schemas_added,
        c.schemas_removed,
        c.schemas_renamed,
        c.schemas_changed,
    );
    let _ = match (c.breaking_raw, c.breaking_facade) {
        (0, 0) => write!(text, "**Nothing breaks.**"),
        (raw, facade) => write!(
            text,
            "**Breaking: {raw} change(s) for callers of the raw client, {facade} for callers of \
             the facade.**"
        ),
    };
    text
}

struct Page(String);

impl Page {
    fn line(&mut self, text: &str) {
        self.0.push_str(text);
        self.0.push('\n');
    }

    fn heading(&mut self, text: &str) {
        self.line(&format!("\n## {text}\n"));
    }

    /// Everything that breaks, once, so that a reader need not search for it.
    fn breaking(&mut self, report: &Report) {
        if !report.is_breaking() {
            return;
        }
        self.heading("Breaking");
        self.line("| where | what | raw client | facade | facade calls |");
        self.line("|---|---|---|---|---|");
        let own = |op: &Operation, change: &Change| {
            let at = match change.at.as_str() {
                "" => String::new(),
                at => format!(", {at}"),
            };
            (format!("{}{at}", title(op)), op.facade_calls.clone())
        };
        let all = [&report.operations_removed, &report.operations_changed];
        for op in all.into_iter().flatten() {
            for change in op.changes.iter().filter(|c| c.schema.is_none()) {
                let (place, calls) = own(op, change);
                self.row(&place, change, &calls);
            }
        }
        for schema in &report.schemas_changed {
            for change in &schema.changes {
                let field = change.field.as_deref().map(|f| format!(".{f}"));
                let place = format!("schema `{}{}`", schema.schema, field.unwrap_or_default());
                self.row(&place, change, &schema.facade_calls);
            }
        }
        for change in &report.document {
            self.row(&change.at, change, &[]);
        }
    }

    fn row(&mut self, place: &str, change: &Change, calls: &[String]) {
        if !change.breaks.any() {
            return;
        }
        let why = change.why.map(|why| format!(" ({why})"));
        let cells = [
            place.to_owned(),
            format!("{}{}", change.what, why.unwrap_or_default()),
            yes(change.breaks.raw).to_owned(),
            match change.breaks.facade {
                true => "yes: needs a new release".to_owned(),
                false => "no".to_owned(),
            },
            ticked(calls),
        ];
        let cells = cells.map(|cell| cell.replace('|', "\\|"));
        self.line(&format!("| {} |", cells.join(" | ")));
    }

    fn added(&mut self, report: &Report) {
        for (name, list) in [
            ("Operations added", &report.operations_added),
            ("Operations removed", &report.operations_removed),
        ] {
            if list.is_empty() {
                continue;
            }
            self.heading(name);
            for op in list {
                self.line(&format!("- {}{}", title(op), used_by(&op.facade_calls)));
            }
        }
    }

    fn operations(&mut self, report: &Report) {
        if report.operations_changed.is_empty() {
            return;
        }
        self.heading("Operations changed");
        for op in &report.operations_changed {
            self.line(&format!("### {}\n", title(op)));
            let calls = match op.facade_calls.as_slice() {
                [] => "The facade does not use it.".to_owned(),
                calls => format!("Facade calls: {}.", ticked(calls)),
            };
            self.line(&format!("{calls} Breaks {}.\n", whom(op.breaks)));
            for change in op.changes.iter().filter(|c| c.schema.is_none()) {
                self.line(&format!("- {}", one(change)));
            }
            // The schemas have a section of their own.
            let mut schemas: BTreeMap<(&str, &str), Vec<&Change>> = BTreeMap::new();
            for change in &op.changes {
                if let Some(schema) = &change.schema {
                    schemas
                        .entry((&change.at, schema))
                        .or_default()
                        .push(change);
                }
            }
            for ((at, schema), changes) in schemas {
                let breaks = changes
                    .iter()
                    .fold(Breaks::default(), |b, c| b.or(c.breaks));
                let n = changes.len();
                let text = format!("{at}: schema `{schema}`, {n} change(s), see below");
                self.line(&format!("- {text}{}", mark(breaks)));
            }
            self.line("");
        }
    }

    fn schemas(&mut self, report: &Report) {
        let of = |kind: &'static str| {
            report
                .schemas_changed
                .iter()
                .filter(move |s| s.change == kind)
        };
        if report.schemas_changed.is_empty() {
            return;
        }
        self.heading("Schemas");
        for (kind, title) in [("added", "Added"), ("removed", "Removed")] {
            let names: Vec<String> = of(kind).map(|s| s.schema.clone()).collect();
            if !names.is_empty() {
                self.line(&format!("{title}: {}.\n", ticked(&names)));
            }
        }
        for schema in of("renamed") {
            let now = schema.now.as_deref().unwrap_or_default();
            let name = &schema.schema;
            self.line(&format!(
                "- `{name}` is called `{now}` now; the same on the wire."
            ));
        }
        for schema in of("changed") {
            self.schema(schema);
        }
    }

    fn schema(&mut self, schema: &SchemaChange) {
        let now = schema.now.as_ref().map(|now| format!(", now `{now}`"));
        self.line(&format!(
            "### `{}`{}\n",
            schema.schema,
            now.unwrap_or_default()
        ));
        let n = schema.operations.len();
        let users = match schema.operations.as_slice() {
            [] => "No operation uses it on both sides.".to_owned(),
            all if n > NAMED => {
                let some = ticked(&all[..NAMED]);
                format!("Used by {n} operations: {some} and {} more.", n - NAMED)
            }
            all => format!("Used by {}.", ticked(all)),
        };
        self.line(&format!("{users}{}\n", used_by(&schema.facade_calls)));
        for change in &schema.changes {
            self.line(&format!("- {}", one(change)));
        }
        self.line("");
    }

    fn document(&mut self, report: &Report) {
        if report.document.is_empty() {
            return;
        }
        self.heading("The API as a whole");
        for change in &report.document {
            self.line(&format!("- {}", one(change)));
        }
    }

    fn prose(&mut self, report: &Report) {
        self.heading("Prose");
        let prose = &report.prose;
        if !prose.compared {
            return self.line("Not compared: a contract has none.");
        }
        self.line(&format!(
            "Changed in {} place(s) of what both documents have. Codes, limits and end dates that \
             only stand in words are out of this report's reach: read these again.\n",
            prose.places
        ));
        if prose.document {
            self.line("- the text about the API as a whole");
        }
        for operation in &prose.operations {
            self.line(&format!("- `{operation}`"));
        }
    }
}

fn title(op: &Operation) -> String {
    let id = op.operation_id.as_ref().map(|id| format!(" ({id})"));
    let ours = op
        .our_id
        .as_ref()
        .map(|id| format!(" ({id}, by our table)"));
    format!(
        "`{} {}`{}",
        op.method,
        op.path,
        id.or(ours).unwrap_or_default()
    )
}

fn one(change: &Change) -> String {
    let place = match (&change.at, &change.field) {
        (_, Some(field)) => format!("`{field}`: "),
        (at, None) if !at.is_empty() => format!("{at}: "),
        _ => String::new(),
    };
    let why = change.why.map(|why| format!("; {why}"));
    format!(
        "{place}{}{}{}",
        change.what,
        mark(change.breaks),
        why.unwrap_or_default()
    )
}

fn mark(breaks: Breaks) -> String {
    match breaks.any() {
        true => format!(" — **breaks {}**", whom(breaks)),
        false => String::new(),
    }
}

fn whom(breaks: Breaks) -> &'static str {
    match (breaks.raw, breaks.facade) {
        (true, true) => "raw and facade callers",
        (true, false) => "raw callers",
        (false, true) => "facade callers",
        (false, false) => "nobody",
    }
}

fn yes(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

fn ticked(list: &[String]) -> String {
    let list: Vec<String> = list.iter().map(|one| format!("`{one}`")).collect();
    list.join(", ")
}

fn used_by(calls: &[String]) -> String {
    match calls {
        [] => String::new(),
        calls => format!(" Facade calls: {}.", ticked(calls)),
    }
}
