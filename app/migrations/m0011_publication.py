"""Months proposed for publication, and the published ones: frozen, chained, never changed."""

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunSQL

SQL = """
CREATE TABLE score_proposals (
    id uuid PRIMARY KEY,
    hall_id uuid NOT NULL REFERENCES halls (id),
    month date NOT NULL CHECK (extract(day FROM month) = 1),
    figures text NOT NULL,
    state varchar(10) NOT NULL CHECK (state IN ('waiting', 'published', 'declined')),
    proposed_by uuid NOT NULL REFERENCES staff (id),
    proposed_at timestamptz NOT NULL,
    answered_by uuid REFERENCES staff (id),
    answered_at timestamptz,
    reason varchar(200) NOT NULL DEFAULT '',
    CHECK (answered_by <> proposed_by),
    CHECK ((state = 'waiting') = (answered_by IS NULL)),
    CHECK ((answered_by IS NULL) = (answered_at IS NULL)),
    CHECK (state <> 'declined' OR reason ~ '\\S')
);
CREATE UNIQUE INDEX score_proposals_one_waiting ON score_proposals (hall_id, month)
    WHERE state = 'waiting';
CREATE INDEX score_proposals_hall ON score_proposals (hall_id, id);
-- What a second person agrees to is what the first one proposed.
CREATE TRIGGER score_proposals_stay
    BEFORE UPDATE OF hall_id, month, figures, proposed_by, proposed_at OR DELETE ON score_proposals
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER score_proposals_answered_once BEFORE UPDATE ON score_proposals
    FOR EACH ROW WHEN (OLD.state <> 'waiting') EXECUTE FUNCTION refuse_change();

CREATE TABLE published_scores (
    id uuid PRIMARY KEY,
    proposal_id uuid NOT NULL UNIQUE REFERENCES score_proposals (id),
    hall_id uuid NOT NULL REFERENCES halls (id),
    month date NOT NULL CHECK (extract(day FROM month) = 1),
    seq integer NOT NULL CHECK (seq > 0),
    content text NOT NULL,
    previous bytea CHECK (length(previous) = 32),
    digest bytea NOT NULL CHECK (length(digest) = 32),
    key_id varchar(32) NOT NULL,
    mac bytea NOT NULL CHECK (length(mac) = 32),
    published_at timestamptz NOT NULL,
    UNIQUE (hall_id, month),
    UNIQUE (hall_id, seq),
    CHECK ((seq = 1) = (previous IS NULL))
);
CREATE TRIGGER published_scores_stay BEFORE UPDATE OR DELETE ON published_scores
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Whether anything came from a device in a period, without reading all that ever came from it.
CREATE INDEX ratings_device_day ON ratings (device_id, day) WHERE device_id IS NOT NULL;
"""


class Migration(Base):
    dependencies = [("zhangban", "m0010_rectification")]
    operations = [RunSQL(SQL)]
