"""What operators need: who did what and why, figures that cost nothing to read, and a trace that goes on in the worker.

Frozen: the text says what was true on its day and imports no declaration. Tests compare its outcome with `tables.py`.
"""

from __future__ import annotations

from alembic import op

revision = "2026_11_23_0002"
down_revision = "2026_11_23_0001"
branch_labels = None
depends_on = None

# A default that is a constant is kept in the catalog: no row is rewritten, however many there are.
EXPAND = """
ALTER TABLE jobs ADD COLUMN traceparent TEXT DEFAULT '' NOT NULL;

CREATE TABLE operator_acts (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    actor TEXT NOT NULL,
    act TEXT NOT NULL,
    subject TEXT NOT NULL,
    reason TEXT NOT NULL,
    CONSTRAINT pk_operator_acts PRIMARY KEY (id),
    CONSTRAINT ck_operator_acts_reason_given CHECK (reason <> '')
);
CREATE INDEX ix_operator_acts_subject ON operator_acts (subject);

CREATE INDEX ix_content_requests_status_failure_code ON content_requests (status, failure_code);
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(EXPAND, execution_options={"no_parameters": True})


def downgrade() -> None:
    raise NotImplementedError("migrations only go forward: restore a backup instead")
