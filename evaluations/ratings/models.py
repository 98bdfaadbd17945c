"""Tables of what can be rated, and of the ratings."""

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model

from app.core.db import new_id
from app.core.fields import PersonalField


class Service(Model):
    """One thing that can be rated once: a visit, a case or a node of one, another system's record.

    `subject` says which ("visit:<id>", "case:<number>", "case:<number>:accepted",
    "external:<project>:<service number>"). `client_id` is the system that sent it. Where it
    belongs never changes, and it ends once; the database refuses both. `citizen_id` may rate it
    in the mini program.
    """

    id = fields.UUIDField(primary_key=True, default=new_id)
    kind = fields.CharField(max_length=12)
    subject = fields.CharField(max_length=80, unique=True)
    hall_id = fields.UUIDField()
    department_id = fields.UUIDField(null=True)
    window_id = fields.UUIDField(null=True)
    staff_id = fields.UUIDField(null=True)
    item_id = fields.UUIDField(null=True)
    item_name = fields.CharField(max_length=200)
    citizen_id = fields.UUIDField(null=True)
    client_id = fields.UUIDField(null=True)
    project_no = fields.CharField(max_length=40, null=True)
    service_number = fields.SmallIntField(default=1)
    started_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)
    rateable_until = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "services"
        unique_together = (("project_no", "service_number"),)


class Rating(Model):
    """One rating. Rows are never changed or deleted; the database refuses both.

    `happened_at` is by the rater's own clock, which runs `clock_offset_ms` before the server's;
    `day` is the day in China on which it counts. `via` says by what right it came, and which of
    the ids names the actor: `device_id`, `citizen_id` (an account), `client_id` with its
    `assess_number`, `entered_by` with its `card_number`; a code at the window, of a visit or of a
    text message names nobody, but for a signed-in phone that scanned it. `score_lines` are the
    fingerprints (`score_line` in SQL) of the lines of the score table under which it counts.
    """

    id = fields.UUIDField(primary_key=True, default=new_id)
    service_id = fields.UUIDField(unique=True)
    level = fields.SmallIntField()
    tags = ArrayField(element_type="text")
    tags_version = fields.CharField(max_length=16)
    comment = fields.CharField(max_length=150)
    channel = fields.SmallIntField()
    device_id = fields.UUIDField(null=True)
    event_id = fields.UUIDField(null=True)
    citizen_id = fields.UUIDField(null=True)
    client_id = fields.UUIDField(null=True)
    assess_number = fields.CharField(max_length=40, null=True)
    entered_by = fields.UUIDField(null=True)
    card_number = fields.CharField(max_length=40, null=True)
    via = fields.CharField(max_length=8)
    raw_level = fields.SmallIntField(null=True)
    happened_at = fields.DatetimeField()
    received_at = fields.DatetimeField()
    clock_offset_ms = fields.IntField()
    day = fields.DateField()
    score_lines = ArrayField(element_type="bigint", default=list)

    class Meta:
        table = "ratings"
        unique_together = (("device_id", "event_id"),)


class ExternalRecord(Model):
    """What another system told of its service, in the province's terms. Never changed."""

    service_id = fields.UUIDField(primary_key=True)
    task_code = fields.CharField(max_length=64)
    department_code = fields.CharField(max_length=40)
    area_code = fields.CharField(max_length=12)
    user_prop = fields.SmallIntField()
    pro_status = fields.SmallIntField()
    pro_channel = fields.SmallIntField()
    promised_days = fields.SmallIntField(null=True)
    accepted_on = fields.DateField(null=True)
    result_on = fields.DateField(null=True)
    digest = fields.BinaryField()

    class Meta:
        table = "external_records"


class UnratedTap(Model):
    """What a vendor's device reports and is no rating: nobody tapped in time, or "not rated"."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    device_id = fields.UUIDField()
    event_id = fields.UUIDField()
    service_id = fields.UUIDField(null=True)
    raw_level = fields.SmallIntField()
    reason = fields.CharField(max_length=12)
    happened_at = fields.DatetimeField()
    received_at = fields.DatetimeField()
    clock_offset_ms = fields.IntField()

    class Meta:
        table = "unrated_taps"
        unique_together = (("device_id", "event_id"),)


class PromptAck(Model):
    """A device said that it shows a prompt."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    service_id = fields.UUIDField()
    device_id = fields.UUIDField()
    acknowledged_at = fields.DatetimeField()

    class Meta:
        table = "prompt_acks"
        unique_together = (("service_id", "device_id"),)


class HallRatingSettings(Model):
    """How a hall has itself rated; a hall without a row has the defaults of `rules.HallRules`."""

    hall_id = fields.UUIDField(primary_key=True)
    rate_acceptance = fields.BooleanField()
    rate_issue = fields.BooleanField()
    uses_points = fields.BooleanField()
    invite_after_days = fields.SmallIntField()
    check_percent = fields.SmallIntField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "hall_rating_settings"


class StaffCitizen(Model):
    """A staff member's own account in the mini program: it cannot rate what they served."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    staff_id = fields.UUIDField()
    citizen_id = fields.UUIDField()
    phone_index = fields.BinaryField(null=True)
    bound_at = fields.DatetimeField()

    class Meta:
        table = "staff_citizens"
        unique_together = (("staff_id", "citizen_id"),)


class RatingInvitation(Model):
    """The one invitation to rate a service, due some days after its end, and what came of it."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    service_id = fields.UUIDField(unique=True)
    phone = PersonalField("phone", "rating_invitations.phone", null=True)
    due_at = fields.DatetimeField()
    outcome = fields.CharField(max_length=12, default="waiting")
    settled_at = fields.DatetimeField(null=True)

    class Meta:
        table = "rating_invitations"


class EntryCheck(Model):
    """Whether a rating that a clerk entered was drawn for a second look, and what that found."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    rating_id = fields.UUIDField(unique=True)
    hall_id = fields.UUIDField()
    day = fields.DateField()
    entered_by = fields.UUIDField()
    drawn = fields.BooleanField()
    drawn_at = fields.DatetimeField()
    checked_by = fields.UUIDField(null=True)
    checked_at = fields.DatetimeField(null=True)
    agrees = fields.BooleanField(null=True)
    note = fields.CharField(max_length=200, default="")

    class Meta:
        table = "entry_checks"


class RatingSupplement(Model):
    """追评: what a rater added later, once. It never changes the level."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    rating_id = fields.UUIDField(unique=True)
    comment = fields.CharField(max_length=150)
    added_at = fields.DatetimeField()

    class Meta:
        table = "rating_supplements"


class RatingRuling(Model):
    """误评, 恶意差评: a rating that was ruled invalid stays, and falls out of the scores."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    rating_id = fields.UUIDField(unique=True)
    verdict = fields.CharField(max_length=12)
    why = fields.CharField(max_length=500)
    ruled_by = fields.UUIDField()
    ruled_at = fields.DatetimeField()

    class Meta:
        table = "rating_rulings"
