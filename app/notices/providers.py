"""Who sends text messages, by the hall's settings."""

from pathlib import Path
from urllib.parse import urlsplit

from app.notices.aliyun import AliyunSms
from app.notices.sms import FolderSms, Sms
from app.notices.text_rules import Text
from app.settings import Settings


def from_settings(settings: Settings) -> Sms:
    """The provider that the settings name.

    Raises:
        ValueError: something that it needs is not set, or wrong; the message names the variable.
    """
    if settings.sms_provider == "folder":
        return Sms(FolderSms(Path(settings.state_dir) / "sms"))
    for name in ("sms_access_key", "sms_access_secret", "sms_sign_name", "sms_templates"):
        if not getattr(settings, name):
            raise ValueError(f"ZHANGBAN_{name.upper()} is not set; sms_provider=aliyun needs it")
    unknown = sorted(set(settings.sms_templates) - set(Text))
    missing = sorted(set(filter(None, settings.sms_kinds.split(","))) - set(settings.sms_templates))
    if unknown or missing:
        raise ValueError(
            f"ZHANGBAN_SMS_TEMPLATES: unknown {unknown}, missing {missing} (see sms_kinds)"
        )
    if urlsplit(settings.sms_endpoint).scheme not in ("http", "https"):
        raise ValueError("ZHANGBAN_SMS_ENDPOINT: an http or https address is wanted")
    return Sms(
        AliyunSms(
            access_key=settings.sms_access_key,
            secret=settings.sms_access_secret,
            sign_name=settings.sms_sign_name,
            templates=settings.sms_templates,
            endpoint=settings.sms_endpoint,
            timeout=settings.sms_timeout,
        )
    )
