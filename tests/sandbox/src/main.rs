//! The sandbox as a program, for clients in any language.

mod help;

use std::process::ExitCode;
use std::str::FromStr;

use atlassian_orgs_sandbox::{Builder, Lag, Limit, Misspelled, Profile, Rule, Sandbox};

struct Options {
    builder: Builder,
    json: bool,
}

enum Wanted {
    Run(Box<Options>),
    Text(String),
}

fn main() -> ExitCode {
    let options = match read(std::env::args().skip(1)) {
        Ok(Wanted::Run(options)) => options,
        Ok(Wanted::Text(text)) => {
            print!("{text}");
            return ExitCode::SUCCESS;
        }
        Err(problem) => {
            eprint!("{problem}\n\n{}", help::USAGE);
            return ExitCode::from(2);
        }
    };
    match run(*options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let cause = std::error::Error::source(&*error)
                .map(|cause| format!(": {cause}"))
                .unwrap_or_default();
            eprintln!("{error}{cause}");
            ExitCode::FAILURE
        }
    }
}

fn read(arguments: impl Iterator<Item = String>) -> Result<Wanted, String> {
    let mut arguments = arguments.peekable();
    let mut options = Options {
        builder: Sandbox::builder().keep_requests(0),
        json: false,
    };
    while let Some(argument) = arguments.next() {
        let (flag, inline) = match argument.split_once('=') {
            Some((flag, value)) if flag.starts_with("--") => {
                (flag.to_owned(), Some(value.to_owned()))
            }
            _ => (argument, None),
        };
        let switch = matches!(
            flag.as_str(),
            "--no-paid-plan" | "--json" | "--help" | "--behaviours" | "--operations"
        );
        if switch && inline.is_some() {
            return Err(format!("{flag} takes no value"));
        }
        let mut value = || {
            inline
                .clone()
                .or_else(|| arguments.next())
                .ok_or_else(|| format!("{flag} needs a value"))
        };
        let builder = options.builder;
        options.builder = match flag.as_str() {
            "--port" => builder.port(number(&flag, &value()?)?),
            "--users" => builder.users(number(&flag, &value()?)?),
            "--directories" => match number(&flag, &value()?)? {
                0 => return Err("--directories needs at least 1".to_owned()),
                count => builder.directories(count),
            },
            "--profile" => match value()?.as_str() {
                "published" => builder.profile(Profile::Published),
                "live" => builder.profile(Profile::Live),
                other => return Err(format!("--profile is published or live, not `{other}`")),
            },
            "--behaviour" => {
                let pair = value()?;
                let (name, position) = pair
                    .split_once('=')
                    .ok_or("--behaviour needs NAME=POSITION")?;
                builder.behaviour_by_name(name, position)
            }
            "--fault" => builder.fault(spelled::<Rule>(&flag, &value()?)?),
            "--limit" => match value()?.as_str() {
                "published" => builder.rate_limits(Limit::published()),
                text => builder.rate_limit(spelled(&flag, text)?),
            },
            "--lag" => builder.lag(spelled::<Lag>(&flag, &value()?)?),
            "--refuse-invitation" => {
                let value = value()?;
                let (email, reason) = value
                    .split_once('=')
                    .unwrap_or((&value, "The invitation was refused"));
                builder.refuse_invitation(email, reason)
            }
            "--key" => builder.key(value()?),
            "--scoped-key" => {
                let pair = value()?;
                let (key, scopes) = pair
                    .split_once('=')
                    .ok_or("--scoped-key needs KEY=SCOPE,SCOPE")?;
                builder.scoped_key(key, scopes.split(',').filter(|scope| !scope.is_empty()))
            }
            "--seed" => builder.seed(number(&flag, &value()?)?),
            "--no-paid-plan" => builder.paid_plan(false),
            "--json" => {
                options.json = true;
                builder
            }
            "--help" => return Ok(Wanted::Text(help::help())),
            "--behaviours" => return Ok(Wanted::Text(help::behaviours())),
            "--operations" => return Ok(Wanted::Text(help::names())),
            other => return Err(format!("`{other}` is no option")),
        };
    }
    Ok(Wanted::Run(Box::new(options)))
}

fn number<T: std::str::FromStr>(flag: &str, value: &str) -> Result<T, String> {
    value
        .parse()
        .map_err(|_| format!("{flag} needs a number, not `{value}`"))
}

/// One of the words for what goes wrong.
fn spelled<T: FromStr<Err = Misspelled>>(flag: &str, text: &str) -> Result<T, String> {
    text.parse()
        .map_err(|problem| format!("{flag} {text}: {problem}"))
}

fn run(options: Options) -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let stop = stop()?;
        let sandbox = options.builder.start().await?;
        announce(&sandbox, options.json);
        stop.await;
        Ok(())
    })
}

/// Ctrl-C, or a polite end from whoever started this. Listened for from before the announcement, so that a signal
/// right after it is not lost.
#[cfg(unix)]
fn stop() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (
        signal(SignalKind::interrupt())?,
        signal(SignalKind::terminate())?,
    );
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn stop() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

fn announce(sandbox: &Sandbox, json: bool) {
    if json {
        let line = serde_json::json!({
            "url": sandbox.url(),
            "api_key": sandbox.api_key(),
            "org_id": sandbox.org_id(),
            "directory_ids": sandbox.directory_ids(),
            "resource_ids": sandbox.resource_ids(),
        });
        println!("{line}");
        return;
    }
    println!("url           {}", sandbox.url());
    println!("api key       {}", sandbox.api_key());
    println!("organization  {}", sandbox.org_id());
    for directory in sandbox.directory_ids() {
        println!("directory     {directory}");
    }
    for resource in sandbox.resource_ids() {
        println!("resource      {resource}");
    }
    println!("Ctrl-C stops it.");
}
