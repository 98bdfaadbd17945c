"""Which of the platform's templates stands for which message, by the hall's settings."""

from app.notices.rules import Kind
from app.settings import Settings
from wechat import client, templates


def template_of(settings: Settings, kind: Kind) -> str | None:
    """The template with which messages of `kind` are sent; None where the hall has set none.

    The sandbox has templates of its own, which need no setting.
    """
    if not settings.wechat_appid:
        return None
    at_platform = settings.wechat_base_url.rstrip("/") == client.OFFICIAL
    if at_platform and not settings.wechat_templates.get(kind):
        return None
    return templates.template_id(settings, kind)


def kind_of(settings: Settings, template_id: str) -> Kind | None:
    """The message for which a template stands; None for one that is none of the hall's."""
    for kind in Kind:
        if template_of(settings, kind) == template_id:
            return kind
    return None
