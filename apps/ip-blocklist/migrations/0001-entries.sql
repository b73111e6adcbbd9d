-- A range of addresses of one family, both ends included. Postgres orders IPv4 before IPv6.
CREATE TYPE inetrange AS RANGE (subtype = inet);

CREATE TABLE entries (
  id uuid PRIMARY KEY,
  action text NOT NULL CHECK (action IN ('block', 'allow')),
  -- Exactly one of the two says what the entry is about.
  range inetrange,
  country char(2),
  -- As it was given, in canonical form: 10.0.0.0/8, 10.0.0.1-10.0.0.9, DE.
  subject text NOT NULL,
  reason text NOT NULL,
  source text NOT NULL,
  confidence smallint NOT NULL CHECK (confidence BETWEEN 0 AND 100),
  created_by text NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz,
  -- Deleted or expired. Kept for the audit trail.
  ended_at timestamptz,
  CHECK ((range IS NULL) <> (country IS NULL))
);

-- The same thing said twice by the same source is one entry.
CREATE UNIQUE INDEX entries_said_once ON entries (action, subject, source) WHERE ended_at IS NULL;
-- Which entries name an address.
CREATE INDEX entries_by_range ON entries USING gist (range) WHERE ended_at IS NULL;
-- All of an action in order of addresses.
CREATE INDEX entries_in_order ON entries (action, lower(range), id) WHERE ended_at IS NULL AND range IS NOT NULL;
-- What expires next, without looking at the rest.
CREATE INDEX entries_by_expiry ON entries (expires_at) WHERE ended_at IS NULL AND expires_at IS NOT NULL;
-- Lists, newest first. Milliseconds, as cursors carry them.
CREATE INDEX entries_by_creation ON entries (created_at DESC, id DESC);

-- Every change of an entry and every write to a target, in order.
CREATE TABLE audit (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  actor text NOT NULL,
  what text NOT NULL,
  entry_id uuid,
  target text,
  detail jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_of_entry ON audit (entry_id, seq) WHERE entry_id IS NOT NULL;
CREATE INDEX audit_of_target ON audit (target, seq) WHERE target IS NOT NULL;
