"""The first schema: every table, the words that code may write, and the triggers that refuse what is no edge.

Frozen: the text says what was true on its day and imports no declaration. Tests compare its outcome with `tables.py`.
"""

from __future__ import annotations

from alembic import op

revision = "2026_11_23_0001"
down_revision = None
branch_labels = None
depends_on = None

WORDS = """
CREATE TABLE role (
    code TEXT NOT NULL,
    CONSTRAINT pk_role PRIMARY KEY (code)
);
CREATE TABLE step (
    code TEXT NOT NULL,
    ord INTEGER NOT NULL,
    CONSTRAINT pk_step PRIMARY KEY (code)
);
CREATE TABLE event_type (
    code TEXT NOT NULL,
    CONSTRAINT pk_event_type PRIMARY KEY (code)
);
CREATE TABLE failure_code (
    code TEXT NOT NULL,
    CONSTRAINT pk_failure_code PRIMARY KEY (code)
);
CREATE TABLE content_request_status (
    code TEXT NOT NULL,
    ord INTEGER NOT NULL,
    terminal BOOLEAN NOT NULL,
    birth BOOLEAN NOT NULL,
    CONSTRAINT pk_content_request_status PRIMARY KEY (code),
    CONSTRAINT uq_content_request_status_ord UNIQUE (ord)
);
CREATE TABLE content_request_transition (
    from_code TEXT NOT NULL,
    to_code TEXT NOT NULL,
    new_epoch BOOLEAN NOT NULL,
    CONSTRAINT pk_content_request_transition PRIMARY KEY (from_code, to_code),
    CONSTRAINT fk_content_request_transition_from_code FOREIGN KEY (from_code) REFERENCES content_request_status (code),
    CONSTRAINT fk_content_request_transition_to_code FOREIGN KEY (to_code) REFERENCES content_request_status (code)
);
"""

PEOPLE = """
CREATE TABLE schools (
    id UUID NOT NULL,
    name TEXT NOT NULL,
    demo BOOLEAN DEFAULT false NOT NULL,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    CONSTRAINT pk_schools PRIMARY KEY (id)
);
CREATE TABLE people (
    id UUID NOT NULL,
    school_id UUID NOT NULL,
    email TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    role TEXT NOT NULL,
    status TEXT DEFAULT 'active' NOT NULL,
    grade_level INTEGER,
    interests TEXT[] DEFAULT '{}' NOT NULL,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    last_login_at TIMESTAMPTZ,
    CONSTRAINT pk_people PRIMARY KEY (id),
    CONSTRAINT ck_people_status_known CHECK (status IN ('active', 'pending', 'disabled')),
    CONSTRAINT ck_people_email_lower CHECK (email = lower(email)),
    CONSTRAINT ck_people_grade_level_range CHECK (grade_level BETWEEN 1 AND 12),
    CONSTRAINT fk_people_school_id FOREIGN KEY (school_id) REFERENCES schools (id),
    CONSTRAINT uq_people_email UNIQUE (email),
    CONSTRAINT fk_people_role FOREIGN KEY (role) REFERENCES role (code)
);
CREATE INDEX ix_people_school_id ON people (school_id);
CREATE TABLE classes (
    id UUID NOT NULL,
    school_id UUID NOT NULL,
    name TEXT NOT NULL,
    teacher_id UUID NOT NULL,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    CONSTRAINT pk_classes PRIMARY KEY (id),
    CONSTRAINT fk_classes_school_id FOREIGN KEY (school_id) REFERENCES schools (id),
    CONSTRAINT fk_classes_teacher_id FOREIGN KEY (teacher_id) REFERENCES people (id)
);
CREATE INDEX ix_classes_teacher_id ON classes (teacher_id);
CREATE TABLE class_members (
    class_id UUID NOT NULL,
    person_id UUID NOT NULL,
    CONSTRAINT pk_class_members PRIMARY KEY (class_id, person_id),
    CONSTRAINT fk_class_members_class_id FOREIGN KEY (class_id) REFERENCES classes (id) ON DELETE CASCADE,
    CONSTRAINT fk_class_members_person_id FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE
);
CREATE INDEX ix_class_members_person_id ON class_members (person_id);
CREATE TABLE sign_in_sessions (
    id UUID NOT NULL,
    person_id UUID NOT NULL,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    revoked_at TIMESTAMPTZ,
    CONSTRAINT pk_sign_in_sessions PRIMARY KEY (id),
    CONSTRAINT fk_sign_in_sessions_person_id FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE
);
CREATE INDEX ix_sign_in_sessions_person_id ON sign_in_sessions (person_id);
CREATE TABLE refresh_tokens (
    token_hash BYTEA NOT NULL,
    session_id UUID NOT NULL,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ,
    CONSTRAINT pk_refresh_tokens PRIMARY KEY (token_hash),
    CONSTRAINT fk_refresh_tokens_session_id FOREIGN KEY (session_id) REFERENCES sign_in_sessions (id) ON DELETE CASCADE
);
CREATE INDEX ix_refresh_tokens_session_id ON refresh_tokens (session_id);
CREATE TABLE throttle (
    key TEXT NOT NULL,
    window_start TIMESTAMPTZ NOT NULL,
    count INTEGER NOT NULL,
    CONSTRAINT pk_throttle PRIMARY KEY (key, window_start)
);
"""

REQUESTS = """
CREATE TABLE lessons (
    id TEXT NOT NULL,
    work_key TEXT NOT NULL,
    prefix TEXT NOT NULL,
    title TEXT NOT NULL,
    topic_id TEXT NOT NULL,
    facet TEXT NOT NULL,
    interest TEXT NOT NULL,
    grade_level INTEGER NOT NULL,
    seconds DOUBLE PRECISION NOT NULL,
    files TEXT[] NOT NULL,
    hidden BOOLEAN DEFAULT false NOT NULL,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    CONSTRAINT pk_lessons PRIMARY KEY (id),
    CONSTRAINT uq_lessons_work_key UNIQUE (work_key)
);
CREATE TABLE content_requests (
    id UUID NOT NULL,
    correlation_id TEXT NOT NULL,
    school_id UUID NOT NULL,
    student_id UUID NOT NULL,
    filed_by UUID NOT NULL,
    idempotency_key TEXT,
    body_hash BYTEA NOT NULL,
    question TEXT NOT NULL,
    grade_level INTEGER NOT NULL,
    interest TEXT NOT NULL,
    interest_asked TEXT DEFAULT '' NOT NULL,
    modalities TEXT[] NOT NULL,
    preferred_modality TEXT NOT NULL,
    status TEXT NOT NULL,
    epoch INTEGER DEFAULT 1 NOT NULL,
    seq INTEGER DEFAULT 0 NOT NULL,
    progress INTEGER DEFAULT 0 NOT NULL,
    step TEXT,
    topic_id TEXT DEFAULT '' NOT NULL,
    facet TEXT DEFAULT '' NOT NULL,
    cache_key TEXT DEFAULT '' NOT NULL,
    decision JSONB DEFAULT '{}' NOT NULL,
    clarification JSONB,
    rounds INTEGER DEFAULT 0 NOT NULL,
    answers JSONB DEFAULT '[]' NOT NULL,
    partial JSONB DEFAULT '{}' NOT NULL,
    message TEXT DEFAULT '' NOT NULL,
    estimated_seconds INTEGER,
    lesson_id TEXT,
    failure_code TEXT,
    failure_step TEXT,
    failure_message TEXT,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    started_at TIMESTAMPTZ,
    finished_at TIMESTAMPTZ,
    CONSTRAINT pk_content_requests PRIMARY KEY (id),
    CONSTRAINT uq_content_requests_filed_by_idempotency_key UNIQUE (filed_by, idempotency_key),
    CONSTRAINT ck_content_requests_failed_has_reason CHECK ((status = 'failed') = (failure_code IS NOT NULL)),
    CONSTRAINT ck_content_requests_completed_has_lesson CHECK ((status = 'completed') = (lesson_id IS NOT NULL)),
    CONSTRAINT ck_content_requests_full_progress_is_completed CHECK ((status = 'completed') = (progress = 100)),
    CONSTRAINT ck_content_requests_asked_has_questions
        CHECK ((status = 'clarification_needed') <= (clarification IS NOT NULL)),
    CONSTRAINT ck_content_requests_progress_range CHECK (progress BETWEEN 0 AND 100),
    CONSTRAINT uq_content_requests_correlation_id UNIQUE (correlation_id),
    CONSTRAINT fk_content_requests_school_id FOREIGN KEY (school_id) REFERENCES schools (id),
    CONSTRAINT fk_content_requests_student_id FOREIGN KEY (student_id) REFERENCES people (id),
    CONSTRAINT fk_content_requests_filed_by FOREIGN KEY (filed_by) REFERENCES people (id),
    CONSTRAINT fk_content_requests_status FOREIGN KEY (status) REFERENCES content_request_status (code),
    CONSTRAINT fk_content_requests_step FOREIGN KEY (step) REFERENCES step (code),
    CONSTRAINT fk_content_requests_lesson_id FOREIGN KEY (lesson_id) REFERENCES lessons (id),
    CONSTRAINT fk_content_requests_failure_code FOREIGN KEY (failure_code) REFERENCES failure_code (code)
);
CREATE INDEX ix_content_requests_school_id ON content_requests (school_id);
CREATE INDEX ix_content_requests_student_id_created_at ON content_requests (student_id, created_at DESC);
CREATE TABLE content_request_events (
    request_id UUID NOT NULL,
    seq INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    type TEXT NOT NULL,
    from_status TEXT,
    to_status TEXT NOT NULL,
    terminal BOOLEAN NOT NULL,
    step TEXT,
    progress INTEGER NOT NULL,
    lease_token BIGINT,
    actor TEXT DEFAULT '' NOT NULL,
    at TIMESTAMPTZ DEFAULT now() NOT NULL,
    CONSTRAINT pk_content_request_events PRIMARY KEY (request_id, seq),
    CONSTRAINT fk_content_request_events_edge FOREIGN KEY (from_status, to_status)
        REFERENCES content_request_transition (from_code, to_code),
    CONSTRAINT fk_content_request_events_request_id FOREIGN KEY (request_id)
        REFERENCES content_requests (id) ON DELETE CASCADE,
    CONSTRAINT fk_content_request_events_type FOREIGN KEY (type) REFERENCES event_type (code),
    CONSTRAINT fk_content_request_events_to_status FOREIGN KEY (to_status) REFERENCES content_request_status (code),
    CONSTRAINT fk_content_request_events_step FOREIGN KEY (step) REFERENCES step (code)
);
CREATE UNIQUE INDEX uq_content_request_events_one_end ON content_request_events (request_id, epoch) WHERE terminal;
CREATE TABLE jobs (
    request_id UUID NOT NULL,
    school_id UUID NOT NULL,
    epoch INTEGER NOT NULL,
    state TEXT NOT NULL,
    run_after TIMESTAMPTZ DEFAULT now() NOT NULL,
    attempt INTEGER DEFAULT 0 NOT NULL,
    crashes INTEGER DEFAULT 0 NOT NULL,
    lease_owner UUID,
    lease_until TIMESTAMPTZ,
    lease_token BIGINT DEFAULT 0 NOT NULL,
    last_error TEXT DEFAULT '' NOT NULL,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    CONSTRAINT pk_jobs PRIMARY KEY (request_id),
    CONSTRAINT ck_jobs_state_known CHECK (state IN ('ready', 'leased', 'done', 'dead')),
    CONSTRAINT ck_jobs_leased_has_lease
        CHECK ((state = 'leased') = (lease_until IS NOT NULL AND lease_owner IS NOT NULL)),
    CONSTRAINT fk_jobs_request_id FOREIGN KEY (request_id) REFERENCES content_requests (id) ON DELETE CASCADE
);
CREATE INDEX ix_jobs_leased ON jobs (lease_until) WHERE state = 'leased';
CREATE INDEX ix_jobs_runnable ON jobs (run_after) WHERE state = 'ready';
CREATE TABLE stage_results (
    request_id UUID NOT NULL,
    epoch INTEGER NOT NULL,
    stage TEXT NOT NULL,
    input_hash TEXT NOT NULL,
    data BYTEA NOT NULL,
    lease_token BIGINT NOT NULL,
    finished_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    CONSTRAINT pk_stage_results PRIMARY KEY (request_id, epoch, stage, input_hash),
    CONSTRAINT fk_stage_results_request_id FOREIGN KEY (request_id) REFERENCES content_requests (id) ON DELETE CASCADE
);
"""

DELIVERY = """
CREATE TABLE outbox (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    event_id UUID NOT NULL,
    topic TEXT NOT NULL,
    payload JSONB NOT NULL,
    attributes JSONB DEFAULT '{}' NOT NULL,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    claimed_until TIMESTAMPTZ,
    sent_at TIMESTAMPTZ,
    attempts INTEGER DEFAULT 0 NOT NULL,
    CONSTRAINT pk_outbox PRIMARY KEY (id),
    CONSTRAINT uq_outbox_event_id UNIQUE (event_id)
);
CREATE INDEX ix_outbox_unsent ON outbox (id) WHERE sent_at IS NULL;
CREATE TABLE inbox (
    subscription TEXT NOT NULL,
    message_id TEXT NOT NULL,
    seen INTEGER DEFAULT 1 NOT NULL,
    outcome TEXT NOT NULL,
    first_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    CONSTRAINT pk_inbox PRIMARY KEY (subscription, message_id)
);
CREATE TABLE quarantine (
    key TEXT NOT NULL,
    reason TEXT NOT NULL,
    body BYTEA NOT NULL,
    attributes JSONB DEFAULT '{}' NOT NULL,
    count INTEGER DEFAULT 1 NOT NULL,
    first_seen TIMESTAMPTZ DEFAULT now() NOT NULL,
    last_seen TIMESTAMPTZ DEFAULT now() NOT NULL,
    replayed_at TIMESTAMPTZ,
    replayed_by TEXT DEFAULT '' NOT NULL,
    CONSTRAINT pk_quarantine PRIMARY KEY (key)
);
"""

OPINIONS = """
CREATE TABLE feedback (
    lesson_id TEXT NOT NULL,
    person_id UUID NOT NULL,
    rating INTEGER NOT NULL,
    kind TEXT NOT NULL,
    note TEXT DEFAULT '' NOT NULL,
    at TIMESTAMPTZ DEFAULT now() NOT NULL,
    CONSTRAINT pk_feedback PRIMARY KEY (lesson_id, person_id),
    CONSTRAINT ck_feedback_rating_range CHECK (rating BETWEEN 1 AND 5),
    CONSTRAINT ck_feedback_kind_known
        CHECK (kind IN ('helpful', 'confusing', 'inaccurate', 'inappropriate', 'technical_issue')),
    CONSTRAINT fk_feedback_lesson_id FOREIGN KEY (lesson_id) REFERENCES lessons (id) ON DELETE CASCADE,
    CONSTRAINT fk_feedback_person_id FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE
);
CREATE TABLE alerts (
    id UUID NOT NULL,
    school_id UUID NOT NULL,
    student_id UUID NOT NULL,
    request_id UUID,
    tier TEXT NOT NULL,
    kind TEXT NOT NULL,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    seen_at TIMESTAMPTZ,
    CONSTRAINT pk_alerts PRIMARY KEY (id),
    CONSTRAINT ck_alerts_tier_known CHECK (tier IN ('urgent', 'notice')),
    CONSTRAINT fk_alerts_school_id FOREIGN KEY (school_id) REFERENCES schools (id),
    CONSTRAINT fk_alerts_student_id FOREIGN KEY (student_id) REFERENCES people (id) ON DELETE CASCADE,
    CONSTRAINT fk_alerts_request_id FOREIGN KEY (request_id) REFERENCES content_requests (id) ON DELETE CASCADE
);
CREATE INDEX ix_alerts_school_id_created_at ON alerts (school_id, created_at);
"""

SEEDS = """
INSERT INTO role (code) VALUES ('student'), ('teacher'), ('admin'), ('super_admin');
INSERT INTO step (code, ord) VALUES
    ('understanding', 0), ('retrieving', 1), ('writing', 2), ('narrating', 3), ('drawing', 4), ('packaging', 5);
INSERT INTO event_type (code) VALUES
    ('accepted'), ('moved'), ('progressed'), ('asked'), ('answered'), ('retried'), ('replayed');
INSERT INTO failure_code (code) VALUES
    ('stage_failed'), ('attempts_used_up'), ('crashed_too_often'), ('gate_failed'), ('contract_broken'), ('provider_refused');
INSERT INTO content_request_status (code, ord, terminal, birth) VALUES
    ('pending', 0, false, true),
    ('validating', 1, false, false),
    ('generating', 2, false, false),
    ('clarification_needed', 3, false, true),
    ('completed', 4, true, false),
    ('failed', 5, true, false),
    ('cancelled', 6, true, false),
    ('declined', 7, true, true);
INSERT INTO content_request_transition (from_code, to_code, new_epoch) VALUES
    ('pending', 'validating', false),
    ('pending', 'failed', false),
    ('pending', 'cancelled', false),
    ('validating', 'generating', false),
    ('validating', 'clarification_needed', false),
    ('validating', 'completed', false),
    ('validating', 'failed', false),
    ('validating', 'cancelled', false),
    ('validating', 'declined', false),
    ('generating', 'clarification_needed', false),
    ('generating', 'completed', false),
    ('generating', 'failed', false),
    ('generating', 'cancelled', false),
    ('generating', 'declined', false),
    ('clarification_needed', 'pending', true),
    ('clarification_needed', 'cancelled', false),
    ('failed', 'pending', true);
"""

# SQLSTATE 23514, like any other check: the writer is wrong, and trying again changes nothing.
TRIGGERS = """
CREATE FUNCTION content_requests_born() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM content_request_status WHERE code = NEW.status AND birth) THEN
        RAISE EXCEPTION 'a content request cannot be born %', NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'content_requests_born';
    END IF;
    IF NEW.epoch <> 1 THEN
        RAISE EXCEPTION 'a content request is born in epoch 1, not %', NEW.epoch
            USING ERRCODE = 'check_violation', CONSTRAINT = 'content_requests_born';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION content_requests_moved() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    opens boolean := false;
BEGIN
    IF NEW.status <> OLD.status THEN
        SELECT new_epoch INTO opens FROM content_request_transition
            WHERE from_code = OLD.status AND to_code = NEW.status;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'a content request that is % cannot become %', OLD.status, NEW.status
                USING ERRCODE = 'check_violation', CONSTRAINT = 'content_requests_moved';
        END IF;
    END IF;
    IF NEW.epoch <> OLD.epoch + opens::integer THEN
        RAISE EXCEPTION 'from % to % the epoch may not go from % to %', OLD.status, NEW.status, OLD.epoch, NEW.epoch
            USING ERRCODE = 'check_violation', CONSTRAINT = 'content_requests_moved';
    END IF;
    IF NOT opens AND NEW.progress < OLD.progress THEN
        RAISE EXCEPTION 'progress may not fall from % to % within epoch %', OLD.progress, NEW.progress, OLD.epoch
            USING ERRCODE = 'check_violation', CONSTRAINT = 'content_requests_moved';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION jobs_fenced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.lease_token < OLD.lease_token THEN
        RAISE EXCEPTION 'a lease token may not fall from % to %', OLD.lease_token, NEW.lease_token
            USING ERRCODE = 'check_violation', CONSTRAINT = 'jobs_fenced';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER content_requests_born BEFORE INSERT ON content_requests
    FOR EACH ROW EXECUTE FUNCTION content_requests_born();
CREATE TRIGGER content_requests_moved BEFORE UPDATE ON content_requests
    FOR EACH ROW EXECUTE FUNCTION content_requests_moved();
CREATE TRIGGER jobs_fenced BEFORE UPDATE ON jobs
    FOR EACH ROW EXECUTE FUNCTION jobs_fenced();
"""


def upgrade() -> None:
    for part in (WORDS, PEOPLE, REQUESTS, DELIVERY, OPINIONS, SEEDS, TRIGGERS):
        op.get_bind().exec_driver_sql(part, execution_options={"no_parameters": True})  # a % is a %


def downgrade() -> None:
    raise NotImplementedError("migrations only go forward: restore a backup instead")
