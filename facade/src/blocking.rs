//! For programs that are not async.

use std::future::IntoFuture;
use std::sync::OnceLock;

use tokio::runtime::{Builder, Handle, Runtime};

use crate::error::Error;

/// All calls of a program share it, so that connections outlive a call.
static RUNTIME: OnceLock<Runtime> = OnceLock::new();

/// Waits for a call of this crate, in a program that is not async. Any number of threads may do so at
/// once.
///
/// ```
/// use atlassian_orgs::blocking::wait;
/// use atlassian_orgs::{ApiKey, Client, OrgId};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
/// # let sandbox = runtime.block_on(atlassian_orgs_sandbox::Sandbox::builder().users(3).start())?;
///
/// let key = ApiKey::new(sandbox.api_key())?;
/// let client = Client::builder().base_url(sandbox.url()).api_key(key).build()?;
/// let org = client.organization(OrgId::new(sandbox.org_id())?);
/// println!("{}", wait(org.user("user-0001@example.com").suspend())?);
/// let plan = wait(org.suspend_users("user-0002@example.com").plan())?;
/// wait(plan.run())?.ensure_complete()?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// Those of the call, and [`Config`](crate::ErrorKind::Config) if it is made from async code, where it
/// would block others, or if no thread can be had for it. Then nothing was sent.
pub fn wait<T>(call: impl IntoFuture<Output = Result<T, Error>>) -> Result<T, Error> {
    if Handle::try_current().is_ok() {
        return Err(Error::config("a blocking call was made from async code")
            .with_hint("await the call itself instead"));
    }
    let runtime = match RUNTIME.get() {
        Some(runtime) => runtime,
        None => {
            let one = Builder::new_multi_thread()
                .worker_threads(1)
                .thread_name("atlassian-orgs")
                .enable_all()
                .build()
                .map_err(|error| {
                    Error::config("no thread can be had for blocking calls").with_cause(error)
                })?;
            // Of two that come at once, one is dropped unused.
            RUNTIME.get_or_init(|| one)
        }
    };
    runtime.block_on(call.into_future())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn async_code_is_told() {
        let runtime = Builder::new_current_thread().build().unwrap();
        let error = runtime.block_on(async { wait(async { Ok(()) }).unwrap_err() });
        assert!(error.is_config() && error.is_not_sent(), "{error}");
        assert!(wait(async { Ok(()) }).is_ok());
    }
}
