-- Agents on hosts, and what each said last.
CREATE TABLE agents (
  name text PRIMARY KEY,
  report jsonb NOT NULL,
  seen_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
