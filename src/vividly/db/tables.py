"""The declared tables. Migrations build them, and a test compares the two: neither may drift from the other.

Only shapes: queries live in the stores. SQL stays at the level of PostgreSQL 15, without extensions.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _now(name: str) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=False, server_default=func.now())


def _when(name: str) -> Column[object]:
    return Column(name, DateTime(timezone=True))


# --- words that code may write: lookup tables, seeded from the declarations in Python ---------------------------------

role = Table("role", metadata, Column("code", Text, primary_key=True))
step = Table("step", metadata, Column("code", Text, primary_key=True), Column("ord", Integer, nullable=False))
event_type = Table("event_type", metadata, Column("code", Text, primary_key=True))
failure_code = Table("failure_code", metadata, Column("code", Text, primary_key=True))
content_request_status = Table(
    "content_request_status",
    metadata,
    Column("code", Text, primary_key=True),
    Column("ord", Integer, nullable=False, unique=True),
    Column("terminal", Boolean, nullable=False),
    Column("birth", Boolean, nullable=False),
)
content_request_transition = Table(
    "content_request_transition",
    metadata,
    Column("from_code", Text, ForeignKey("content_request_status.code"), nullable=False),
    Column("to_code", Text, ForeignKey("content_request_status.code"), nullable=False),
    Column("new_epoch", Boolean, nullable=False),
    PrimaryKeyConstraint("from_code", "to_code"),
)

# --- people ------------------------------------------------------------------------------------------------------------

schools = Table(
    "schools",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("demo", Boolean, nullable=False, server_default=text("false")),
    _now("created_at"),
)
people = Table(
    "people",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("school_id", Uuid, ForeignKey("schools.id"), nullable=False),
    Column("email", Text, nullable=False, unique=True),
    Column("password_hash", Text, nullable=False),
    Column("first_name", Text, nullable=False),
    Column("last_name", Text, nullable=False),
    Column("role", Text, ForeignKey("role.code"), nullable=False),
    Column("status", Text, nullable=False, server_default="active"),
    Column("grade_level", Integer),
    Column("interests", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    _now("created_at"),
    _when("last_login_at"),
    CheckConstraint("status IN ('active', 'pending', 'disabled')", name="status_known"),
    CheckConstraint("email = lower(email)", name="email_lower"),
    CheckConstraint("grade_level BETWEEN 1 AND 12", name="grade_level_range"),
    Index("ix_people_school_id", "school_id"),
)
classes = Table(
    "classes",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("school_id", Uuid, ForeignKey("schools.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("teacher_id", Uuid, ForeignKey("people.id"), nullable=False),
    _now("created_at"),
    Index("ix_classes_teacher_id", "teacher_id"),
)
class_members = Table(
    "class_members",
    metadata,
    Column("class_id", Uuid, ForeignKey("classes.id", ondelete="CASCADE"), nullable=False),
    Column("person_id", Uuid, ForeignKey("people.id", ondelete="CASCADE"), nullable=False),
    PrimaryKeyConstraint("class_id", "person_id"),
    Index("ix_class_members_person_id", "person_id"),
)
sign_in_sessions = Table(
    "sign_in_sessions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("person_id", Uuid, ForeignKey("people.id", ondelete="CASCADE"), nullable=False),
    _now("created_at"),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    _when("revoked_at"),
    Index("ix_sign_in_sessions_person_id", "person_id"),
)
refresh_tokens = Table(
    "refresh_tokens",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("session_id", Uuid, ForeignKey("sign_in_sessions.id", ondelete="CASCADE"), nullable=False),
    _now("created_at"),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    _when("used_at"),
    Index("ix_refresh_tokens_session_id", "session_id"),
)
throttle = Table(
    "throttle",
    metadata,
    Column("key", Text, nullable=False),
    Column("window_start", DateTime(timezone=True), nullable=False),
    Column("count", Integer, nullable=False),
    PrimaryKeyConstraint("key", "window_start"),
)

# --- requests ----------------------------------------------------------------------------------------------------------

lessons = Table(
    "lessons",
    metadata,
    Column("id", Text, primary_key=True),
    Column("work_key", Text, nullable=False, unique=True),
    Column("prefix", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("topic_id", Text, nullable=False),
    Column("facet", Text, nullable=False),
    Column("interest", Text, nullable=False),
    Column("grade_level", Integer, nullable=False),
    Column("seconds", Double, nullable=False),
    Column("files", ARRAY(Text), nullable=False),
    Column("hidden", Boolean, nullable=False, server_default=text("false")),
    _now("created_at"),
)
content_requests = Table(
    "content_requests",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("correlation_id", Text, nullable=False, unique=True),
    Column("school_id", Uuid, ForeignKey("schools.id"), nullable=False),
    Column("student_id", Uuid, ForeignKey("people.id"), nullable=False),
    Column("filed_by", Uuid, ForeignKey("people.id"), nullable=False),
    Column("idempotency_key", Text),
    Column("body_hash", LargeBinary, nullable=False),
    Column("question", Text, nullable=False),
    Column("grade_level", Integer, nullable=False),
    Column("interest", Text, nullable=False),
    Column("interest_asked", Text, nullable=False, server_default=""),
    Column("modalities", ARRAY(Text), nullable=False),
    Column("preferred_modality", Text, nullable=False),
    Column("status", Text, ForeignKey("content_request_status.code"), nullable=False),
    Column("epoch", Integer, nullable=False, server_default=text("1")),
    Column("seq", Integer, nullable=False, server_default=text("0")),
    Column("progress", Integer, nullable=False, server_default=text("0")),
    Column("step", Text, ForeignKey("step.code")),
    Column("topic_id", Text, nullable=False, server_default=""),
    Column("facet", Text, nullable=False, server_default=""),
    Column("cache_key", Text, nullable=False, server_default=""),
    Column("decision", JSONB, nullable=False, server_default=text("'{}'")),
    Column("clarification", JSONB),
    Column("rounds", Integer, nullable=False, server_default=text("0")),
    Column("answers", JSONB, nullable=False, server_default=text("'[]'")),
    Column("partial", JSONB, nullable=False, server_default=text("'{}'")),
    Column("message", Text, nullable=False, server_default=""),
    Column("estimated_seconds", Integer),
    Column("lesson_id", Text, ForeignKey("lessons.id")),
    Column("failure_code", Text, ForeignKey("failure_code.code")),
    Column("failure_step", Text),
    Column("failure_message", Text),
    _now("created_at"),
    _when("started_at"),
    _when("finished_at"),
    UniqueConstraint("filed_by", "idempotency_key"),
    CheckConstraint("(status = 'failed') = (failure_code IS NOT NULL)", name="failed_has_reason"),
    CheckConstraint("(status = 'completed') = (lesson_id IS NOT NULL)", name="completed_has_lesson"),
    CheckConstraint("(status = 'completed') = (progress = 100)", name="full_progress_is_completed"),
    CheckConstraint("(status = 'clarification_needed') <= (clarification IS NOT NULL)", name="asked_has_questions"),
    CheckConstraint("progress BETWEEN 0 AND 100", name="progress_range"),
    Index("ix_content_requests_student_id_created_at", "student_id", text("created_at DESC")),
    Index("ix_content_requests_school_id", "school_id"),
    Index("ix_content_requests_status_failure_code", "status", "failure_code"),
)
content_request_events = Table(
    "content_request_events",
    metadata,
    Column("request_id", Uuid, ForeignKey("content_requests.id", ondelete="CASCADE"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("type", Text, ForeignKey("event_type.code"), nullable=False),
    Column("from_status", Text),
    Column("to_status", Text, ForeignKey("content_request_status.code"), nullable=False),
    Column("terminal", Boolean, nullable=False),
    Column("step", Text, ForeignKey("step.code")),
    Column("progress", Integer, nullable=False),
    Column("lease_token", BigInteger),
    Column("actor", Text, nullable=False, server_default=""),
    _now("at"),
    PrimaryKeyConstraint("request_id", "seq"),
    ForeignKeyConstraint(
        ["from_status", "to_status"],
        ["content_request_transition.from_code", "content_request_transition.to_code"],
        name="fk_content_request_events_edge",
    ),
    Index("uq_content_request_events_one_end", "request_id", "epoch", unique=True, postgresql_where=text("terminal")),
)
jobs = Table(
    "jobs",
    metadata,
    Column("request_id", Uuid, ForeignKey("content_requests.id", ondelete="CASCADE"), primary_key=True),
    Column("school_id", Uuid, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("run_after", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("attempt", Integer, nullable=False, server_default=text("0")),
    Column("crashes", Integer, nullable=False, server_default=text("0")),
    Column("lease_owner", Uuid),
    _when("lease_until"),
    Column("lease_token", BigInteger, nullable=False, server_default=text("0")),
    Column("last_error", Text, nullable=False, server_default=""),
    _now("created_at"),
    Column("traceparent", Text, nullable=False, server_default=""),
    CheckConstraint("state IN ('ready', 'leased', 'done', 'dead')", name="state_known"),
    CheckConstraint("(state = 'leased') = (lease_until IS NOT NULL AND lease_owner IS NOT NULL)", name="leased_has_lease"),
    Index("ix_jobs_runnable", "run_after", postgresql_where=text("state = 'ready'")),
    Index("ix_jobs_leased", "lease_until", postgresql_where=text("state = 'leased'")),
)
stage_results = Table(
    "stage_results",
    metadata,
    Column("request_id", Uuid, ForeignKey("content_requests.id", ondelete="CASCADE"), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("stage", Text, nullable=False),
    Column("input_hash", Text, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("lease_token", BigInteger, nullable=False),
    _now("finished_at"),
    PrimaryKeyConstraint("request_id", "epoch", "stage", "input_hash"),
)

# --- delivery ----------------------------------------------------------------------------------------------------------

outbox = Table(
    "outbox",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("event_id", Uuid, nullable=False, unique=True),
    Column("topic", Text, nullable=False),
    Column("payload", JSONB, nullable=False),
    Column("attributes", JSONB, nullable=False, server_default=text("'{}'")),
    _now("created_at"),
    _when("claimed_until"),
    _when("sent_at"),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Index("ix_outbox_unsent", "id", postgresql_where=text("sent_at IS NULL")),
)
inbox = Table(
    "inbox",
    metadata,
    Column("subscription", Text, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("seen", Integer, nullable=False, server_default=text("1")),
    Column("outcome", Text, nullable=False),
    _now("first_at"),
    PrimaryKeyConstraint("subscription", "message_id"),
)
quarantine = Table(
    "quarantine",
    metadata,
    Column("key", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("attributes", JSONB, nullable=False, server_default=text("'{}'")),
    Column("count", Integer, nullable=False, server_default=text("1")),
    _now("first_seen"),
    _now("last_seen"),
    _when("replayed_at"),
    Column("replayed_by", Text, nullable=False, server_default=""),
)

# --- what operators did -------------------------------------------------------------------------------------------------

operator_acts = Table(
    "operator_acts",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    _now("at"),
    Column("actor", Text, nullable=False),
    Column("act", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("reason", Text, nullable=False),
    CheckConstraint("reason <> ''", name="reason_given"),
    Index("ix_operator_acts_subject", "subject"),
)

# --- what people say of lessons, and what teachers must see -------------------------------------------------------------

feedback = Table(
    "feedback",
    metadata,
    Column("lesson_id", Text, ForeignKey("lessons.id", ondelete="CASCADE"), nullable=False),
    Column("person_id", Uuid, ForeignKey("people.id", ondelete="CASCADE"), nullable=False),
    Column("rating", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    _now("at"),
    PrimaryKeyConstraint("lesson_id", "person_id"),
    CheckConstraint("rating BETWEEN 1 AND 5", name="rating_range"),
    CheckConstraint("kind IN ('helpful', 'confusing', 'inaccurate', 'inappropriate', 'technical_issue')", name="kind_known"),
)
alerts = Table(
    "alerts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("school_id", Uuid, ForeignKey("schools.id"), nullable=False),
    Column("student_id", Uuid, ForeignKey("people.id", ondelete="CASCADE"), nullable=False),
    Column("request_id", Uuid, ForeignKey("content_requests.id", ondelete="CASCADE")),
    Column("tier", Text, nullable=False),
    Column("kind", Text, nullable=False),
    _now("created_at"),
    _when("seen_at"),
    CheckConstraint("tier IN ('urgent', 'notice')", name="tier_known"),
    Index("ix_alerts_school_id_created_at", "school_id", "created_at"),
)
