"""Tables of service items and their versions."""

from typing import Any

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model

from app.core.db import new_id


class Item(Model):
    """事项: what can be applied for at a hall, under one implementation code."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    hall_id = fields.UUIDField()
    implementation_code = fields.CharField(max_length=80)
    department_id = fields.UUIDField()
    bundle = fields.BooleanField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "items"
        unique_together = (("hall_id", "implementation_code"), ("id", "hall_id"))


class ItemVersion(Model):
    """What an item says from one publication to the next; only its state ever changes."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    item_id = fields.UUIDField()
    hall_id = fields.UUIDField()
    number = fields.IntField()
    state = fields.CharField(max_length=16)
    name = fields.CharField(max_length=200)
    group_name = fields.CharField(max_length=200, default="")
    kind_code = fields.SmallIntField()
    case_type = fields.CharField(max_length=16)
    served_objects = ArrayField(element_type="text")
    department_id = fields.UUIDField()
    department_code = fields.CharField(max_length=80, default="")
    region_code = fields.CharField(max_length=20, default="")
    legal_days = fields.SmallIntField()
    promised_days = fields.SmallIntField()
    limits_given = fields.BooleanField()
    visits = fields.SmallIntField()
    instant_service = fields.BooleanField()
    online = fields.BooleanField()
    nearby = fields.BooleanField()
    one_visit = fields.BooleanField()
    on_phone = fields.BooleanField()
    guide: fields.JSONField[dict[str, Any]] = fields.JSONField()
    stages: fields.JSONField[list[dict[str, Any]]] = fields.JSONField()
    content_digest = fields.BinaryField()
    search_text = fields.TextField()
    created_at = fields.DatetimeField()
    published_at = fields.DatetimeField(null=True)
    withdrawn_at = fields.DatetimeField(null=True)

    class Meta:
        table = "item_versions"
        unique_together = (("item_id", "number"),)


class ItemIndex(Model):
    """What the published version of an item is found by; see `search.Index`."""

    item_id = fields.UUIDField(primary_key=True)
    version_id = fields.UUIDField(unique=True)
    edition = fields.SmallIntField()
    words = fields.TextField()
    name = fields.TextField()
    sound = fields.TextField()
    initials = fields.TextField()

    class Meta:
        table = "item_index"


class ItemUse(Model):
    """How often an item was applied for, as it was last counted."""

    item_id = fields.UUIDField(primary_key=True)
    count = fields.IntField()
    counted_at = fields.DatetimeField()

    class Meta:
        table = "item_uses"


class SearchSynonym(Model):
    """What people of one hall call a thing, and the catalogue's terms for it."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    hall_id = fields.UUIDField()
    phrase = fields.CharField(max_length=40)
    terms = ArrayField(element_type="text")
    changed_at = fields.DatetimeField()

    class Meta:
        table = "search_synonyms"
        unique_together = (("hall_id", "phrase"),)


class SamplePicture(Model):
    """A picture that shows what a material looks like. Nothing in it is secret."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    hall_id = fields.UUIDField()
    digest = fields.BinaryField()
    width = fields.IntField()
    height = fields.IntField()
    bytes = fields.IntField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "sample_pictures"
        unique_together = (("hall_id", "digest"),)
