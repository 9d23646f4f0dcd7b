"""Closing the trail of a tenant: nothing is added to it any more, and a digest anchors it.

The entries go over to the receiver with their numbers, where they are linked anew; the digest is
over their heads, so that it holds when a person is erased later.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from app.core.database import db
from app.tenants.context import Context

_BATCH = 5_000

_SAID = """
SELECT e.id, to_jsonb(e) - ARRAY['tenant_id', 'before', 'after', 'redacted_at'] AS said
FROM audit_entry e
WHERE e.tenant_id = :tenant {among}
ORDER BY e.id
"""


@dataclass(frozen=True)
class Anchor:
    """How many entries a closed trail has, and the digest over all that they say."""

    entries: int
    digest: bytes


def close_trail(context: Context) -> Anchor:
    """Return the anchor of a tenant's whole trail, which must not grow any more."""
    return _anchor(text(_SAID.format(among="")), {"tenant": context.tenant_id})


def closed_trail(context: Context, former_tenant_id: int) -> Anchor:
    """Return the anchor of what the receiver now holds of a former tenant's trail."""
    among = (
        "AND e.id <@ (SELECT f.trail_ids FROM former_tenant f"
        " WHERE f.tenant_id = :tenant AND f.id = :former)"
    )
    return _anchor(
        text(_SAID.format(among=among)),
        {"tenant": context.tenant_id, "former": former_tenant_id},
    )


def _anchor(statement: Any, values: dict[str, int]) -> Anchor:  # noqa: ANN401 a clause of text
    rows = db.session.execute(statement, values, execution_options={"yield_per": _BATCH})
    entries, digest = 0, hashlib.sha256()
    for said in _said(rows):
        entries += 1
        digest.update(hashlib.sha256(said).digest())
    return Anchor(entries, digest.digest())


def _said(rows: Iterable[Any]) -> Iterable[bytes]:
    for row in rows:
        yield json.dumps(row.said, ensure_ascii=False, sort_keys=True).encode()
