//! The table itself.

use super::{Behaviour, Switch};

behaviours! {
    /// The body of a 401 for a missing or wrong key.
    UnauthenticatedBody = "unauthenticated-body" ["S26"] published Declared live Gateway {
        /// as each operation declares it
        Declared = "declared",
        /// the gateway's `{code, message}` on every operation
        Gateway = "gateway",
    }
    /// How a key whose scopes do not cover the operation is refused.
    InsufficientScope = "insufficient-scope" ["AX-196", "SR", "UNKNOWN"] published ByVersion live ByVersion {
        /// 403 ADMIN-UAM-403-1 on writes of version 2, 401 ADMIN-401-2 on everything else
        ByVersion = "by-version",
        /// always 401 ADMIN-401-2
        Unauthorized = "401",
        /// always 403 ADMIN-UAM-403-1
        Forbidden = "403",
    }
    /// What an organization that the key does not reach answers.
    UnknownOrganization = "unknown-organization" ["S26", "BATON", "COM"] published Declared live Routing {
        /// 404 ADMIN-404-2 where the operation declares 404, else 403, else 401
        Declared = "declared",
        /// 404 from the router, `TCS validation failed`, with a numeric status
        Routing = "404-routing",
        /// 403 from the router, `User has no permission to access resource.`
        Forbidden = "403",
    }
    /// What the list of organizations holds for an organization key.
    OrganizationList = "organization-list" ["S26", "ACCESS-966", "JJS"] published Listed live Empty {
        /// the organization of the key
        Listed = "listed",
        /// nothing, and `meta: null`
        Empty = "empty",
    }
    /// The type of `status` in an error body.
    ErrorStatusType = "error-status-type" ["S26", "BATON"] published Text live Number {
        /// a string, as declared
        Text = "text",
        /// a number
        Number = "number",
    }
    /// The body of a refused write of version 2 other than invite.
    WriteErrorBody = "write-error-body" ["S26", "BATON"] published Empty live Errors {
        /// none, as declared
        Empty = "empty",
        /// `{errors: […]}`
        Errors = "errors",
    }
    /// Department, organization, location and time zone of a person who has none.
    ProfileNulls = "profile-nulls" ["S26", "JJS"] published Absent live Null {
        /// the field is absent
        Absent = "absent",
        /// the field is null, though declared not to be
        Null = "null",
    }
    /// Fields of a person in lists that the document has not, or has only in the details.
    RowExtras = "row-extras" ["S26", "JJS"] published Absent live Sent {
        /// declared fields only
        Absent = "absent",
        /// `forDeletion` and `deactivatedOn` too
        Sent = "sent",
    }
    /// `accountType` of apps and customers, which version 2 does not declare.
    AccountTypes = "account-types" ["S26", "S25", "UNKNOWN"] published Declared live AsIs {
        /// the field is absent for them
        Declared = "declared",
        /// `app` and `customer`
        AsIs = "as-is",
    }
    /// How the last page says that it is the last.
    PageEnd = "page-end" ["S26", "JJS"] published NoNext live Null {
        /// `links` without `next`
        NoNext = "no-next",
        /// no `links`
        NoLinks = "no-links",
        /// `next: null`
        Null = "null",
        /// an empty `next`
        Empty = "empty-text",
    }
    /// Whether cursors come back to a page that was already read.
    CursorCycle = "cursor-cycle" ["UNKNOWN"] published Never live Never {
        /// every cursor leads on
        Never = "never",
        /// every page's `next` is the cursor of the second page
        Always = "always",
    }
    /// Whether pages may be empty though a cursor follows.
    EmptyPages = "empty-pages" ["S26", "UNKNOWN"] published Never live Never {
        /// never
        Never = "never",
        /// every page is followed by an empty one
        Between = "between",
    }
    /// What a search does with the filters once a cursor is sent.
    SearchCursor = "search-cursor" ["S26", "BATON", "UNKNOWN"] published Resent live Resent {
        /// the filters of each request count, so they must be sent again
        Resent = "resent",
        /// the cursor remembers the filters of the first request
        Kept = "kept",
    }
    /// Where managed accounts that are in no directory are listed.
    ManagedOutside = "managed-outside" ["CL", "UNKNOWN"] published AllDirectories live AllDirectories {
        /// under the directory `-`
        AllDirectories = "all-directories",
        /// under every directory
        EveryDirectory = "every-directory",
    }
    /// `-` as the directory of a write.
    DashInWrites = "dash-in-writes" ["UNKNOWN"] published NotFound live NotFound {
        /// 404, no such directory
        NotFound = "404",
        /// 400
        Invalid = "400",
        /// every directory of the person
        Works = "works",
    }
    /// Suspending a suspended person.
    SuspendSuspended = "suspend-suspended" ["UNKNOWN"] published NoContent live NoContent {
        /// 204
        NoContent = "204",
        /// 409 ADMIN-UAM-409-2
        Conflict = "409",
        /// 400 ADMIN-UAM-400-1
        Invalid = "400",
    }
    /// Restoring an active person.
    RestoreActive = "restore-active" ["UNKNOWN"] published NoContent live NoContent {
        /// 204
        NoContent = "204",
        /// 409 ADMIN-UAM-409-2
        Conflict = "409",
        /// 400 ADMIN-UAM-400-1
        Invalid = "400",
    }
    /// Removing a person who is not in the directory.
    RemoveAbsent = "remove-absent" ["UNKNOWN", "BATON"] published NotFound live NotFound {
        /// 404 ADMIN-UAM-404-1
        NotFound = "404",
        /// 204
        NoContent = "204",
    }
    /// Suspending or restoring an organization admin.
    SuspendAdmin = "suspend-admin" ["BATON"] published Refused live Refused {
        /// 400 ADMIN-UAM-400-1
        Refused = "400",
        /// 204
        Allowed = "204",
    }
    /// Suspending a person whom an identity provider manages.
    SuspendSynced = "suspend-synced" ["UNKNOWN"] published Allowed live Allowed {
        /// 204
        Allowed = "204",
        /// 403 ADMIN-UAM-403-1
        Forbidden = "403",
        /// 400 ADMIN-UAM-400-1
        Invalid = "400",
    }
    /// Restoring a person whose account is deactivated.
    RestoreDeactivated = "restore-deactivated" ["UNKNOWN"] published NoContent live NoContent {
        /// 204, and the account stays deactivated
        NoContent = "204",
        /// 400 ADMIN-UAM-400-2
        Inactive = "400",
    }
    /// Restoring where an app has no free seat.
    RestoreSeats = "restore-seats" ["S25", "S26", "UNKNOWN"] published NotChecked live NotChecked {
        /// 204: seats are not counted
        NotChecked = "204",
        /// 409 ADMIN-409-3
        Conflict = "409",
        /// 400 ADMIN-400-32
        Invalid = "400",
    }
    /// Inviting somebody who is a member already.
    InviteMember = "invite-member" ["UNKNOWN", "S26"] published Invited live Invited {
        /// 200 with INVITED rows
        Invited = "invited",
        /// an ERROR row in a 206
        RowError = "row-error",
        /// 409 ADMIN-UAM-409-2 for the whole request
        Conflict = "409",
    }
    /// Inviting somebody who is suspended.
    InviteSuspended = "invite-suspended" ["UNKNOWN", "S26"] published Invited live Invited {
        /// 200 with INVITED rows; the person stays suspended
        Invited = "invited",
        /// 200 with INVITED rows; the person is restored
        Restored = "restored",
        /// an ERROR row in a 206
        RowError = "row-error",
        /// 409 ADMIN-UAM-409-2 for the whole request
        Conflict = "409",
        /// 400 ADMIN-UAM-400-2 for the whole request
        Inactive = "400",
    }
    /// Inviting more people than an app has seats for.
    InviteSeats = "invite-seats" ["S26", "UNKNOWN"] published Conflict live Conflict {
        /// 409 ADMIN-UAM-409-3 for the whole request
        Conflict = "409",
        /// the free seats are given, the rest are ERROR rows in a 206
        RowError = "row-error",
    }
    /// What the answer holds for a person whose invitation failed whole.
    InviteFailedRow = "invite-failed-row" ["UNKNOWN"] published WithoutId live WithoutId {
        /// a row without `id`
        WithoutId = "without-id",
        /// a row with `id`
        WithId = "with-id",
        /// no row
        Missing = "missing",
    }
    /// The directory of people invited without an app or a group.
    InviteDirectory = "invite-directory" ["UNKNOWN", "S26"] published First live First {
        /// the first directory
        First = "first",
        /// every directory
        Every = "every",
        /// none: there is an account, and no membership
        Nowhere = "none",
        /// 400 ADMIN-UAM-400-1
        Invalid = "400",
    }
    /// The name of a role in the answer to an invitation.
    InviteRoleName = "invite-role-name" ["S26", "UNKNOWN"] published AsSent live AsSent {
        /// as it was sent
        AsSent = "as-sent",
        /// an ARI like `ari:cloud:jira::role/product/member`
        Ari = "ari",
    }
    /// Inviting something that is no address.
    InviteMalformed = "invite-malformed" ["UNKNOWN"] published Invalid live Invalid {
        /// 400 ADMIN-UAM-400-1 for the whole request
        Invalid = "400",
        /// an ERROR row in a 206
        RowError = "row-error",
    }
    /// Inviting with a body that is not declared as JSON.
    InviteContentType = "invite-content-type" ["S26", "UNKNOWN"] published Ignored live Ignored {
        /// the body is read all the same
        Ignored = "ignored",
        /// 415 ADMIN-UAM-415-1, a code of the document that no operation declares
        Refused = "415",
    }
    /// Granting a role on a resource that can't be granted, such as the `jira-admin` one that workspaces lists.
    RefusedResource = "refused-resource" ["S26", "ID-8887"] published NotFound live Invalid {
        /// 404 ADMIN-UAM-404-1
        NotFound = "404",
        /// 400 ADMIN-UAM-400-5, a code the document has not
        Invalid = "400",
    }
    /// A path that there is, with a method that it has not.
    WrongMethod = "wrong-method" ["S26", "LZ"] published MethodNotAllowed live NotFound {
        /// 405 ADMIN-405-1
        MethodNotAllowed = "405",
        /// 404, no such route, as for reading the members of a group
        NotFound = "404",
    }
    /// What an ended operation of version 1 answers.
    EndedOperation = "ended-operation" ["UNKNOWN", "CL"] published NotFound live NotFound {
        /// 404, no such route
        NotFound = "404",
        /// 410
        Gone = "410",
    }
    /// `X-RateLimit-Reset`.
    RateLimitReset = "rate-limit-reset" ["S26", "UNKNOWN"] published Iso live Iso {
        /// ISO 8601 to the second
        Iso = "iso",
        /// ISO 8601 cut to the minute, so up to a minute early
        IsoMinute = "iso-minute",
        /// seconds since 1970
        EpochSeconds = "epoch-seconds",
        /// milliseconds since 1970
        EpochMillis = "epoch-millis",
        /// not sent
        Absent = "absent",
    }
    /// `Retry-After` with a 429.
    RetryAfter = "retry-after" ["UNKNOWN", "J26"] published Absent live Absent {
        /// not sent
        Absent = "absent",
        /// seconds
        Seconds = "seconds",
        /// a date
        Date = "date",
    }
    /// Giving a role that somebody has.
    AssignAgain = "assign-again" ["UNKNOWN"] published NoContent live NoContent {
        /// success
        NoContent = "204",
        /// 409 ADMIN-UAM-409-2
        Conflict = "409",
    }
    /// Taking away a role that somebody does not have.
    RevokeAbsent = "revoke-absent" ["UNKNOWN"] published NoContent live NoContent {
        /// success
        NoContent = "204",
        /// 404
        NotFound = "404",
    }
    /// Giving a role on an app without saying which.
    MissingResource = "missing-resource" ["S26", "T-684"] published Declared live Measured {
        /// 400 ADMIN-UAM-400-1
        Declared = "400-1",
        /// 400 ADMIN-UAM-400-5, a code the document has not
        Measured = "400-5",
    }
    /// Whether the plan has the last-active dates.
    LastActive = "last-active" ["S25", "JJS"] published Allowed live Allowed {
        /// it has
        Allowed = "allowed",
        /// 403
        Forbidden = "403",
    }
    /// The keys of products in the last-active dates.
    LastActiveKey = "last-active-key" ["S26", "LZ"] published Declared live AsIs {
        /// those of the document, such as `jira-software`
        Declared = "declared",
        /// others too, such as `jira`
        AsIs = "as-is",
    }
    /// `links.next` of workspaces.
    WorkspaceNext = "workspace-next" ["S26", "BATON"] published Url live Token {
        /// a URL
        Url = "url",
        /// a bare token
        Token = "token",
    }
    /// What may stand beside the cursor of workspaces.
    WorkspaceCursor = "workspace-cursor" ["S26", "LZ"] published Alone live WithLimit {
        /// nothing, else 400
        Alone = "alone",
        /// `limit`, else 400
        WithLimit = "with-limit",
    }
    /// `meta` on the last page of events.
    EventsMeta = "events-meta" ["S26", "JJS"] published Declared live Nulls {
        /// as on the others, without `next`
        Declared = "declared",
        /// nulls, and a page size of 200
        Nulls = "nulls",
    }
    /// Events against their schema.
    EventDrift = "event-drift" ["S26", "JJS", "ELASTIC"] published Declared live Drifted {
        /// as declared
        Declared = "declared",
        /// an unknown `authType`, no `links`, an empty container, a location without address
        Drifted = "drifted",
    }
    /// The cursor of an empty page of the event stream.
    StreamEnd = "stream-end" ["S26", "ELASTIC"] published Cursor live Nothing {
        /// there is one, to go on from later
        Cursor = "cursor",
        /// there is none
        Nothing = "none",
    }
}
