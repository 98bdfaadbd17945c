"""Tables of materials and their pictures."""

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model

from app.core.db import new_id


class DigestField(fields.BinaryField[bytes]):
    """A BYTEA column that can be a key; Tortoise forbids that for MySQL's sake."""

    indexable = True


class Picture(Model):
    """One picture, however many people sent it. Deleting the row shreds the stored objects.

    Without its `data_key`, itself sealed with the house's keys, nothing in the storage opens.
    """

    digest = DigestField(primary_key=True)
    """Keyed hash of the display picture: who has the table alone cannot look a picture up in it."""
    stored_as = fields.UUIDField(unique=True)
    """The name of its objects. A picture that is kept again gets another, so that whoever removes
    old objects never removes those that somebody is writing."""
    data_key = fields.BinaryField()
    width = fields.IntField()
    height = fields.IntField()
    display_bytes = fields.IntField()
    thumbnail_bytes = fields.IntField()
    source_format = fields.CharField(max_length=8)
    pages = fields.IntField(default=1)
    findings = ArrayField(element_type="text")
    """What was found wrong with it at intake, as `Finding.stored` writes it."""
    created_at = fields.DatetimeField()

    class Meta:
        table = "pictures"


class Material(Model):
    """What one citizen supplied: a picture under the name that they gave it."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    owner_id = fields.UUIDField()
    digest = fields.BinaryField()
    filename = fields.CharField(max_length=120)
    attached_at = fields.DatetimeField(null=True)
    """When it first became part of an application; None while it is of none."""
    created_at = fields.DatetimeField()
    sent_at = fields.DatetimeField()
    """When it was last sent: the same photo sent again is not forgotten a moment later."""
    likeness = fields.BigIntField(null=True)
    """Masked, see `likeness.masked`; None for what came in before there was one."""
    file_digest = fields.BinaryField(null=True)
    """Keyed hash of the file that was last sent for it; None for what came in before there was
    one."""
    links_from = fields.DatetimeField(null=True)
    """Links made up to this moment open nothing any more."""

    class Meta:
        table = "materials"
        unique_together = (("owner_id", "digest"),)


class StaffPhoto(Model):
    """The photo of a staff member that evaluators show; sealed, and small enough for its row."""

    staff_id = fields.UUIDField(primary_key=True)
    version = fields.UUIDField(unique=True)
    """Another one each time the photo is set, so that a screen knows whether it has it."""
    jpeg = fields.BinaryField()
    width = fields.IntField()
    """Pixels."""
    height = fields.IntField()
    set_at = fields.DatetimeField()

    class Meta:
        table = "staff_photos"


class MaterialHold(Model):
    """A reason to keep a photo that belongs to no application yet, such as a draft of one."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    material_id = fields.UUIDField()
    holder = fields.CharField(max_length=80)

    class Meta:
        table = "material_holds"
        unique_together = (("material_id", "holder"),)


class ResumableUpload(Model):
    """A file that comes in pieces; what has come is in the folder of uploads under its id."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    owner_id = fields.UUIDField()
    sender = fields.CharField(max_length=64)
    """Who may go on with it: the key of the actor who began it."""
    filename = fields.CharField(max_length=120)
    size = fields.IntField()
    material_id = fields.UUIDField(null=True)
    """What it became; None until all has come and was taken in."""
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()

    class Meta:
        table = "uploads"
