"""Citizens on the wire."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta

from app.citizens.rules import Level, Relation
from app.core.wire import In, Out

WeChatCode = Annotated[str, Meta(min_length=1, max_length=128, pattern=r"^[0-9A-Za-z_-]+$")]
PersonName = Annotated[
    str, Meta(min_length=2, max_length=40, pattern=r"^[\u3400-\u9fff·A-Za-z .]+$")
]
IdNumber = Annotated[str, Meta(min_length=18, max_length=20)]
Base64 = Annotated[str, Meta(min_length=4, max_length=4000, pattern=r"^[0-9A-Za-z+/]+={0,2}$")]


class WeChatLogin(In, frozen=True):
    """The code that `wx.login` gave; `device` is the phone's model, to recognise it by later."""

    code: WeChatCode
    device: Annotated[str, Meta(max_length=60)] | None = None


class LoggedIn(Out, frozen=True):
    """A session: send `Authorization: Bearer <token>` until `expires_at`."""

    token: str
    expires_at: datetime
    citizen_id: UUID


class PersonIn(In, frozen=True):
    """Who the citizen is. `consent` is the separate consent to keep the ID number and phone.

    Where the hall has a service check identities, the consent's wording says so too (PIPL art. 23).
    """

    name: PersonName
    phone: Annotated[str, Meta(min_length=11, max_length=20)]
    id_number: IdNumber
    consent: bool


class PersonShown(Out, frozen=True):
    """A citizen's own account, masked; None where nothing was given yet.

    `complete`: they can apply, as far as who they are is concerned. `checking`: the authority that
    confirms identities was down and will be asked again. `mismatched`: it said that name and ID
    number do not belong together, and they have to be put right first.
    """

    id: UUID
    name: str | None
    phone: str | None
    id_number: str | None
    complete: bool
    phone_proven: bool
    level: Level | None
    verified_at: datetime | None
    checking: bool
    mismatched: bool


class ProvePhone(In, frozen=True):
    """What the phone-number button gave: its code (not the login code).

    Old versions of WeChat give `encryptedData` and `iv` instead.
    """

    code: WeChatCode | None = None
    encrypted_data: Base64 | None = None
    iv: Annotated[str, Meta(min_length=24, max_length=24, pattern=r"^[0-9A-Za-z+/]+==$")] | None = (
        None
    )


class SessionShown(Out, frozen=True):
    """Where the caller is signed in; `seen_at` is exact to the hour, `here` is this session."""

    id: UUID
    device: str | None
    created_at: datetime
    seen_at: datetime | None
    expires_at: datetime
    here: bool


class SessionsEnded(Out, frozen=True):
    """How many sessions have ended by this."""

    ended: int


class ClaimIn(In, frozen=True):
    """The code that the counter gave out."""

    code: Annotated[str, Meta(min_length=6, max_length=20, pattern=r"^[0-9A-Za-z -]+$")]


class Claimed(Out, frozen=True):
    """How many counter accounts have become the caller's by this."""

    linked: int


class ClaimCodeIn(In, frozen=True):
    """Whose ID card the clerk has before them, and the phone number given at the counter."""

    id_number: IdNumber
    phone: Annotated[str, Meta(min_length=11, max_length=20)]


class ClaimCodeShown(Out, frozen=True):
    """A code by which things of the counter are claimed in the mini program; shown this once."""

    code: str
    expires_at: datetime


class Consents(In, frozen=True):
    """The separate consent to keeping what the ID card says."""

    consent: bool


class WindowCodeShown(Out, frozen=True):
    """A code that the citizen reads to the clerk, to have their identity seen to at the window."""

    code: str
    expires_at: datetime


class CardSeen(In, frozen=True):
    """What the ID card says that the clerk has before them, and the code of its owner's account.

    `card_seen` is the clerk's word that it was the card itself, and that it is theirs.
    """

    code: Annotated[str, Meta(min_length=6, max_length=20, pattern=r"^[0-9A-Za-z -]+$")]
    name: PersonName
    id_number: IdNumber
    card_seen: bool


class CardTaken(Out, frozen=True):
    """The account whose identity was set from the card, masked."""

    name: str
    id_number: str
    level: Level | None
    changed: bool


class ConsentText(Out, frozen=True):
    """The wording of a separate consent; `version` names it when it is given."""

    version: str
    title: str
    text: str


class ChildIn(In, frozen=True):
    """A child under 14, and its guardian's separate consent to the wording of `consent_version`."""

    name: PersonName
    id_number: IdNumber
    relation: Relation
    consent: bool
    consent_version: Annotated[str, Meta(min_length=1, max_length=20)]


class ChildShown(Out, frozen=True):
    """A child of the caller's, masked; `level` as of the caller. `can_apply`: still under 14."""

    id: UUID
    name: str
    id_number: str
    relation: Relation
    level: Level | None
    consent_version: str
    consented_at: datetime
    mismatched: bool
    can_apply: bool


class FreshCode(In, frozen=True):
    """A fresh code of `wx.login`: a copied token alone is not enough for this."""

    code: WeChatCode


class Forgotten(Out, frozen=True):
    """What becomes of a person's data. `open_cases` of theirs need some of it until they end;

    `filed_cases` are kept as files of the hall until their retention is over. `notes` say it.
    """

    open_cases: int
    filed_cases: int
    erased: bool
    notes: list[str]


class Exported(Out, frozen=True):
    """Everything that is kept about the caller, by where it is kept."""

    exported_at: datetime
    account: dict[str, Any]
    kept: dict[str, Any]
