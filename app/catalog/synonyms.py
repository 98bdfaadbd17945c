"""What people of a hall call things: entries beside the built-in ones, kept by administrators."""

from uuid import UUID

import msgspec

from app.catalog import search, shelf
from app.catalog.rules import normal
from app.catalog.schemas import SynonymIn, SynonymShown
from app.core import db
from app.core.acts import Act
from app.core.auth import Role, require_over_hall, require_staff
from app.core.errors import NotFound, Problem
from app.halls import service as halls


class SynonymInvalid(Problem):
    """The phrase has less than two letters or digits, or one of the terms has none."""

    status = 422
    code = "catalog.synonym_invalid"
    title = "说法至少要有两个字，对应的词不能为空。"


async def listed(act: Act, hall_id: UUID) -> list[SynonymShown]:
    """Every entry that counts in a hall by phrase, for its staff; built-in ones have no `id`.

    Raises:
        NotFound: no such hall, or one where the caller has no role.
    """
    await halls.hall(hall_id)
    person = require_staff(act.actor)
    if hall_id != person.hall_id and hall_id not in person.halls(*Role):
        raise NotFound("没有找到这个政务服务中心。")
    rows = await db.fetch(
        "SELECT id, phrase, terms FROM search_synonyms WHERE hall_id = $1", hall_id
    )
    own = {row["phrase"]: msgspec.convert(row, SynonymShown) for row in rows}
    built_in = {
        phrase: SynonymShown(id=None, phrase=phrase, terms=list(terms))
        for phrase, terms in search.everyday_words().items()
    }
    return [found for _, found in sorted((built_in | own).items())]


async def put(act: Act, hall_id: UUID, given: SynonymIn) -> SynonymShown:
    """Set what a phrase means in a hall; without terms, the built-in entry is switched off.

    Raises:
        SynonymInvalid.
        Forbidden, NotFound: no administrator of the hall; no such hall.
    """
    await halls.hall(hall_id)
    require_over_hall(act.actor, hall_id, [Role.ADMIN])
    phrase = search.plain(given.phrase)
    terms = [" ".join(normal(term).split()) for term in given.terms]
    if len(phrase) < 2 or not all(map(search.plain, terms)):
        raise SynonymInvalid
    async with act.transaction() as tx:
        row = await db.fetch_one(
            "INSERT INTO search_synonyms (id, hall_id, phrase, terms, changed_at)"
            " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (hall_id, phrase)"
            " DO UPDATE SET terms = EXCLUDED.terms, changed_at = EXCLUDED.changed_at"
            " RETURNING id, phrase, terms",
            db.new_id(),
            hall_id,
            phrase,
            terms,
            act.at,
        )
        assert row is not None
        tx.audit("synonym.set", f"synonym:{row['id']}", hall_id=hall_id, phrase=phrase, terms=terms)
        tx.after_commit(lambda: shelf.changed(act))
    return msgspec.convert(row, SynonymShown)


async def remove(act: Act, hall_id: UUID, synonym_id: UUID) -> None:
    """Remove an entry of a hall; a built-in one of the same phrase counts again.

    Raises:
        Forbidden, NotFound: no administrator of the hall; no such hall or entry.
    """
    await halls.hall(hall_id)
    require_over_hall(act.actor, hall_id, [Role.ADMIN])
    async with act.transaction() as tx:
        row = await db.fetch_one(
            "DELETE FROM search_synonyms WHERE id = $1 AND hall_id = $2 RETURNING phrase",
            synonym_id,
            hall_id,
        )
        if row is None:
            raise NotFound("没有找到这条说法。")
        tx.audit("synonym.removed", f"synonym:{synonym_id}", hall_id=hall_id, phrase=row["phrase"])
        tx.after_commit(lambda: shelf.changed(act))
