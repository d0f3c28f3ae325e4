//! What the program says about itself.

use std::fmt::Write;

use atlassian_orgs_sandbox::{BEHAVIOURS, FAULTS, operations};

/// The first line of the help, and all of it that a wrong option brings.
pub(crate) const USAGE: &str = "\
Usage: atlassian-orgs-sandbox [options]; --help explains them
";

const OPTIONS: &str = "\
Usage: atlassian-orgs-sandbox [options]

An organization to test against, at 127.0.0.1, until Ctrl-C. It prints its URL (to use in the place of
https://api.atlassian.com/admin), an API key, and the ids of the organization, its directories and its apps.

The organization:
  --users COUNT            generated people (user-0001@example.com and so on); none by default
  --directories COUNT      directories; 1 by default
  --no-paid-plan           without a paid subscription, so that inviting is refused
  --key KEY                the API key, instead of a generated one
  --scoped-key KEY=SCOPES  one more key, with these scopes (separated by commas); may be given again
  --seed NUMBER            what ids and chance are made of; 1 by default

How it behaves:
  --profile NAME           published (the document, the default) or live (what was measured)
  --behaviour NAME=POS     turn one switch; may be given again
  --behaviours             list the switches and stop

What goes wrong (each may be given again):
  --fault KIND[:VALUE][@OPERATION][,OPTION=VALUE]...
                           a fault; the first one that fits a request decides
  --limit REQUESTS/PERIOD[@OPERATION][,kind=window|bucket]
                           so many requests, then 429 until the period ends (window, the default) or as room comes
                           back little by little (bucket); answers have the X-RateLimit headers, whose style
                           --behaviour rate-limit-reset=... and retry-after=... choose
  --limit published        the limits that Atlassian publishes
  --lag DURATION[@OPERATION]
                           how long reads lag behind writes: all of them, those of one read, or those of what one
                           kind of write did (the read's own lag counts first, then the write's, then the general;
                           of several for one operation the last)
  --refuse-invitation EMAIL[=REASON]
                           this address fails in its row of an invitation, which answers 206

The program:
  --port PORT              where to listen; any free port by default
  --operations             list the operations and stop
  --json                   say where it is as one line of JSON
  --help                   this text

An OPERATION is a name that --operations lists (users.invite), or the first part of several names with its dot
(users.). A DURATION is a number with ms, s, m or h (250ms). A comma inside a VALUE is written twice.
";

const FAULT_OPTIONS: &str = "
Options of a fault:
  times=N                  only the first N requests that fit, with those on which an earlier fault decided
  nth=N                    only the Nth request that fits; with times, so many from there on
  share=0.1                only this share of the requests, by the seeded chance
  about=TEXT               only requests whose path or body holds this text
  header=NAME:VALUE        of an answer; may be given again
  body=TEXT, type=TYPE     of an answer; JSON unless the type says otherwise
";

const LIMITS_AND_LAGS: &str = "
Limits and lags:
  --limit 100/60s          over all operations together
  --limit 10/1s@users.,kind=bucket
                           over all operations of users together
  --lag 5s                 reads are five seconds behind
  --lag 5s@users.search    searches are, but the details of a person are fresh
  --lag 30s@users.invite   invitations show after half a minute, other writes at once
";

/// All of the help.
pub(crate) fn help() -> String {
    let mut text = format!("{OPTIONS}\nKinds of faults, each with an example:\n");
    for kind in FAULTS {
        // Writing to a string does not fail.
        let _ = writeln!(text, "  {:24} {}", kind.name, kind.about);
        let _ = writeln!(text, "  {:24} --fault {}", "", kind.example);
    }
    text + FAULT_OPTIONS + LIMITS_AND_LAGS
}

/// The table of the switches.
pub(crate) fn behaviours() -> String {
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

/// The names of the operations.
pub(crate) fn names() -> String {
    operations().map(|name| format!("{name}\n")).collect()
}
