//! A client of a few lines, so that each test says only what it is about.

use atlassian_orgs_sandbox::Sandbox;
use reqwest::{Method, Response};
use serde_json::Value;

pub(crate) struct Client {
    http: reqwest::Client,
    url: String,
    key: Option<String>,
    pub(crate) org: String,
    pub(crate) directory: String,
}

/// Status and body of an answer; null for an empty one.
pub(crate) type Answer = (u16, Value);

impl Client {
    pub(crate) fn new(sandbox: &Sandbox) -> Self {
        Self {
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            url: sandbox.url(),
            key: Some(sandbox.api_key()),
            org: sandbox.org_id(),
            directory: sandbox.directory_ids()[0].clone(),
        }
    }

    /// A client of the program, by what it said with `--json`.
    pub(crate) fn of_program(place: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self {
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            url: text(&place["url"]),
            key: Some(text(&place["api_key"])),
            org: text(&place["org_id"]),
            directory: text(&place["directory_ids"][0]),
        }
    }

    pub(crate) fn key(mut self, key: Option<&str>) -> Self {
        self.key = key.map(str::to_owned);
        self
    }

    pub(crate) fn directory(mut self, directory: &str) -> Self {
        self.directory = directory.to_owned();
        self
    }

    pub(crate) fn org(mut self, org: &str) -> Self {
        self.org = org.to_owned();
        self
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> reqwest::Result<Response> {
        let mut request = self.http.request(method, format!("{}/{path}", self.url));
        if let Some(key) = &self.key {
            request = request.bearer_auth(key);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        request.send().await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        answer(self.send(Method::GET, path, None).await.unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        answer(self.send(Method::POST, path, Some(body)).await.unwrap()).await
    }

    /// A path below the organization, version 2.
    pub(crate) fn v2(&self, rest: &str) -> String {
        format!("v2/orgs/{}/{rest}", self.org)
    }

    /// A path below the directory.
    pub(crate) fn dir(&self, rest: &str) -> String {
        self.v2(&format!("directories/{}/{rest}", self.directory))
    }

    pub(crate) async fn search(&self, body: Value) -> Answer {
        self.post(&self.dir("users/search"), body).await
    }

    pub(crate) async fn invite(&self, body: Value) -> Answer {
        self.post(&self.v2("users/invite"), body).await
    }

    pub(crate) async fn suspend(&self, id: &str) -> Answer {
        answer(
            self.send(
                Method::POST,
                &self.dir(&format!("users/{id}/suspend")),
                None,
            )
            .await
            .unwrap(),
        )
        .await
    }

    pub(crate) async fn restore(&self, id: &str) -> Answer {
        answer(
            self.send(
                Method::POST,
                &self.dir(&format!("users/{id}/restore")),
                None,
            )
            .await
            .unwrap(),
        )
        .await
    }

    pub(crate) async fn remove(&self, id: &str) -> Answer {
        answer(
            self.send(Method::DELETE, &self.dir(&format!("users/{id}")), None)
                .await
                .unwrap(),
        )
        .await
    }

    /// Every row of a search, page by page.
    pub(crate) async fn search_all(&self, body: Value) -> Vec<Value> {
        let mut body = body;
        let mut rows = Vec::new();
        loop {
            let (status, page) = self.search(body.clone()).await;
            assert_eq!(status, 200, "{page}");
            rows.extend(page["data"].as_array().unwrap().iter().cloned());
            match page["links"]["next"]
                .as_str()
                .filter(|next| !next.is_empty())
            {
                Some(next) => body["cursor"] = next.into(),
                None => return rows,
            }
        }
    }
}

pub(crate) async fn answer(response: Response) -> Answer {
    let status = response.status().as_u16();
    let bytes = response.bytes().await.unwrap();
    let body = if bytes.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(&bytes).unwrap()
    };
    (status, body)
}

/// The addresses of rows.
pub(crate) fn emails(page: &Value) -> Vec<&str> {
    page["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["email"].as_str().unwrap())
        .collect()
}

/// The code of an error body.
pub(crate) fn code(body: &Value) -> &str {
    body["errors"][0]["code"]
        .as_str()
        .unwrap_or_else(|| panic!("no code in {body}"))
}
