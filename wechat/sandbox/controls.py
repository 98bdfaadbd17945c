"""The controls of the platform itself: time, bad days, quotas, checks, pushes, security."""

from typing import Annotated, Any

import msgspec
from sanic import HTTPResponse, Request
from sanic.response import json

from wechat.sandbox.admin import admin, body_of, platform_of
from wechat.sandbox.clock import Clock
from wechat.sandbox.envelopes import Target
from wechat.sandbox.faults import Fault, Faults, Mix
from wechat.sandbox.moderation import Moderation, Rule, standard_rules
from wechat.sandbox.pushes import Habits, Pushes
from wechat.sandbox.quotas import Quota, Quotas
from wechat.sandbox.security import Security


class Forward(msgspec.Struct, forbid_unknown_fields=True):
    """Seconds by which the clock moves on."""

    forward: Annotated[float, msgspec.Meta(ge=0)]


class Fetching(msgspec.Struct, forbid_unknown_fields=True):
    """Whether pictures are really fetched."""

    fetch: bool


class Keys(msgspec.Struct, forbid_unknown_fields=True):
    """What a developer enters under "API 安全": a symmetric key (base64) and an RSA public key."""

    serial: str
    key: str
    public_key: str


@admin.get("/_sandbox/calls")
async def calls(request: Request) -> HTTPResponse:
    """How often each path was called."""
    return json(dict(platform_of(request).calls))


@admin.get("/_sandbox/clock")
async def clock(request: Request) -> HTTPResponse:
    """The sandbox's time (`now`, seconds since the epoch) and how far it is `ahead`."""
    return _told(platform_of(request).clock)


@admin.post("/_sandbox/clock")
async def move_clock(request: Request) -> HTTPResponse:
    """Move the clock on."""
    kept = platform_of(request).clock
    kept.forward(body_of(request, Forward).forward)
    return _told(kept)


@admin.post("/_sandbox/tokens/revoke")
async def revoke_tokens(request: Request) -> HTTPResponse:
    """End every access token at once."""
    platform_of(request).tokens.revoke()
    return json({})


@admin.get("/_sandbox/faults")
async def faults(request: Request) -> HTTPResponse:
    """The faults in force."""
    return _faults(platform_of(request).faults)


@admin.post("/_sandbox/faults")
async def add_fault(request: Request) -> HTTPResponse:
    """Put a fault in force (see `wechat.sandbox.faults.Fault`)."""
    kept = platform_of(request).faults
    kept.add(body_of(request, Fault))
    return _faults(kept)


@admin.post("/_sandbox/faults/mix")
async def mix_faults(request: Request) -> HTTPResponse:
    """A share of all calls meets a fault (see `wechat.sandbox.faults.Mix`)."""
    kept = platform_of(request).faults
    kept.mix = body_of(request, Mix)
    return _faults(kept)


@admin.delete("/_sandbox/faults")
async def clear_faults(request: Request) -> HTTPResponse:
    """End all faults."""
    kept = platform_of(request).faults
    kept.clear()
    return _faults(kept)


@admin.get("/_sandbox/quotas")
async def quotas(request: Request) -> HTTPResponse:
    """The quotas in force."""
    return _quotas(platform_of(request).quotas)


@admin.post("/_sandbox/quotas")
async def put_quota(request: Request) -> HTTPResponse:
    """Put a quota in force (see `wechat.sandbox.quotas.Quota`)."""
    kept = platform_of(request).quotas
    kept.put(body_of(request, Quota))
    return _quotas(kept)


@admin.delete("/_sandbox/quotas")
async def reset_quotas(request: Request) -> HTTPResponse:
    """The platform's own quotas again, unused."""
    kept = platform_of(request).quotas
    kept.reset()
    return _quotas(kept)


@admin.get("/_sandbox/moderation")
async def moderation(request: Request) -> HTTPResponse:
    """The rules by which content is judged, and the checks, oldest first."""
    return _moderation(platform_of(request).moderation)


@admin.post("/_sandbox/moderation")
async def add_rule(request: Request) -> HTTPResponse:
    """Put a rule before the others (see `wechat.sandbox.moderation.Rule`)."""
    kept = platform_of(request).moderation
    kept.add(body_of(request, Rule))
    return _moderation(kept)


@admin.post("/_sandbox/moderation/fetch")
async def fetching(request: Request) -> HTTPResponse:
    """Say whether pictures are really fetched before they are judged."""
    kept = platform_of(request).moderation
    kept.fetch = body_of(request, Fetching).fetch
    return _moderation(kept)


@admin.delete("/_sandbox/moderation")
async def reset_rules(request: Request) -> HTTPResponse:
    """The sandbox's own rules again, and no checks."""
    kept = platform_of(request).moderation
    kept.rules = standard_rules()
    kept.checked.clear()
    return _moderation(kept)


@admin.get("/_sandbox/pushes")
async def pushes(request: Request) -> HTTPResponse:
    """Where pushes go (the keys included: they are the sandbox's), the habits, and the log."""
    return _pushes(platform_of(request).pushes)


@admin.delete("/_sandbox/pushes")
async def forget_pushes(request: Request) -> HTTPResponse:
    """Forget what was pushed."""
    kept = platform_of(request).pushes
    kept.log.clear()
    return _pushes(kept)


@admin.post("/_sandbox/pushes/target")
async def aim(request: Request) -> HTTPResponse:
    """Send pushes somewhere (see `wechat.sandbox.envelopes.Target`); `null` sends none."""
    kept = platform_of(request).pushes
    kept.aim(msgspec.json.decode(request.body, type=Target | None))
    return _pushes(kept)


@admin.post("/_sandbox/pushes/habits")
async def habits(request: Request) -> HTTPResponse:
    """Set the delay and the chances of oddities (see `wechat.sandbox.pushes.Habits`)."""
    kept = platform_of(request).pushes
    kept.habits = body_of(request, Habits)
    return _pushes(kept)


@admin.post("/_sandbox/pushes/check")
async def check_address(request: Request) -> HTTPResponse:
    """Check the address as the console does; `result` is `ok` or what was wrong."""
    return json({"result": await platform_of(request).pushes.check_address()})


@admin.post("/_sandbox/security")
async def secure(request: Request) -> HTTPResponse:
    """Enter a developer's keys; from then on, what can be signed must be. The certificates."""
    wanted, platform = body_of(request, Keys), platform_of(request)
    platform.security = Security(platform.appid, wanted.serial, wanted.key, wanted.public_key)
    return json({"certificates": platform.security.certificates}, status=201)


@admin.post("/_sandbox/security/rotate")
async def rotate_certificate(request: Request) -> HTTPResponse:
    """Begin to change the platform's certificate: both sign for now."""
    kept = platform_of(request).security
    if kept is None:
        return json({"error": "还没有设置接口安全密钥"}, status=409)
    kept.rotate()
    return json({"certificates": kept.certificates})


@admin.delete("/_sandbox/security")
async def unsecure(request: Request) -> HTTPResponse:
    """Turn API security off."""
    platform_of(request).security = None
    return json({})


@admin.get("/_sandbox/links")
async def links(request: Request) -> HTTPResponse:
    """The URL links that were made, oldest first."""
    return json([msgspec.to_builtins(link) for link in platform_of(request).links])


def _told(kept: Clock) -> HTTPResponse:
    return json({"now": kept.now(), "ahead": kept.ahead})


def _faults(kept: Faults) -> HTTPResponse:
    return _shown(in_force=kept.in_force, mix=kept.mix)


def _quotas(kept: Quotas) -> HTTPResponse:
    return _shown(in_force=kept.in_force)


def _moderation(kept: Moderation) -> HTTPResponse:
    return _shown(rules=kept.rules, fetch=kept.fetch, checked=kept.checked)


def _pushes(kept: Pushes) -> HTTPResponse:
    return _shown(target=kept.target, habits=kept.habits, log=list(kept.log))


def _shown(**parts: Any) -> HTTPResponse:
    return json(msgspec.to_builtins(parts))
