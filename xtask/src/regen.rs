//! `cargo xtask regen`: from the committed contracts, or a new document, to the raw client.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime};

use anyhow::{Context, Result, anyhow, bail};
use atlassian_orgs_codegen as codegen;
use codegen::Inputs;

use crate::aside;
use crate::files::{self, Files};
use crate::manifest::{self, Source};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Read this published document first and make its contract the committed one
    #[arg(long, value_name = "DOCUMENT")]
    from: Option<PathBuf>,
    /// The API that the document belongs to, by its name in openapi/sources.toml [default:
    /// organizations]. With --out it may be any other name: the document is then a foreign one
    #[arg(long, value_name = "NAME")]
    api: Option<String>,
    /// Write a crate that stands by itself into this folder, if it compiles; the repository stays
    /// as it is
    #[arg(long, value_name = "DIR", conflicts_with = "check")]
    out: Option<PathBuf>,
    /// Leave out what cannot be generated, and say what and why. Fixups apply where they fit, and
    /// missing operationIds are derived
    #[arg(long, requires = "out", requires = "from")]
    skip_unsupported: bool,
    /// Change nothing; show what is stale and exit with 1
    #[arg(long)]
    check: bool,
}

/// One API of the manifest with its texts.
struct Api {
    source: Source,
    contract: String,
    operations: String,
    docs: String,
}

pub(crate) fn run(root: &Path, arguments: &Arguments) -> Result<u8> {
    let started = Instant::now();
    let mut apis = read(root)?;
    let document = arguments.from.as_deref().map(read_document).transpose()?;
    let owner = owner(&apis, document.as_deref(), arguments)?;
    let from = || {
        arguments
            .from
            .as_ref()
            .map(|path| path.display().to_string())
    };
    if let (Some(owner), Some(text), false) = (owner, &document, arguments.skip_unsupported) {
        take(&mut apis[owner], text.as_bytes()).with_context(|| from().unwrap_or_default())?;
    }
    if let Some(folder) = &arguments.out {
        let made = match (owner, &document) {
            (Some(_), _) if !arguments.skip_unsupported => {
                canonical(&apis)?;
                aside::write(root, folder, &inputs(&apis), false)
            }
            (_, None) => bail!("--skip-unsupported needs a document: --from"),
            (owner, Some(text)) => {
                let api = owner.map(|owner| &apis[owner]);
                let inputs = foreign(api, arguments, text);
                aside::write(root, folder, &[inputs], arguments.skip_unsupported)
            }
        };
        let made = made.with_context(|| from().unwrap_or_else(|| manifest::PATH.to_owned()))?;
        print!("{}", aside::report(&made));
        println!(
            "{}; it compiles: {} ({:.1} s)",
            summary(&made),
            folder.display(),
            started.elapsed().as_secs_f32()
        );
        return Ok(0);
    }
    let (summary, stale) = compare(root, &mut apis)?;
    if arguments.check {
        return Ok(report(&stale, arguments));
    }
    files::write(root, &stale)?;
    println!(
        "{summary}; {} file(s) written ({:.1} s)",
        stale.len(),
        started.elapsed().as_secs_f32()
    );
    Ok(0)
}

/// The API whose contract the repository is mostly about, and that is meant unless said otherwise.
const DEFAULT: &str = "organizations";

/// Which API of the manifest this is about. None: the document is a foreign one.
///
/// A document without a name that is written aside belongs to the API with which it has most
/// operations in common, as far as that can be said.
fn owner(apis: &[Api], document: Option<&str>, arguments: &Arguments) -> Result<Option<usize>> {
    let aside = document.filter(|_| arguments.out.is_some());
    let by_name = |name: &str| apis.iter().position(|api| api.source.name == name);
    match (&arguments.api, aside) {
        (None, Some(text)) => {
            let path = || {
                arguments
                    .from
                    .as_ref()
                    .map(|path| path.display().to_string())
            };
            let own = codegen::operations(text).with_context(|| path().unwrap_or_default())?;
            Ok(apis.iter().position(|api| {
                let rows = toml::from_str::<toml::Table>(&api.operations).ok();
                let rows = rows.as_ref().and_then(|t| t.get("operations")?.as_table());
                let shared = own
                    .iter()
                    .filter(|key| rows.is_some_and(|r| r.contains_key(*key)));
                let shared = 2 * shared.count();
                shared >= own.len() && shared >= rows.map_or(0, toml::Table::len)
            }))
        }
        (name, _) => {
            let name = name.as_deref().unwrap_or(DEFAULT);
            let found = by_name(name);
            check_name(name)?;
            if found.is_none() && aside.is_none() {
                let known: Vec<_> = apis.iter().map(|a| a.source.name.as_str()).collect();
                bail!(
                    "{} has no API `{name}`; it has {}. A document of no API of ours needs --out",
                    manifest::PATH,
                    known.join(", ")
                );
            }
            Ok(found)
        }
    }
}

/// Checks that a name can be a module and a cargo feature of a generated crate.
fn check_name(name: &str) -> Result<()> {
    const TAKEN: [&str; 6] = [
        "default",
        "open-enum",
        "operation",
        "schemars",
        "schemas",
        "transport",
    ];
    let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let fine = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(legal)
        && !TAKEN.contains(&name)
        && codegen::is_identifier(&name.replace('-', "_"));
    if !fine {
        bail!(
            "{name:?} cannot be the name of an API: it is to be a module and a cargo feature, like `my-api`"
        );
    }
    Ok(())
}

/// A document taken as it comes: with the tables of an API if it is one's, and no list of fixups.
fn foreign<'a>(api: Option<&'a Api>, arguments: &'a Arguments, text: &'a str) -> Inputs<'a> {
    Inputs {
        name: match (api, &arguments.api) {
            (Some(api), _) => &api.source.name,
            (None, Some(name)) => name,
            (None, None) => "api",
        },
        contract: text,
        operations: api.map_or("", |api| &api.operations),
        docs: api.map_or("", |api| &api.docs),
        fixups: None,
    }
}

fn read_document(path: &Path) -> Result<String> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    String::from_utf8(bytes).map_err(|_| anyhow!("{} is not UTF-8 text", path.display()))
}

/// Makes these documents, by API, the committed ones: contracts, manifest and generated code in one
/// step. Returns what was done.
pub(crate) fn adopt(root: &Path, documents: &[(String, Vec<u8>)]) -> Result<String> {
    let mut apis = read(root)?;
    for api in &mut apis {
        if let Some((name, bytes)) = documents.iter().find(|(name, _)| *name == api.source.name) {
            take(api, bytes).with_context(|| format!("API `{name}`"))?;
        }
    }
    let (summary, stale) = compare(root, &mut apis)?;
    files::write(root, &stale)?;
    Ok(format!("{summary}; {} file(s) written", stale.len()))
}

/// The contracts as they have to be: one edited by hand, or not in canonical form, is stale too.
fn canonical(apis: &[Api]) -> Result<Files> {
    let contracts = apis.iter().map(|api| {
        let path = api.source.file("contract.json");
        let canonical = api.source.extract(&api.contract);
        let canonical = canonical.with_context(|| path.clone())?;
        Ok((path, canonical))
    });
    contracts.collect()
}

/// What the repository has to hold, as far as it does not.
fn compare(root: &Path, apis: &mut [Api]) -> Result<(String, Vec<files::Stale>)> {
    let mut wanted = canonical(apis)?;
    let made = generate(apis, &codegen::Options::default())?;
    let summary = summary(&made);
    for (api, generated) in apis.iter_mut().zip(&made.apis) {
        api.source.operations = generated.total;
    }
    let sources: Vec<&Source> = apis.iter().map(|api| &api.source).collect();
    wanted.insert(manifest::PATH.to_owned(), manifest::write(&sources));
    let generated = made.files.into_iter();
    wanted.extend(generated.map(|(path, text)| (format!("generated/{path}"), text)));
    let stale = files::stale(root, &wanted, &["generated"])?;
    Ok((summary, stale))
}

/// The crate of the committed contract of the API that is meant unless said otherwise.
pub(crate) fn committed(root: &Path, options: &codegen::Options) -> Result<codegen::Crate> {
    let mut apis = read(root)?;
    apis.retain(|api| api.source.name == DEFAULT);
    generate(&apis, options)
}

fn generate(apis: &[Api], options: &codegen::Options) -> Result<codegen::Crate> {
    Ok(codegen::generate(&inputs(apis), options)?)
}

fn inputs(apis: &[Api]) -> Vec<Inputs<'_>> {
    let inputs = apis.iter().map(|api| Inputs {
        name: &api.source.name,
        contract: &api.contract,
        operations: &api.operations,
        docs: &api.docs,
        fixups: Some(&api.source.fixups),
    });
    inputs.collect()
}

fn summary(made: &codegen::Crate) -> String {
    let lines: usize = made.files.values().map(|text| text.lines().count()).sum();
    let apis = made.apis.iter();
    let apis: Vec<_> = apis
        .map(|api| match api.left_out.is_empty() {
            true => format!("{}: {} operations", api.api, api.operations),
            false => format!(
                "{}: {} of {} operations",
                api.api, api.operations, api.total
            ),
        })
        .collect();
    let files = made.files.len();
    format!("{}; {lines} lines in {files} files", apis.join(", "))
}

fn report(stale: &[files::Stale], arguments: &Arguments) -> u8 {
    if stale.is_empty() {
        println!("up to date");
        return 0;
    }
    let from = arguments.from.as_ref();
    let api = arguments.api.as_deref().unwrap_or(DEFAULT);
    let from = from.map(|path| format!(" --from {} --api {api}", path.display()));
    println!(
        "{}\n{} file(s) are not what the contract says. Run: cargo xtask regen{}",
        files::show(stale),
        stale.len(),
        from.unwrap_or_default()
    );
    1
}

/// Every API of the manifest.
fn read(root: &Path) -> Result<Vec<Api>> {
    let sources = manifest::read(root)?.into_iter();
    let apis = sources.map(|source| {
        let text = |file: &str, optional: bool| {
            let path = root.join(source.file(file));
            match fs::read_to_string(&path) {
                Err(e) if optional && e.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
                other => other.with_context(|| format!("cannot read {}", path.display())),
            }
        };
        Ok(Api {
            // Not there yet for an API that is being added with `--from`.
            contract: text("contract.json", true)?,
            operations: text("operations.toml", false)?,
            docs: text("docs.toml", false)?,
            source,
        })
    });
    apis.collect()
}

/// Takes a published document: its contract, and in the manifest what pins it.
fn take(api: &mut Api, document: &[u8]) -> Result<()> {
    let text = std::str::from_utf8(document).context("not UTF-8 text")?;
    api.contract = api.source.extract(text)?;
    let sha256 = manifest::sha256(document);
    if api.source.sha256 != sha256 {
        api.source.sha256 = sha256;
        api.source.read = today();
    }
    Ok(())
}

/// Today in UTC, as `2026-11-23`.
fn today() -> String {
    let since = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let days = i64::try_from(since.as_secs() / 86_400).unwrap_or_default();
    // Civil date from a day count, in the proleptic Gregorian calendar.
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}
