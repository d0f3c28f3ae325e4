//! Plans in files, for people by the hundred thousand.
#![allow(clippy::unwrap_used)]

mod support;

use std::fs;
use std::path::Path;

use atlassian_orgs::{OrgId, Plan, PlanFile, Role};
use atlassian_orgs_sandbox::{Fault, Rule, Sandbox};
use sha2::{Digest, Sha256};
use support::plans::{company, jira};
use support::{org, seen};
use tempfile::TempDir;

const LEAVERS: &str = "user-0001@example.com user-0002@example.com nobody@example.com \
                       USER-0001@example.com";

async fn sandbox() -> Sandbox {
    company().users(5).start().await.unwrap()
}

/// A folder with the file of a plan, and the same plan in memory.
async fn both(sandbox: &Sandbox) -> (TempDir, PlanFile, Plan) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leavers.plan");
    let org = org(sandbox);
    let file = org.suspend_users(LEAVERS).plan_to_file(path).await.unwrap();
    let plan = org.suspend_users(LEAVERS).plan().await.unwrap();
    (folder, file, plan)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_file_holds_the_same_plan() {
    let sandbox = sandbox().await;
    let (folder, file, plan) = both(&sandbox).await;
    assert_eq!(names(folder.path()), ["leavers.plan"]);
    let read = PlanFile::open(folder.path().join("leavers.plan")).unwrap();
    for file in [&file, &read] {
        assert_eq!(file.digest(), plan.digest());
        assert_eq!(
            (
                file.changes(),
                file.already_done(),
                file.refused(),
                file.repeated()
            ),
            (
                plan.changes(),
                plan.already_done(),
                plan.refused(),
                plan.repeated()
            )
        );
        assert_eq!(
            (file.action(), file.organization_id()),
            (plan.action(), plan.organization_id())
        );
        assert_eq!(
            (file.made_at(), file.expires_at()),
            (plan.made_at(), plan.expires_at())
        );
        assert_eq!(file.estimate(), plan.estimate());
        assert!(plan.to_string().starts_with(&file.to_string()));
    }
    let report = read.bind(&org(&sandbox)).unwrap().run().await.unwrap();
    assert_eq!(report.counts(), [("changed", 2), ("refused", 1)]);
    assert_eq!(report.plan_digest, plan.digest());
}

/// Whoever approves it can compute it with other tools: it is the SHA-256 of what the lines hold.
#[tokio::test]
async fn the_digest_is_that_of_the_lines() {
    let sandbox = sandbox().await;
    let (folder, file, _) = both(&sandbox).await;
    let text = fs::read_to_string(folder.path().join("leavers.plan")).unwrap();
    let mut sha = Sha256::new();
    for line in text.lines() {
        let (_, rest) = line.split_once(':').unwrap();
        let inner = rest.strip_suffix('}').unwrap();
        sha.update(inner.replace(&format!(",\"digest\":\"{}\"", file.digest()), ""));
        sha.update("\n");
    }
    let hex: String = sha
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(hex, file.digest());
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_may_read_it() {
    use std::os::unix::fs::PermissionsExt;

    let sandbox = sandbox().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leavers.plan");
    // Left behind by a crash, or put there by somebody.
    let aside = folder.path().join("leavers.plan.part");
    fs::write(&aside, "old").unwrap();
    fs::set_permissions(&aside, fs::Permissions::from_mode(0o666)).unwrap();
    let _plan = org(&sandbox)
        .suspend_users(LEAVERS)
        .plan_to_file(&path)
        .await
        .unwrap();
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn what_does_not_become_whole_leaves_nothing_behind() {
    let sandbox = sandbox().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leavers.plan");
    let malformed = org(&sandbox).suspend_users("user-0001@example.com @");
    malformed.plan_to_file(&path).await.unwrap_err();
    assert!(names(folder.path()).is_empty());

    // Not in the middle of it either, and what was there stays.
    fs::write(&path, "before").unwrap();
    sandbox.add_fault(Rule::new(Fault::DropBefore).on("users.search").nth(2));
    let many = (0..150).map(|n| format!("nobody-{n}@example.com"));
    let half = support::org_once(&sandbox).suspend_users(many);
    half.plan_to_file(&path).await.unwrap_err();
    assert_eq!(names(folder.path()), ["leavers.plan"]);
    assert_eq!(fs::read_to_string(&path).unwrap(), "before");

    // Nobody is asked about where there is nowhere to write to.
    sandbox.clear_requests();
    let nowhere = folder.path().join("missing").join("leavers.plan");
    let error = org(&sandbox)
        .suspend_users(LEAVERS)
        .plan_to_file(nowhere)
        .await
        .unwrap_err();
    assert_eq!(support::calls(&sandbox, "users.search"), 0);
    insta::assert_snapshot!(seen(&error), @"
    the plan's file can't be written: entity not found
      kind InvalidInput, sent false, in doubt false
    ");
}

#[tokio::test]
async fn a_file_that_is_not_as_it_was_written_is_not_read() {
    let sandbox = sandbox().await;
    let (folder, _file, _) = both(&sandbox).await;
    let text = fs::read_to_string(folder.path().join("leavers.plan")).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 5);
    let path = folder.path().join("changed.plan");
    let error = |text: String| {
        fs::write(&path, text).unwrap();
        PlanFile::open(&path).unwrap_err().to_string()
    };
    let joined = |numbers: &[usize]| {
        numbers
            .iter()
            .map(|n| format!("{}\n", lines[*n]))
            .collect::<String>()
    };

    let broken = |n: usize| format!("line {n} of the plan's file is broken; make the plan again");
    let digest = "the plan is not as it was made: its digest is not right; make a new plan instead of changing one";
    // Cut between lines and within, nothing at all, more behind the end, the end early.
    for n in 0..5 {
        let whole: Vec<usize> = (0..n).collect();
        assert_eq!(error(joined(&whole)), broken(n + 1));
        let cut = format!("{}{}", joined(&whole), &lines[n][..lines[n].len() - 1]);
        assert_eq!(error(cut), broken(n + 1));
    }
    assert_eq!(error(joined(&[0, 1, 2, 3, 4, 3])), broken(6));
    assert_eq!(error(joined(&[0, 0, 1, 2, 3, 4])), broken(2));
    assert_eq!(error(joined(&[1, 2, 3, 4])), broken(1));
    assert_eq!(
        error(text.replace("\"position\":2", "\"position\":x")),
        broken(3)
    );
    assert_eq!(error(text.replacen('\n', "\n\n", 1)), broken(2));
    // Lines that are whole, but not the same ones.
    for other in [
        joined(&[0, 1, 1, 2, 3, 4]),
        joined(&[0, 2, 1, 3, 4]),
        joined(&[0, 1, 3, 4]),
        joined(&[0, 4]),
        text.replace("user-0001", "user-0003"),
        text.replace("user-0001", "USER-0001"),
        text.replace("\"refuse\":\"no_such_account\"", "\"refuse\":\"protected\""),
        text.replace("\"requests\":", "\"requests\":1"),
    ] {
        assert_ne!(other, text);
        assert_eq!(error(other), digest);
    }
    // A line of a length that no plan has is not read to its end.
    assert_eq!(
        error(format!("{}{}", joined(&[0]), " ".repeat(3 << 20))),
        broken(2)
    );
    fs::write(&path, [0xff, 0xfe, b'\n']).unwrap();
    let error = PlanFile::open(&path).unwrap_err();
    assert_eq!(error.to_string(), broken(1));
    let error = PlanFile::open(folder.path().join("none.plan")).unwrap_err();
    insta::assert_snapshot!(seen(&error), @"
    the plan's file can't be read: entity not found
      kind InvalidInput, sent false, in doubt false
    ");
}

/// The file that is run is the one that was opened, even if another plan took its place meanwhile.
#[tokio::test]
async fn a_file_that_was_replaced_meanwhile_is_not_run() {
    let sandbox = sandbox().await;
    let (folder, file, _) = both(&sandbox).await;
    let path = folder.path().join("leavers.plan");
    let others = org(&sandbox).suspend_users("user-0003@example.com user-0004@example.com");
    let _other = others.plan_to_file(&path).await.unwrap();
    sandbox.clear_requests();
    let run = file.run().await;
    assert!(support::plans::writes(&sandbox).is_empty(), "{run:?}");
    assert!(run.is_err());
}

#[tokio::test]
async fn a_file_is_for_one_organization() {
    let sandbox = sandbox().await;
    let (folder, _file, _) = both(&sandbox).await;
    let read = || PlanFile::open(folder.path().join("leavers.plan")).unwrap();
    sandbox.clear_requests();
    let other = support::client(&sandbox).organization(OrgId::new("org-2").unwrap());
    assert!(read().bind(&other).unwrap_err().is_invalid_input());
    assert!(read().run().await.unwrap_err().is_invalid_input());
    assert!(sandbox.requests().is_empty());
}

#[tokio::test]
async fn invitations_go_into_files_as_well() {
    let sandbox = sandbox().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new.plan");
    let invite = org(&sandbox).invite_users("new@example.com").silent();
    let _plan = invite
        .grant(Role::USER, jira())
        .plan_to_file(&path)
        .await
        .unwrap();
    let plan = PlanFile::open(&path).unwrap().bind(&org(&sandbox)).unwrap();
    plan.run().await.unwrap().ensure_complete().unwrap();
    assert_eq!(sandbox.invitations("new@example.com").count, 1);
}
