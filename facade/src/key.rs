//! The organization API key: read from wherever it is kept, checked, and never shown.

use std::ffi::OsStr;
use std::fmt;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

use http::HeaderValue;

use crate::error::Error;

/// Far above any key, and far below what would be a mistake to read.
const LONGEST_KEY: usize = 8 * 1024;

const WHERE_KEYS_ARE: &str = "organization API keys are made at admin.atlassian.com > Organization \
     settings > API keys, by an organization admin";

/// An organization API key.
///
/// Made at admin.atlassian.com > Organization settings > API keys, by an organization admin, and
/// *without scopes*, since most of the API takes no other. A user's API token is something else
/// and is refused by the service.
///
/// White space around the key, such as the newline at the end of a file, is dropped. `Debug` prints
/// no part of it, nothing else prints it, and the header it becomes is marked as sensitive.
///
/// ```
/// use atlassian_orgs::ApiKey;
///
/// let key = ApiKey::new("ATCTT3x-not-a-real-key\n")?;
/// assert_eq!(format!("{key:?}"), "ApiKey(redacted)");
/// # Ok::<(), atlassian_orgs::Error>(())
/// ```
#[derive(Clone)]
pub struct ApiKey {
    header: HeaderValue,
}

impl ApiKey {
    /// From a text.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if it is empty, can't stand in a header, or
    /// looks like `address:token`, which is how a user's API token is used.
    pub fn new(key: impl Into<String>) -> Result<Self, Error> {
        Self::checked(&key.into())
    }

    /// From an environment variable.
    ///
    /// # Errors
    /// As [`new`](Self::new), and if the variable is not set or not Unicode.
    ///
    /// ```
    /// use atlassian_orgs::ApiKey;
    ///
    /// let error = ApiKey::from_env("NO_SUCH_VARIABLE").unwrap_err();
    /// assert_eq!(error.to_string(), "the environment variable NO_SUCH_VARIABLE is not set");
    /// ```
    pub fn from_env(name: impl AsRef<OsStr>) -> Result<Self, Error> {
        let name = name.as_ref();
        let shown = shown(name, |c| {
            c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'
        });
        let key = std::env::var_os(name)
            .ok_or_else(|| Error::config(format!("the environment variable{shown} is not set")))?;
        let key = key.into_string().map_err(|_| {
            Error::config(format!("the environment variable{shown} is not Unicode"))
        })?;
        Self::checked(&key)
    }

    /// From a file that holds nothing else, such as a mounted secret.
    ///
    /// # Errors
    /// As [`new`](Self::new), and if the file can't be read.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, Error> {
        let file = std::fs::File::open(path)
            .map_err(|error| Error::config("the key file can't be opened").with_cause(error))?;
        Self::checked(&read(file, "the key file")?)
    }

    /// From what a command prints, such as a password manager. Runs it and waits for its end, so
    /// that it can ask for a password on the terminal.
    ///
    /// # Errors
    /// As [`new`](Self::new), and if the command can't be run or fails. The error names the program,
    /// never what it printed.
    ///
    /// ```no_run
    /// use atlassian_orgs::ApiKey;
    ///
    /// let key = ApiKey::from_command("pass", ["show", "atlassian/org-api-key"])?;
    /// # Ok::<(), atlassian_orgs::Error>(())
    /// ```
    pub fn from_command<I>(program: impl AsRef<OsStr>, args: I) -> Result<Self, Error>
    where
        I: IntoIterator<Item: AsRef<OsStr>>,
    {
        let program = program.as_ref();
        let name = Path::new(program).file_name().unwrap_or_default();
        let shown = shown(name, |c| {
            c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')
        });
        let failed = |what: &str| Error::config(format!("the command{shown} {what}"));
        let mut child = Command::new(program)
            .args(args)
            .stdin(Stdio::inherit())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .map_err(|error| failed("can't be run").with_cause(error))?;
        let output = match child.stdout.take() {
            Some(stdout) => read(stdout, "what the command printed"),
            None => Err(failed("has no output")),
        };
        if output.is_err() {
            // It may go on printing for ever; its status no longer matters, nor whether it is gone already.
            let _ = child.kill();
        }
        let status = child
            .wait()
            .map_err(|error| failed("can't be waited for").with_cause(error))?;
        let output = output?;
        match status.code() {
            Some(0) => Self::checked(&output),
            Some(code) => Err(failed(&format!("failed with status {code}"))),
            None => Err(failed("was ended by a signal")),
        }
    }

    fn checked(key: &str) -> Result<Self, Error> {
        let key = key.trim();
        let wrong = |what: &'static str| Err(Error::config(what).with_hint(WHERE_KEYS_ARE));
        if key.is_empty() {
            return wrong("the API key is empty");
        }
        if key.len() > LONGEST_KEY {
            return wrong("the API key is too long to be one");
        }
        if key
            .split_once(':')
            .is_some_and(|(user, _)| user.contains('@'))
        {
            return wrong(
                "this looks like a user's address and API token, not an organization API key",
            );
        }
        if key.contains(['\n', '\r']) {
            return wrong("the API key has more than one line");
        }
        if ["bearer ", "basic "]
            .iter()
            .any(|word| starts_with(key, word))
        {
            return wrong(
                "the API key is given with the name of a scheme: leave out the word before it",
            );
        }
        if !key.bytes().all(|b| b.is_ascii_graphic()) {
            return wrong("the API key has a space, a control character or one outside ASCII");
        }
        let mut header = HeaderValue::try_from(format!("Bearer {key}"))
            // The cause would be harmless, but adds nothing.
            .map_err(|_| Error::config("the API key can't stand in a header"))?;
        header.set_sensitive(true);
        Ok(Self { header })
    }

    /// `Bearer …`, marked as sensitive; cloning it copies nothing.
    pub(crate) fn header(&self) -> HeaderValue {
        self.header.clone()
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(redacted)")
    }
}

fn starts_with(text: &str, word: &str) -> bool {
    text.get(..word.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(word))
}

/// A name for an error text, with a space before it; nothing if it may be the key itself, passed
/// where the name of its place was meant.
fn shown(name: &OsStr, allowed: impl Fn(char) -> bool) -> String {
    match name.to_str() {
        Some(name) if !name.is_empty() && name.len() <= 64 && name.chars().all(allowed) => {
            format!(" {name}")
        }
        _ => String::new(),
    }
}

fn read(source: impl Read, what: &str) -> Result<String, Error> {
    let mut bytes = Vec::new();
    source
        .take(LONGEST_KEY as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Error::config(format!("{what} can't be read")).with_cause(error))?;
    if bytes.len() > LONGEST_KEY {
        return Err(Error::config(format!(
            "{what} is too long to be an API key"
        )));
    }
    // The error would hold the bytes.
    String::from_utf8(bytes).map_err(|_| Error::config(format!("{what} is not UTF-8")))
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_key_is_trimmed_sensitive_and_never_shown() {
        let key = ApiKey::new("\r\n ATCTT3xFfGN0=1A2B \n").unwrap();
        let header = key.header();
        assert_eq!(header.as_bytes(), b"Bearer ATCTT3xFfGN0=1A2B");
        assert!(header.is_sensitive() && key.clone().header().is_sensitive());
        assert_eq!(
            format!("{key:?} {:?}", Some(&key)),
            "ApiKey(redacted) Some(ApiKey(redacted))"
        );
        assert_eq!(format!("{header:?}"), "Sensitive");
    }

    #[test]
    fn what_is_no_key_is_refused_with_a_reason() {
        let mut out = String::new();
        for text in [
            "",
            " \n",
            "mia@example.com:canary",
            "canary\ncanary",
            "Bearer canary",
            "basic canary",
            "canary canary",
            "canary\u{7}",
            "canary\u{e9}",
            "\u{feff}canary",
        ] {
            let error = ApiKey::new(text).unwrap_err();
            assert!(error.is_config() && error.is_not_sent());
            assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
            assert_eq!(error.hint(), Some(WHERE_KEYS_ARE));
            let words = error.to_string();
            writeln!(out, "{text:?}: {}", words.split("; ").next().unwrap()).unwrap();
        }
        assert!(ApiKey::new("x".repeat(LONGEST_KEY)).is_ok());
        assert!(ApiKey::new("x".repeat(LONGEST_KEY + 1)).is_err());
        insta::assert_snapshot!(out, @r##"
        "": the API key is empty
        " \n": the API key is empty
        "mia@example.com:canary": this looks like a user's address and API token, not an organization API key
        "canary\ncanary": the API key has more than one line
        "Bearer canary": the API key is given with the name of a scheme: leave out the word before it
        "basic canary": the API key is given with the name of a scheme: leave out the word before it
        "canary canary": the API key has a space, a control character or one outside ASCII
        "canary\u{7}": the API key has a space, a control character or one outside ASCII
        "canaryé": the API key has a space, a control character or one outside ASCII
        "\u{feff}canary": the API key has a space, a control character or one outside ASCII
        "##);
    }

    #[test]
    fn from_the_environment() {
        // Cargo sets it for every test.
        let key = ApiKey::from_env("CARGO_PKG_NAME").unwrap();
        assert_eq!(key.header().as_bytes(), b"Bearer atlassian-orgs");
        // The key itself, passed where its name was meant.
        let error = ApiKey::from_env("ATCTT3xFfGN0").unwrap_err();
        assert_eq!(error.to_string(), "the environment variable is not set");
    }

    #[test]
    fn from_a_file() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"ATCTT3xFfGN0\r\n").unwrap();
        let key = ApiKey::from_file(file.path()).unwrap();
        assert_eq!(key.header().as_bytes(), b"Bearer ATCTT3xFfGN0");

        let missing = ApiKey::from_file("/no/such/canary").unwrap_err();
        assert_eq!(missing.to_string(), "the key file can't be opened");
        let source = std::error::Error::source(&missing).unwrap().to_string();
        assert_eq!(source, "no such file or program");

        file.write_all(&[0xff]).unwrap();
        assert_eq!(
            ApiKey::from_file(file.path()).unwrap_err().to_string(),
            "the key file is not UTF-8"
        );
        file.write_all(&[b'x'; LONGEST_KEY]).unwrap();
        let long = ApiKey::from_file(file.path()).unwrap_err();
        assert_eq!(
            long.to_string(),
            "the key file is too long to be an API key"
        );
    }

    #[cfg(unix)]
    #[test]
    fn from_a_command() {
        let shell = |script: &str| ApiKey::from_command("/bin/sh", ["-c", script]);
        let key = shell("echo ATCTT3xFfGN0").unwrap();
        assert_eq!(key.header().as_bytes(), b"Bearer ATCTT3xFfGN0");

        let failed = shell("echo canary; exit 3").unwrap_err();
        assert_eq!(failed.to_string(), "the command sh failed with status 3");
        assert_eq!(
            shell("kill -9 $$").unwrap_err().to_string(),
            "the command sh was ended by a signal"
        );
        assert!(
            shell("true")
                .unwrap_err()
                .to_string()
                .starts_with("the API key is empty")
        );
        let endless = shell("trap '' PIPE; while :; do echo canary; done 2>/dev/null").unwrap_err();
        assert_eq!(
            endless.to_string(),
            "what the command printed is too long to be an API key"
        );

        let missing = ApiKey::from_command("no-such-program", [""; 0]).unwrap_err();
        assert_eq!(
            missing.to_string(),
            "the command no-such-program can't be run"
        );
    }
}
