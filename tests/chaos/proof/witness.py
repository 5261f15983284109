"""A witness inside the database: triggers that note who wrote under which lease, and ledgers for what happens outside.

It does not trust the code it watches: what it notes is what the database did, whichever process asked for it.
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.rows import dict_row

from proof import evidence
from proof.evidence import Evidence

SCHEMA = """
CREATE SCHEMA witness;
CREATE SEQUENCE witness.moment;
CREATE TABLE witness.leases (request_id uuid, epoch int, token bigint, live boolean);
CREATE TABLE witness.events (request_id uuid, seq int, valid boolean, PRIMARY KEY (request_id, seq));
CREATE TABLE witness.kept (n bigint DEFAULT nextval('witness.moment'), request_id uuid, epoch int, stage text, token bigint,
    valid boolean);
-- `mark`: whoever does not know whether a note was written writes it again under the same mark.
CREATE TABLE witness.runs (n bigint, request_id uuid, epoch int, stage text, token bigint, mark uuid UNIQUE DEFAULT gen_random_uuid());
CREATE TABLE witness.charges (request_id uuid, epoch int, stage text, token bigint, mark uuid UNIQUE DEFAULT gen_random_uuid());
CREATE TABLE witness.published (event_id uuid, known boolean, taken boolean, mark uuid UNIQUE DEFAULT gen_random_uuid());
CREATE TABLE witness.told (request_id uuid, filed_by uuid, key text, body text);
CREATE TABLE witness.pushes (key text, poison boolean, status int, durable boolean, mark uuid UNIQUE DEFAULT gen_random_uuid());
CREATE TABLE witness.sightings (n bigint DEFAULT nextval('witness.moment'), stream text, school uuid, request_id uuid, seq int,
    ended boolean);

-- A lease is in force when its job is leased under this token, or was closed by this very transaction.
CREATE FUNCTION witness.in_force(request uuid, e int, t bigint) RETURNS boolean LANGUAGE sql AS $$
    SELECT EXISTS (SELECT FROM jobs j WHERE j.request_id = request AND j.epoch = e AND j.lease_token = t
        AND (j.state = 'leased' OR j.xmin::text = (pg_current_xact_id()::text::bigint % 4294967296)::text))
$$;
CREATE FUNCTION witness.note_lease() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.lease_token <> OLD.lease_token OR NEW.crashes > OLD.crashes THEN
        IF NEW.lease_token <> OLD.lease_token THEN
            INSERT INTO witness.leases VALUES (NEW.request_id, NEW.epoch, NEW.lease_token,
                OLD.state = 'leased' AND OLD.lease_until >= now());
        ELSIF OLD.lease_until >= now() THEN
            INSERT INTO witness.leases VALUES (NEW.request_id, NEW.epoch, -NEW.lease_token, true);
        END IF;
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION witness.note_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO witness.events VALUES (NEW.request_id, NEW.seq,
        NEW.lease_token IS NULL OR witness.in_force(NEW.request_id, NEW.epoch, NEW.lease_token));
    RETURN NULL;
END $$;
CREATE FUNCTION witness.note_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO witness.kept (request_id, epoch, stage, token, valid) VALUES (NEW.request_id, NEW.epoch, NEW.stage,
        NEW.lease_token, witness.in_force(NEW.request_id, NEW.epoch, NEW.lease_token));
    RETURN NULL;
END $$;
CREATE TRIGGER witness AFTER UPDATE ON jobs FOR EACH ROW EXECUTE FUNCTION witness.note_lease();
CREATE TRIGGER witness AFTER INSERT ON content_request_events FOR EACH ROW EXECUTE FUNCTION witness.note_event();
CREATE TRIGGER witness AFTER INSERT ON stage_results FOR EACH ROW EXECUTE FUNCTION witness.note_kept();
"""

# A clock that stands still until somebody moves it. `sim` comes before `pg_catalog` in the search path of who shall see it.
CLOCK = """
CREATE SCHEMA sim;
CREATE TABLE sim.clock (at timestamptz NOT NULL);
INSERT INTO sim.clock VALUES ('2030-01-01T00:00:00Z');
CREATE FUNCTION sim.now() RETURNS timestamptz LANGUAGE sql STABLE AS $$ SELECT at FROM sim.clock $$;
DO $$
DECLARE c record;
BEGIN
    FOR c IN SELECT table_name, column_name FROM information_schema.columns
        WHERE table_schema = 'public' AND column_default = 'now()'
    LOOP
        EXECUTE format('ALTER TABLE public.%I ALTER COLUMN %I SET DEFAULT sim.now()', c.table_name, c.column_name);
    END LOOP;
END $$;
"""


def on_the_clock(url: str) -> str:
    """The same database, for connections that see the clock of `install(clock=True)`."""
    return f"{url}?options=-csearch_path%3Dsim%2Cpg_catalog%2Cpublic"


RUN_TABLES = (
    "content_requests, content_request_events, jobs, stage_results, outbox, inbox, quarantine, lessons, feedback, alerts, "
    "witness.leases, witness.events, witness.kept, witness.runs, witness.charges, witness.published, witness.told, "
    "witness.pushes, witness.sightings"
)


def install(url: str, *, clock: bool = False) -> None:
    """Call once for a migrated database."""
    with psycopg.connect(url, autocommit=True) as conn:
        if clock:
            conn.execute(CLOCK)
        conn.execute(SCHEMA)


_QUERIES: dict[str, tuple[type, str]] = {
    "events": (
        evidence.Event,
        """SELECT e.request_id::text AS request, e.seq, e.epoch, e.type, e.from_status AS start, e.to_status AS end, e.terminal,
        e.progress, e.lease_token AS token, coalesce(w.valid, true) AS valid
        FROM content_request_events e LEFT JOIN witness.events w USING (request_id, seq)""",
    ),
    "grants": (evidence.Grant, "SELECT request_id::text AS request, epoch, token, live FROM witness.leases"),
    "runs": (evidence.Run, "SELECT n, request_id::text AS request, epoch, stage, token FROM witness.runs"),
    "kept": (evidence.Kept, "SELECT n, request_id::text AS request, epoch, stage, token, valid FROM witness.kept"),
    "charges": (evidence.Charge, "SELECT request_id::text AS request, epoch, stage, token FROM witness.charges"),
    "outbox": (
        evidence.Note,
        """SELECT event_id::text AS event, coalesce(payload ->> 'request_id', '') AS request, sent_at IS NOT NULL AS sent
        FROM outbox""",
    ),
    "published": (evidence.Published, "SELECT event_id::text AS event, known, taken FROM witness.published"),
    "told": (evidence.Told, "SELECT request_id::text AS request, filed_by::text AS by, key, body FROM witness.told"),
    "pushes": (evidence.Push, "SELECT key, poison, status, durable FROM witness.pushes"),
    "sightings": (
        evidence.Sighting,
        "SELECT stream, school::text AS school, request_id::text AS request, seq, ended FROM witness.sightings ORDER BY n",
    ),
}
_REQUESTS = "SELECT id::text, school_id::text AS school, status, epoch, seq, progress FROM content_requests"


def evidence_of(url: str, *, settled: bool = True, poison_may_come: int = 2) -> Evidence:
    """Everything the database knows of the run."""
    with psycopg.connect(url, row_factory=dict_row) as conn:
        conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        found: dict[str, Any] = {name: [kind(**one) for one in conn.execute(query)] for name, (kind, query) in _QUERIES.items()}
        requests = {one["id"]: evidence.Request(**one) for one in conn.execute(_REQUESTS)}
        quarantined = frozenset(one["key"] for one in conn.execute("SELECT key FROM quarantine"))
    return Evidence(requests=requests, quarantined=quarantined, settled=settled, poison_may_come=poison_may_come, **found)
