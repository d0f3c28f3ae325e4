//! The sandbox as a program, for clients in any language.

use std::process::ExitCode;

use atlassian_orgs_sandbox::{BEHAVIOURS, Builder, Profile, Sandbox};

const USAGE: &str = "\
Usage: atlassian-orgs-sandbox [options]

An organization to test against, at 127.0.0.1, until Ctrl-C.

  --port PORT             where to listen; any free port by default
  --users COUNT           generated people (user-0001@example.com and so on); none by default
  --directories COUNT     directories; 1 by default
  --profile NAME          published (the document, the default) or live (what was measured)
  --behaviour NAME=POS    turn one switch; may be given again
  --behaviours            list the switches and stop
  --lag MILLISECONDS      how long reads lag behind writes
  --key KEY               the API key, instead of a generated one
  --seed NUMBER           what ids and chance are made of; 1 by default
  --no-paid-plan          without a paid subscription, so that inviting is refused
  --json                  say where it is as one line of JSON
  --help                  this text
";

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
            eprint!("{problem}\n\n{USAGE}");
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
            "--no-paid-plan" | "--json" | "--help" | "--behaviours"
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
            "--lag" => builder.lag(std::time::Duration::from_millis(number(&flag, &value()?)?)),
            "--key" => builder.key(value()?),
            "--seed" => builder.seed(number(&flag, &value()?)?),
            "--no-paid-plan" => builder.paid_plan(false),
            "--json" => {
                options.json = true;
                builder
            }
            "--help" => return Ok(Wanted::Text(USAGE.to_owned())),
            "--behaviours" => return Ok(Wanted::Text(behaviours())),
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

fn behaviours() -> String {
    let line = |row: &atlassian_orgs_sandbox::Behaviour| {
        format!(
            "{:24} {:44} published {}, live {}\n",
            row.name,
            row.positions.join(" | "),
            row.published,
            row.live
        )
    };
    BEHAVIOURS.iter().map(line).collect()
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
