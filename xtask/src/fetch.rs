//! `cargo xtask fetch`: the documents as they are published today, and what changed in them.

use std::io::Read;
use std::net::IpAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail, ensure};
use reqwest::blocking::{Client, Response};
use reqwest::{StatusCode, Url, header, redirect};

use crate::manifest::{self, Source};
use crate::{diff, regen};

/// The largest published document has 3 MB.
const LIMIT: usize = 64 << 20;

/// Further redirects than this are a loop.
const HOPS: usize = 3;

/// Exit status: 0 nothing changed or, with `--apply`, everything is up to date; 1 something changed;
/// 2 trouble, and everything is as it was.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Only this API, by its name in openapi/sources.toml; may be repeated
    #[arg(long, value_name = "NAME")]
    api: Vec<String>,
    /// Fetch the document of an API from here in place of the manifest's URL; may be repeated
    #[arg(long, value_name = "NAME=URL")]
    url: Vec<String>,
    /// Update contract, manifest and generated code, for all APIs in one step
    #[arg(long)]
    apply: bool,
    /// Give up on a document after this time
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    timeout: u64,
}

pub(crate) fn run(root: &Path, arguments: &Arguments) -> Result<u8> {
    let sources = manifest::read(root)?;
    let places = places(&sources, arguments)?;
    let mut documents = Vec::new();
    let mut changed = false;
    let mut reports = String::new();
    // Everything is fetched and checked before anything is printed or written.
    for (source, url) in places {
        let bytes = document(&url, Duration::from_secs(arguments.timeout))
            .with_context(|| format!("API `{}`, {url}", source.name))?;
        let text = std::str::from_utf8(&bytes)
            .with_context(|| format!("API `{}`, {url}: not UTF-8 text", source.name))?;
        let report = diff::against_committed(root, source, text)
            .with_context(|| format!("API `{}`, {url}", source.name))?;
        let same_bytes = manifest::sha256(&bytes) == source.sha256;
        changed |= !same_bytes || !report.is_empty();
        reports.push_str(&format!("API `{}`, as of {url}\n\n", source.name));
        reports.push_str(&match (same_bytes, report.is_empty()) {
            (true, true) => "The document is the one that was read last.\n".to_owned(),
            (false, true) => {
                "Only words changed, or the order of things: the structure is the same, the text \
                 of the document is not. Read it again for codes, limits and end dates.\n"
                    .to_owned()
            }
            (_, false) => report.to_markdown(),
        });
        reports.push('\n');
        documents.push((source.name.clone(), bytes));
    }
    print!("{reports}");
    if !arguments.apply {
        return Ok(u8::from(changed));
    }
    println!("{}", regen::adopt(root, &documents)?);
    Ok(0)
}

/// Which documents to fetch, and where from.
fn places<'s>(sources: &'s [Source], arguments: &Arguments) -> Result<Vec<(&'s Source, Url)>> {
    let known = |name: &str| -> Result<()> {
        let names: Vec<&str> = sources.iter().map(|s| s.name.as_str()).collect();
        let all = names.join(", ");
        ensure!(
            names.contains(&name),
            "{} has no API `{name}`; it has {all}",
            manifest::PATH
        );
        Ok(())
    };
    let mut instead = Vec::new();
    for one in &arguments.url {
        let (name, url) = one
            .split_once('=')
            .with_context(|| format!("--url {one}: not of the form NAME=URL"))?;
        known(name)?;
        instead.push((name, url));
    }
    arguments.api.iter().try_for_each(|name| known(name))?;
    // An API that Atlassian no longer publishes has no URL; its contract is all there is.
    let published = |s: &Source| !s.url.is_empty() || instead.iter().any(|(n, _)| *n == s.name);
    let named = |s: &Source| arguments.api.is_empty() || arguments.api.contains(&s.name);
    let wanted = |s: &&Source| named(s) && published(s);
    let places = sources.iter().filter(wanted).map(|source| {
        let text = instead.iter().find(|(name, _)| *name == source.name);
        let text = text.map_or(source.url.as_str(), |(_, url)| url);
        let url = Url::parse(text).with_context(|| format!("API `{}`: {text}", source.name))?;
        ensure!(
            url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url)),
            "API `{}`: {text}: only https (http on loopback)",
            source.name
        );
        Ok((source, url))
    });
    places.collect()
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

/// Downloads one document: from its own host only, of bounded size, in bounded time.
fn document(start: &Url, timeout: Duration) -> Result<Vec<u8>> {
    let deadline = Instant::now() + timeout;
    let mut builder = Client::builder()
        .redirect(redirect::Policy::none())
        .user_agent("atlassian-orgs xtask");
    if is_loopback(start) {
        builder = builder.no_proxy();
    }
    let client = builder.build().context("cannot make an HTTP client")?;
    let mut url = start.clone();
    for _ in 0..=HOPS {
        let left = deadline.saturating_duration_since(Instant::now());
        let request = client.get(url.clone()).timeout(left);
        let response = request
            .header(header::ACCEPT, "application/json")
            .send()
            .map_err(|error| told(error, timeout))?;
        let status = response.status();
        if !status.is_redirection() {
            ensure!(status == StatusCode::OK, "the answer is {status}");
            return body(response, deadline, timeout);
        }
        url = next(&url, &response)?;
    }
    bail!("more than {HOPS} redirects")
}

/// Where a redirect leads, if it may: the host that is named in the manifest is the one we trust.
fn next(from: &Url, response: &Response) -> Result<Url> {
    let status = response.status();
    let location = response.headers().get(header::LOCATION);
    let location = location.and_then(|value| value.to_str().ok());
    let location = location.with_context(|| format!("{status} without a place to go to"))?;
    let to = from
        .join(location)
        .with_context(|| format!("{status} leads to no URL"))?;
    ensure!(
        to.origin() == from.origin(),
        "{status} leads to another host, {}: refused",
        to.origin().ascii_serialization()
    );
    Ok(to)
}

fn body(mut response: Response, deadline: Instant, timeout: Duration) -> Result<Vec<u8>> {
    let announced = response.content_length().unwrap_or_default();
    let huge = || anyhow!("larger than {} MiB: refused", LIMIT >> 20);
    ensure!(announced <= LIMIT as u64, huge());
    let mut bytes = Vec::new();
    let mut chunk = vec![0; 64 << 10];
    loop {
        let n = response.read(&mut chunk).map_err(|error| {
            let late = Instant::now() >= deadline || error.kind() == std::io::ErrorKind::TimedOut;
            match late {
                true => too_slow(timeout),
                false => anyhow!(error).context("the answer is cut off"),
            }
        })?;
        if n == 0 {
            return Ok(bytes);
        }
        bytes.extend_from_slice(&chunk[..n]);
        ensure!(bytes.len() <= LIMIT, huge());
        // The client's own limit is on each read, so one that drips would never end.
        ensure!(Instant::now() < deadline, too_slow(timeout));
    }
}

fn told(error: reqwest::Error, timeout: Duration) -> anyhow::Error {
    match error.is_timeout() {
        true => too_slow(timeout),
        false => anyhow!(error.without_url()).context("cannot be fetched"),
    }
}

fn too_slow(timeout: Duration) -> anyhow::Error {
    anyhow!("not there after {} s", timeout.as_secs())
}
