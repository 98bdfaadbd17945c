"""The phone number as the platform vouches for it: by a code, or the older way, encrypted."""

from app.citizens.identities import adopt_by_phone
from app.citizens.models import Citizen
from app.citizens.persons import PHONE, Person, checked_phone, consenting
from app.citizens.schemas import ProvePhone
from app.core.acts import Act
from app.core.auth import require_citizen
from app.core.errors import InvalidBody
from app.core.privacy import Personal
from wechat.client import WeChat
from wechat.errors import DataRefused
from wechat.login import decrypt


async def prove(act: Act, given: ProvePhone) -> Person:
    """Keep the phone number that the platform vouches for as the citizen's own.

    Counter accounts of the same ID number and phone become theirs.

    Raises:
        InvalidBody: neither of the two ways, or both.
        WhoFirst: the citizen has not said who they are. BadPhone: no mainland mobile number.
        DataRefused: what is encrypted is altered, too old, or not for this user's last login.
        WeChatError: the code is invalid or used, or the platform does not answer.
    """
    citizen = require_citizen(act.actor)
    before = await Citizen.get(id=citizen.id)
    consenting(before)
    phone = checked_phone(await _vouched(act, before, given))
    async with act.transaction() as tx:
        row = await Citizen.filter(id=citizen.id).select_for_update().get()
        found = consenting(row)
        row.phone = Personal(phone, "phone")
        row.phone_index = act.house.keyring.index(phone, PHONE)
        row.phone_proven_at = act.at
        await row.save(update_fields=["phone", "phone_index", "phone_proven_at"])
        tx.audit("citizen.phone_proved", f"citizen:{row.id}", by="code" if given.code else "data")
        await adopt_by_phone(act, row)
    return Person(found.id, found.name, row.phone, found.id_number)


async def _vouched(act: Act, row: Citizen, given: ProvePhone) -> str:
    if given.code is not None and given.encrypted_data is None and given.iv is None:
        answer = await act.house.part(WeChat).phone_number(given.code, row.openid)
        return f"+{answer.country_code} {answer.local}"
    if given.code is None and given.encrypted_data is not None and given.iv is not None:
        return _decrypted(act, row, given.encrypted_data, given.iv)
    raise InvalidBody("请通过微信授权手机号。", field="code")


def _decrypted(act: Act, row: Citizen, encrypted_data: str, iv: str) -> str:
    """The number in what the phone got encrypted with the key of the user's last login."""
    if row.session_key is None:
        raise DataRefused
    data = decrypt(
        act.house.settings.wechat_appid,
        row.session_key.reveal(),
        encrypted_data,
        iv,
        now=act.at.timestamp(),
    )
    country, local = data.get("countryCode"), data.get("purePhoneNumber")
    if not isinstance(local, str) or not isinstance(country, str | int):
        raise DataRefused
    return f"+{country} {local}"
