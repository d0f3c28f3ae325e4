//! Contract tests of atlassian-orgs. Everything is in `tests/`: each file is about one promise, kept over
//! real HTTP against the sandbox or over a transport that records what would go out.
