//! The three clients. All have the same settings of HTTP, so that only what is above it differs.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;

use anyhow::{Context, ensure};
use atlassian_orgs::raw::operation::Operation;
use atlassian_orgs::raw::organizations::{self, types};
use atlassian_orgs::raw::transport::{Exchange, Transport, TransportError, TransportErrorKind};
use atlassian_orgs::{ApiKey, Client, OrgId, Organization};
use http::HeaderValue;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};

use crate::Read;

const KEY: &str = "key-of-the-measurement";
const ORG: &str = "2f0c7e1a-5b3d-4e8f-9a6b-7c1d2e3f4a5b";
const PEOPLE: u32 = 100;

fn http() -> anyhow::Result<reqwest::Client> {
    let http = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never());
    Ok(http.build()?)
}

fn bearer() -> anyhow::Result<HeaderValue> {
    Ok(HeaderValue::try_from(format!("Bearer {KEY}"))?)
}

/// The requests that the others make, their answers read to the end and not looked into.
pub(crate) struct Reqwest {
    http: reqwest::Client,
    bearer: HeaderValue,
    url: String,
}

impl Reqwest {
    pub(crate) fn new(url: &str) -> anyhow::Result<Self> {
        Ok(Self {
            http: http()?,
            bearer: bearer()?,
            url: format!("{url}/v2/orgs/{ORG}/directories"),
        })
    }

    pub(crate) async fn run(&self, read: Read, calls: usize) -> anyhow::Result<()> {
        for call in 0..calls {
            let request = match read {
                Read::Count => self.http.get(format!("{}/-/users/count", self.url)),
                Read::Directories => self.http.get(&*self.url),
                Read::Page => {
                    let body = match call {
                        0 => format!("{{\"limit\":{PEOPLE}}}"),
                        n => format!("{{\"cursor\":\"page-{n}\",\"limit\":{PEOPLE}}}"),
                    };
                    let request = self.http.post(format!("{}/-/users/search", self.url));
                    request.header(CONTENT_TYPE, "application/json").body(body)
                }
            };
            let request = request
                .header(AUTHORIZATION, self.bearer.clone())
                .header(ACCEPT, "application/json");
            let answer = request.send().await?.error_for_status()?;
            ensure!(!answer.bytes().await?.is_empty(), "an answer is empty");
        }
        Ok(())
    }
}

/// The generated client over the least that a transport has to do.
pub(crate) struct Generated(organizations::Client);

impl Generated {
    pub(crate) fn new(url: &str) -> anyhow::Result<Self> {
        let bare = Bare {
            http: http()?,
            bearer: bearer()?,
        };
        let requests = bare.http.clone();
        let client = organizations::Client::new_with_client(url, requests, Arc::new(bare));
        Ok(Self(client))
    }

    pub(crate) async fn run(&self, read: Read, calls: usize) -> anyhow::Result<()> {
        let mut cursor = None;
        for _ in 0..calls {
            match read {
                Read::Count => {
                    let request = self.0.get_directory_users_count();
                    let answer = request.org_id(ORG).directory_id("-").send().await?;
                    ensure!(answer.count == Some(1234), "not the count");
                }
                Read::Directories => {
                    let request = self.0.get_directories_for_org();
                    let answer = request.org_id(ORG).send().await?.into_inner();
                    ensure!(answer.data.is_some_and(|rows| rows.len() == 1), "no rows");
                }
                Read::Page => {
                    let body = types::MultiDirectoryUserSearchRequest {
                        limit: NonZeroU32::new(PEOPLE),
                        cursor,
                        ..Default::default()
                    };
                    let request = self.0.search_directory_users();
                    let request = request.org_id(ORG).directory_id("-").body(body);
                    let answer = request.send().await?.into_inner();
                    ensure!(answer.data.is_some_and(|rows| rows.len() == 100), "no rows");
                    cursor = answer.links.and_then(|links| links.next);
                }
            }
        }
        Ok(())
    }
}

struct Bare {
    http: reqwest::Client,
    bearer: HeaderValue,
}

impl fmt::Debug for Bare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bare")
    }
}

impl Transport for Bare {
    fn send<'a>(&'a self, mut request: reqwest::Request, _: &'static Operation) -> Exchange<'a> {
        let failure =
            |error| TransportError::new(TransportErrorKind::Other, true).with_cause(error);
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, self.bearer.clone());
        Box::pin(async move {
            let mut response = self.http.execute(request).await.map_err(failure)?;
            let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
            let mut answer = http::Response::new(response.bytes().await.map_err(failure)?);
            *answer.status_mut() = status;
            *answer.headers_mut() = headers;
            Ok(answer)
        })
    }
}

/// What people use, as it is built without further words.
pub(crate) struct Facade(Organization);

impl Facade {
    pub(crate) fn new(url: &str) -> anyhow::Result<Self> {
        let client = Client::builder()
            .base_url(url)
            .api_key(ApiKey::new(KEY)?)
            .http(reqwest::ClientBuilder::no_proxy);
        Ok(Self(client.build()?.organization(OrgId::new(ORG)?)))
    }

    pub(crate) async fn run(&self, read: Read, calls: usize) -> anyhow::Result<()> {
        let mut pages = self.0.users().pages();
        for _ in 0..calls {
            match read {
                Read::Count => ensure!(self.0.users().count().await? == 1234, "not the count"),
                Read::Directories => {
                    ensure!(self.0.directories().await?.len() == 1, "no rows");
                }
                Read::Page => {
                    let page = pages.try_next().await?.context("the list has ended")?;
                    ensure!(page.len() == PEOPLE as usize, "no rows");
                }
            }
        }
        Ok(())
    }
}
