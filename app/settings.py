"""Every setting of the server, read once from the environment.

A setting `name` is read from `ZHANGBAN_NAME`; a secret may instead stand in a file whose path is
in `ZHANGBAN_NAME_FILE` (container and systemd secrets). `DATABASE_URL` and `REDIS_URL` are also
read without the prefix, because every platform sets them so. `docs/settings.md` is printed from
this file by `zhangban settings --markdown`.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import msgspec
from msgspec import Meta

Says = Meta
"""What a setting is for, in one sentence: `Annotated[int, Says(description="…")]`."""

UNPREFIXED = {"database_url": "DATABASE_URL", "redis_url": "REDIS_URL"}
PREFIX = "ZHANGBAN_"


class SettingsError(Exception):
    """A setting is missing or wrong; the message says which and what it wants."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings in force. Seconds, bytes and pixels unless a description says otherwise."""

    # --- where things are
    database_url: Annotated[
        str,
        Says(description="PostgreSQL, `postgresql://…`; empty: an embedded one is started (demo)."),
    ] = ""
    redis_url: Annotated[
        str,
        Says(description="Redis or Valkey, `redis://…`; empty: an embedded one is started (demo)."),
    ] = ""
    storage_url: Annotated[
        str,
        Says(description="Photos: a folder (`file:///srv/zhangban/photos`) or `s3://bucket/path`."),
    ] = ""
    storage_endpoint: Annotated[
        str, Says(description="Address of an S3-compatible store, if it is not Amazon's.")
    ] = ""
    storage_access_key: Annotated[str, Says(description="Access key of the S3 store.")] = ""
    storage_secret_key: Annotated[
        str, Says(description="Secret key of the S3 store.", extra={"secret": True})
    ] = ""
    state_dir: Annotated[
        str, Says(description="Folder for embedded servers and, without a storage URL, photos.")
    ] = ".zhangban"

    # --- the server
    host: Annotated[str, Says(description="Address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535, description="Port to listen on.")] = 8000
    workers: Annotated[int, Meta(ge=1, le=64, description="Worker processes.")] = 2
    database_pool: Annotated[
        int,
        Meta(
            ge=2,
            le=200,
            description="Connections a worker may hold; times workers < PostgreSQL's limit.",
        ),
    ] = 10
    public_url: Annotated[
        str, Says(description="The address that phones reach, `https://hall.example.gov.cn`.")
    ] = "http://127.0.0.1:8000"
    behind_proxy: Annotated[
        bool, Says(description="True when nginx stands in front: client addresses come from it.")
    ] = False
    log_format: Annotated[str, Says(description="`json` for machines, `console` for people.")] = (
        "json"
    )
    log_level: Annotated[str, Says(description="`debug`, `info`, `warning` or `error`.")] = "info"
    metrics_token: Annotated[
        str,
        Says(
            description="Bearer token for `/metrics`; empty: only from this machine.",
            extra={"secret": True},
        ),
    ] = ""

    # --- keys
    keys: Annotated[
        str,
        Says(
            description=(
                "Keys for personal data and signatures, `id:base64` a line or comma, newest first; "
                "made by `zhangban keys new`. Old keys stay so that old data can be read."
            ),
            extra={"secret": True},
        ),
    ] = ""

    # --- WeChat
    wechat_base_url: Annotated[str, Says(description="The platform, or the sandbox's address.")] = (
        "https://api.weixin.qq.com"
    )
    wechat_appid: Annotated[str, Says(description="The mini program's appid.")] = ""
    wechat_secret: Annotated[
        str, Says(description="The mini program's secret.", extra={"secret": True})
    ] = ""
    wechat_timeout: Annotated[
        float, Meta(gt=0, le=60, description="How long one call to the platform may take.")
    ] = 8.0
    wechat_state: Annotated[
        str, Says(description="Which build a message opens: `formal`, `trial` or `developer`.")
    ] = "formal"
    wechat_templates: Annotated[
        dict[str, str],
        Says(
            description=(
                'Template ids of the subscribe messages, JSON: `{"submitted": …, "reminder": …, '
                '"ready": …, "rate": …}`.'
            )
        ),
    ] = {}
    wechat_signing: Annotated[
        bool,
        Says(
            description=(
                "True once API security (API 安全) is set up in the platform's console: calls that"
                " take it are signed and encrypted."
            )
        ),
    ] = False
    wechat_signing_serial: Annotated[
        str, Says(description="The number of the symmetric key, as the console shows it.")
    ] = ""
    wechat_signing_key: Annotated[
        str,
        Says(description="The symmetric key (AES-256), base64.", extra={"secret": True}),
    ] = ""
    wechat_signing_private_key: Annotated[
        str,
        Says(
            description="Our RSA private key in PEM, whose public key the console has.",
            extra={"secret": True},
        ),
    ] = ""
    wechat_signing_certificates: Annotated[
        dict[str, str],
        Says(
            description=(
                "The platform's certificates in PEM by the numbers that the console shows, JSON:"
                ' `{"79ba…": "-----BEGIN CERTIFICATE-----\\n…"}`; the next one beside the old.'
            )
        ),
    ] = {}

    wechat_long_term: Annotated[
        str,
        Meta(
            pattern=r"^(submitted|reminder|ready|rate)?(,(submitted|reminder|ready|rate))*$",
            description=(
                "Messages whose templates are long-term (长期订阅), with commas: `reminder,ready`."
            ),
        ),
    ] = ""
    wechat_word_seconds: Annotated[
        int,
        Meta(
            ge=0,
            le=86_400,
            description=(
                "How long a message without an answer waits for the platform's push; own default."
            ),
        ),
    ] = 600
    wechat_trust_pushes: Annotated[
        bool,
        Says(
            description=(
                "True: without a push in that time it did not arrive, and is sent again. False: a"
                " person decides, so that nothing ever arrives twice."
            )
        ),
    ] = False

    wechat_push_token: Annotated[
        str,
        Says(
            description="Token of the platform's pushes (消息推送配置); empty: none are taken.",
            extra={"secret": True},
        ),
    ] = ""
    wechat_push_aes_key: Annotated[
        str,
        Says(
            description=(
                "EncodingAESKey of the pushes, 43 characters, in compatible and secure mode; empty"
                " in plain mode."
            ),
            extra={"secret": True},
        ),
    ] = ""
    wechat_pushes_per_minute: Annotated[
        int,
        Meta(
            ge=10,
            le=1_000_000,
            description="Pushes taken from one address in a minute, false ones too; own default.",
        ),
    ] = 6_000

    # --- what people write and send
    moderation_words: Annotated[
        str,
        Says(
            description=(
                "File of the hall's own words, one a line (UTF-8, `#` begins a remark): a text with"
                " one is held for a person, before the platform is asked; empty: none."
            )
        ),
    ] = ""
    moderation_hold_unchecked: Annotated[
        bool,
        Says(
            description=(
                "True: what nobody could check, or has not yet, is not shown to others until a"
                " person has looked. False: it is shown."
            )
        ),
    ] = False
    moderation_images: Annotated[
        bool,
        Says(
            description=(
                "True: photos that citizens send are checked by the platform, which fetches each by"
                " a short-lived link. False: they are not shown to it."
            )
        ),
    ] = True

    # --- messages
    quiet_hours: Annotated[
        str,
        Meta(
            pattern=r"^$|^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$",
            description=(
                "When no phone rings, in China's time; empty: never. What must be done before they"
                " end is sent all the same."
            ),
        ),
    ] = "21:30-08:00"
    sms_kinds: Annotated[
        str,
        Meta(
            pattern=r"^(submitted|reminder|ready|rate)?(,(submitted|reminder|ready|rate))*$",
            description=(
                "Messages that go by SMS where WeChat cannot bring them, with commas; own default."
            ),
        ),
    ] = "reminder,ready"
    sms_provider: Annotated[
        str,
        Meta(
            pattern="^(folder|aliyun)$",
            description="Who sends SMS: `aliyun`, or `folder` (files below the state folder).",
        ),
    ] = "folder"
    sms_sign_name: Annotated[
        str, Says(description="The approved sign name (签名), without brackets.")
    ] = ""
    sms_templates: Annotated[
        dict[str, str],
        Says(
            description=(
                'The provider\'s template codes, JSON: `{"reminder": "SMS_1", "ready": …,'
                ' "submitted": …, "rate": …, "invitation": …}`.'
            )
        ),
    ] = {}
    sms_access_key: Annotated[str, Says(description="The access key's id.")] = ""
    sms_access_secret: Annotated[
        str, Says(description="The access key's secret.", extra={"secret": True})
    ] = ""
    sms_endpoint: Annotated[str, Says(description="The provider's address.")] = (
        "https://dysmsapi.aliyuncs.com"
    )
    sms_timeout: Annotated[
        float, Meta(gt=0, le=60, description="How long one call to the provider may take.")
    ] = 8.0

    # --- sign-in
    citizen_session_days: Annotated[
        int, Meta(ge=1, le=365, description="Days a phone stays signed in.")
    ] = 30
    staff_session_hours: Annotated[
        int, Meta(ge=1, le=72, description="Hours a staff member stays signed in.")
    ] = 12
    login_attempts: Annotated[
        int, Meta(ge=3, le=50, description="Wrong passwords before an account is locked.")
    ] = 5
    login_lock_minutes: Annotated[
        int, Meta(ge=1, le=1440, description="Minutes for which it is then locked.")
    ] = 15
    second_factor_roles: Annotated[
        str,
        Meta(
            pattern=(
                r"^((clerk|reviewer|supervisor|manager|admin)"
                r"(,(clerk|reviewer|supervisor|manager|admin))*)?$"
            ),
            description=(
                "Roles that hold only once their owner has set up a second factor, with commas:"
                " `admin,manager`; empty: none."
            ),
        ),
    ] = ""

    # --- who citizens are
    real_name_url: Annotated[
        str,
        Says(
            description=(
                "Service that says whether a name and an ID number belong together (docs/real-name"
                ".md), `https://…`; `demo:` for the stand-in; empty: only the form is checked."
            )
        ),
    ] = ""
    real_name_app_id: Annotated[
        str, Says(description="How that service knows this hall; given by it.")
    ] = ""
    real_name_key: Annotated[
        str,
        Says(
            description="Key shared with that service, which signs both ways; 16 letters or more.",
            extra={"secret": True},
        ),
    ] = ""
    real_name_timeout: Annotated[
        float,
        Meta(gt=0, le=30, description="How long a citizen waits for it; then it is asked later."),
    ] = 3.0
    real_name_attempts: Annotated[
        int,
        Meta(
            ge=1,
            le=50,
            description="Names and ID numbers that do not match, which one may try within a day.",
        ),
    ] = 5
    filing_level: Annotated[
        str,
        Meta(
            pattern=r"^(none|stated|phone_proven|verified)$",
            description=(
                "How well a citizen must be known to apply from the phone: `none` (what they say of"
                " themselves is enough), `phone_proven` or `verified`."
            ),
        ),
    ] = "none"

    # --- acting for others
    assistance_days: Annotated[
        int,
        Meta(
            ge=1,
            le=365,
            description="Days for which a helper's consent holds if none are given; own default.",
        ),
    ] = 90
    invitation_days: Annotated[
        int,
        Meta(
            ge=1,
            le=90,
            description="Days for which an invitation or offer to a phone stays open; own default.",
        ),
    ] = 7
    claim_code_days: Annotated[
        int,
        Meta(
            ge=1,
            le=365,
            description="Days for which a code from the counter can be used; own default.",
        ),
    ] = 90
    claim_attempts: Annotated[
        int,
        Meta(ge=3, le=50, description="Wrong tries before a code from the counter is spent."),
    ] = 5

    # --- applications
    draft_days: Annotated[
        int,
        Meta(
            ge=1,
            le=365,
            description="Days for which a draft is kept that nobody saves again; own default.",
        ),
    ] = 90
    deferral_remind_days: Annotated[
        int,
        Meta(
            ge=1,
            le=20,
            description=(
                "Working days before its last day on which the applicant is reminded of a"
                " deferred material (容缺); own default."
            ),
        ),
    ] = 1
    yellow_share: Annotated[
        str,
        Meta(
            pattern=r"^[1-9]\d?/[1-9]\d?$",
            description=(
                "A warning light turns yellow when this share of its limit is left, at least one"
                " day; a fraction below 1."
            ),
        ),
    ] = "1/3"

    case_retention_days: Annotated[
        int,
        Meta(
            ge=30,
            le=36_525,
            description=(
                "Days after a case ended for which it says who applied; then photos and personal"
                " data are erased. The default is the time for suing (行政诉讼法第四十六条)."
            ),
        ),
    ] = 1_827

    # --- photos
    upload_max_bytes: Annotated[
        int, Meta(ge=100_000, le=100_000_000, description="Largest photo taken in.")
    ] = 15_000_000
    upload_max_pixels: Annotated[
        int, Meta(ge=1_000_000, le=400_000_000, description="Most pixels decoded.")
    ] = 60_000_000
    uploads_per_hour: Annotated[
        int, Meta(ge=1, description="Photos one citizen may send in an hour.")
    ] = 200
    upload_hours: Annotated[
        int,
        Meta(
            ge=1,
            le=168,
            description="Hours after which an upload that was begun and not finished is dropped.",
        ),
    ] = 24
    uploads_open: Annotated[
        int,
        Meta(
            ge=1,
            le=100,
            description="Uploads that one sender may have begun and not finished; own default.",
        ),
    ] = 10
    link_seconds: Annotated[
        int,
        Meta(ge=30, le=3600, description="For how long a signed link to a picture opens."),
    ] = 300
    pdf_max_pages: Annotated[
        int, Meta(ge=0, le=200, description="Most pages of a PDF taken in; 0: no PDF is.")
    ] = 20
    clamd: Annotated[
        str,
        Says(
            description=(
                "The virus scanner: `tcp://host:3310` or the path of clamd's socket; empty: off. If"
                " it is on and does not answer, nothing is taken in."
            )
        ),
    ] = ""
    clamd_seconds: Annotated[
        float, Meta(gt=0, le=120, description="How long the virus scanner may take for one file.")
    ] = 20.0
    quality_blur: Annotated[
        float,
        Meta(
            ge=0,
            le=1,
            description=(
                "A photo is called blurred from here: 0.2 is sharp, 1 a smear; 0: never; own"
                " default."
            ),
        ),
    ] = 0.5
    quality_dark: Annotated[
        int,
        Meta(
            ge=0,
            le=255,
            description="A photo whose paper has a lower gray level is called dark; own default.",
        ),
    ] = 80
    quality_contrast: Annotated[
        int,
        Meta(
            ge=0,
            le=255,
            description="A photo with fewer gray levels from ink to paper is faint; own default.",
        ),
    ] = 60
    quality_glare: Annotated[
        float,
        Meta(
            ge=0,
            le=30,
            description="Per cent of a photo that glare may take unremarked; 0: any; own default.",
        ),
    ] = 0.5
    quality_tilt: Annotated[
        float,
        Meta(
            ge=0,
            le=20,
            description="Degrees from which a paper is called tilted; 0: never; own default.",
        ),
    ] = 8.0
    quality_short_edge: Annotated[
        int,
        Meta(
            ge=0,
            le=1600,
            description="A photo with a shorter side, in pixels, is called small; own default.",
        ),
    ] = 400
    quality_share: Annotated[
        float,
        Meta(
            ge=0,
            le=100,
            description="Per cent of a photo that a paper on a dark table must fill; own default.",
        ),
    ] = 20.0
    likeness_bits: Annotated[
        int,
        Meta(
            ge=0,
            le=12,
            description=(
                "A photo is pointed out as sent before if at most so many bits of 64 differ; own"
                " default."
            ),
        ),
    ] = 4
    likeness_days: Annotated[
        int,
        Meta(
            ge=0,
            le=365,
            description="Days for which it is compared with what its owner sent; 0: never.",
        ),
    ] = 30

    # --- evaluations
    prompt_seconds: Annotated[
        int, Meta(ge=10, le=600, description="How long an evaluator shows its five faces.")
    ] = 60
    device_clock_window: Annotated[
        int, Meta(ge=30, le=3600, description="Seconds a device's signature may be off.")
    ] = 300
    device_models: Annotated[
        dict[str, str],
        Says(
            description=(
                "How models of devices number their levels, JSON, beside those known"
                ' (`evaluations/devices/vendors.json`): `{"PJ-100": "one-best"}`.'
            )
        ),
    ] = {}
    ratings_queue: Annotated[
        int,
        Meta(ge=100, le=1_000_000, description="Ratings that may wait in a worker; past it 503."),
    ] = 5_000
    rectification_contact_days: Annotated[
        int, Meta(ge=1, le=30, description="Working days to contact a known bad rater.")
    ] = 1
    rectification_days: Annotated[
        int, Meta(ge=1, le=60, description="Working days to verify and rectify a bad rating.")
    ] = 5
    rectification_complex_days: Annotated[
        int, Meta(ge=1, le=120, description="The same for a complex one, marked by a supervisor.")
    ] = 15
    rectification_appeal_days: Annotated[
        int, Meta(ge=1, le=30, description="Working days in which a department can appeal.")
    ] = 2
    improvement_topic_ratings: Annotated[
        int,
        Meta(
            ge=2,
            le=100,
            description="Bad ratings of one tag in 30 days that open an improvement topic.",
        ),
    ] = 3
    small_sample: Annotated[
        int, Meta(ge=1, le=1000, description="A score from fewer ratings is left out of rankings.")
    ] = 5

    # --- supervision
    supervision_answer_days: Annotated[
        int,
        Meta(
            ge=1,
            le=30,
            description="Working days to answer a supervision entry (督办); own default.",
        ),
    ] = 2

    # --- long work
    work_days: Annotated[
        int,
        Meta(
            ge=1,
            le=365,
            description=(
                "Days for which a finished report, export or import is kept, with its file; own"
                " default."
            ),
        ),
    ] = 7

    # --- the exchange with the province
    exchange_url: Annotated[
        str, Says(description="The province's rating exchange, `https://…`; empty: off.")
    ] = ""
    exchange_app_id: Annotated[
        str, Says(description="How the province knows this hub; given by it.")
    ] = ""
    exchange_private_key: Annotated[
        str,
        Says(
            description=(
                "This hub's SM2 private key, 64 hexadecimal digits; made by `zhangban keys sm2`."
            ),
            extra={"secret": True},
        ),
    ] = ""
    exchange_province_key: Annotated[
        str, Says(description="The province's SM2 public key, 130 hexadecimal digits (04…).")
    ] = ""
    exchange_batch: Annotated[
        int, Meta(ge=1, le=500, description="Records or ratings in one message, at most.")
    ] = 50
    exchange_timeout: Annotated[
        float, Meta(gt=0, le=60, description="How long one message to the province may take.")
    ] = 10.0
    exchange_names: Annotated[
        bool,
        Says(
            description=(
                "True only if the province's rules ask for applicants' names; otherwise no"
                " personal data is sent."
            )
        ),
    ] = False


def variable(name: str) -> str:
    """The environment variable that holds the setting `name`."""
    return PREFIX + name.upper()


def is_secret(name: str) -> bool:
    """Whether the setting `name` must never be printed."""
    hint = get_type_hints(Settings, include_extras=True)[name]
    return any(bool((m.extra or {}).get("secret")) for m in hint.__metadata__)


def description(name: str) -> str:
    """The sentence that explains the setting `name`."""
    hint = get_type_hints(Settings, include_extras=True)[name]
    return next(m.description for m in hint.__metadata__ if m.description)


def _raw(name: str, env: Mapping[str, str]) -> str | None:
    names = [variable(name)]
    if name in UNPREFIXED:
        names.append(UNPREFIXED[name])
    for candidate in names:
        if env.get(candidate):
            return env[candidate]
        path = env.get(candidate + "_FILE")
        if path:
            try:
                return Path(path).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise SettingsError(
                    f"{candidate}_FILE: cannot read {path} ({error.strerror})"
                ) from None
    return None


def read(env: Mapping[str, str] | None = None, **given: Any) -> Settings:
    """Read the settings from `env` (default: the process's); `given` wins over it.

    Raises:
        SettingsError: a value does not fit; the message names the variable.
    """
    env = os.environ if env is None else env
    known = {variable(f) for f in Settings.__struct_fields__}
    for name in env:
        plain = name.removesuffix("_FILE")
        if name.startswith(PREFIX) and plain not in known:
            raise SettingsError(f"{name}: no such setting (see docs/settings.md)")
    values: dict[str, Any] = {}
    for name in Settings.__struct_fields__:
        raw = _raw(name, env)
        if name in given or raw is None:
            continue
        if get_type_hints(Settings)[name] is bool:
            raw = {"1": "true", "yes": "true", "0": "false", "no": "false"}.get(raw.lower(), raw)
        values[name] = raw
        try:
            if name in (
                "wechat_templates",
                "device_models",
                "sms_templates",
                "wechat_signing_certificates",
            ):
                values[name] = msgspec.json.decode(raw)
            msgspec.convert({name: values[name]}, Settings, strict=False)
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
            shown = "(secret)" if is_secret(name) else repr(raw)
            raise SettingsError(f"{variable(name)}={shown}: {error}") from None
    return msgspec.convert(values | given, Settings, strict=False)


def environment(settings: Settings) -> dict[str, str]:
    """The settings as variables for a child process: what differs from the defaults."""
    plain = Settings()
    found: dict[str, str] = {}
    for name in Settings.__struct_fields__:
        value = getattr(settings, name)
        if value != getattr(plain, name):
            text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
            found[variable(name)] = text
    return found
