"""That no act goes by without a trace: every request that changed something left an entry.

The client of the tests looks at what it sends. Whatever succeeded by POST, PUT, PATCH or DELETE
must stand in the audit trail under the id of its request; of requests that repeat each other, one.
"""

from collections import defaultdict
from fnmatch import fnmatch

import httpx

from app.core import db

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
SILENT = {
    "POST /api/v1/items/*/situation": "asks which questions come next, and keeps nothing",
    "POST /api/v1/ratings*": "a rating is a row of its own that nobody can change",
    "POST /api/v1/q/*": "as above: rated by a code",
    "POST /q/*": "as above: rated by a code, on its page",
    "POST /api/v1/hub/ratings": "as above: rated elsewhere",
    "POST /api/v1/devices/code-seen": "a camera's picture is read for a code and kept nowhere",
    "POST /api/v1/devices/heartbeat": "a device says that it is well",
    "POST /api/v1/devices/*/revoke": "what is revoked already stays so",
    "POST /api/v1/staff/me/off-duty": "whoever is on duty nowhere leaves nothing",
    "POST /*/duty/end": "as above, on a page",
    "POST /api/v1/desk/projects/*/fees": "a project whose fees are all listed has none to add",
    "POST /desk/fees/*/open": "as above, and a case of which all is listed, on a page",
    "POST /api/v1/exchange/*resend": "where nothing was rejected, nothing is sent again",
    "POST /api/v1/shipments/events": "an event that says less than is known moves nothing",
    "POST /api/v1/approvals/progress/batch": "a batch may hold nothing that is new",
    "POST /api/v1/moderation/held/*": "the same decision again is the one that stands",
    "POST /api/v1/halls/*/samples": "the same picture again is the same sample",
    "POST /api/v1/materials": "the same photo again is the same material",
    "POST /api/v1/materials/*/links": "an address of one's own photo, for a few minutes",
    "* /api/v1/uploads*": "a part of a photo; the whole is entered when it is taken in",
    "* /api/v1/desk/uploads*": "as above, at the window",
    "POST /api/v1/notices/subscriptions": "what one's own phone said about messages",
    "POST /api/v1/notices/*/read": "one's own message was read",
    "POST /wechat/push": "the platform's own words, kept as such; what follows is entered then",
}
"""Routes that may succeed without an entry, and why."""


class Trail:
    """What one test sent that succeeded, and whether each of it left an entry."""

    def __init__(self, begun: int) -> None:
        """`begun`: the last entry before the test."""
        self._begun = begun
        self._sent: dict[tuple[str, bytes], set[str]] = defaultdict(set)

    @classmethod
    async def begin(cls) -> "Trail":
        """A trail that begins with what is sent from now on."""
        row = await db.fetch_one("SELECT coalesce(max(id), 0) AS id FROM audit_entries")
        assert row
        return cls(row["id"])

    async def saw(self, response: httpx.Response) -> None:
        """Take note of an answer; a hook of the client."""
        sent = response.request
        if sent.method in WRITES and response.is_success:
            what = (f"{sent.method} {sent.url.path}", _body(sent))
            self._sent[what].add(response.headers["X-Request-ID"])

    async def missing(self) -> list[str]:
        """The routes of which something succeeded without an entry."""
        ids = [found for listed in self._sent.values() for found in listed]
        rows = await db.fetch(
            "SELECT DISTINCT request_id FROM audit_entries"
            " WHERE id > $1 AND request_id = ANY($2::text[])",
            self._begun,
            ids,
        )
        traced = {row["request_id"] for row in rows}
        silent = {what for (what, _), sent in self._sent.items() if not sent & traced}
        return sorted(what for what in silent if not any(fnmatch(what, route) for route in SILENT))


def _body(sent: httpx.Request) -> bytes:
    try:
        return sent.content
    except httpx.RequestNotRead:  # an upload, whose parts are sent as they are read
        return b""
