-- Blocked although it covers what is protected.
ALTER TABLE entries ADD COLUMN forced boolean NOT NULL DEFAULT false;

-- The transaction that changed an entry last. With the snapshot of a reader it says exactly what
-- that reader has not seen yet, which no sequence does: transactions commit in another order.
ALTER TABLE entries ADD COLUMN changed_in xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE FUNCTION entry_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.changed_in := pg_current_xact_id();
  RETURN NEW;
END $$;
-- Only when it changes what is in force: a feed that renews all it has said changes nothing. (One that
-- was about to expire may have been left out by a reader already.)
CREATE TRIGGER entry_changed BEFORE UPDATE ON entries FOR EACH ROW
WHEN (
  (OLD.ended_at, OLD.forced, OLD.confidence) IS DISTINCT FROM (NEW.ended_at, NEW.forced, NEW.confidence)
  OR OLD.expires_at <= clock_timestamp() + interval '1 minute'
) EXECUTE FUNCTION entry_changed();
CREATE INDEX entries_by_change ON entries (changed_in);

-- What is known of a target, written by the process that enforces it.
CREATE TABLE targets (
  name text PRIMARY KEY,
  -- What it is doing, whether it can block at all, and what hinders it.
  state jsonb NOT NULL DEFAULT '{}',
  -- All that was blocked in this snapshot is enforced.
  reached pg_snapshot,
  -- What it held before us was nothing, or somebody has agreed that it goes.
  adopted boolean NOT NULL DEFAULT false,
  version bigint NOT NULL DEFAULT 0
);

-- One of a target's IP sets, network ACLs and the like, as it was seen or written last.
CREATE TABLE parts (
  target text NOT NULL,
  name text NOT NULL,
  action text NOT NULL CHECK (action IN ('block', 'allow')),
  -- Whether what it holds has effect.
  in_force boolean NOT NULL DEFAULT false,
  -- Digests of contents that writes were about to put there, until it is known what became of them.
  intended text[] NOT NULL DEFAULT '{}',
  PRIMARY KEY (target, name)
);

-- What the parts in force hold.
CREATE TABLE enforced (
  target text NOT NULL,
  part text NOT NULL,
  network cidr NOT NULL,
  since timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (target, part, network)
);
CREATE INDEX enforced_by_network ON enforced USING gist (network inet_ops);

-- Every change of what a target enforces: versions to look back at, and to go back to.
CREATE TABLE target_versions (
  target text NOT NULL,
  version bigint NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- 'write' for our own, 'drift' for somebody else's.
  cause text NOT NULL,
  what text NOT NULL,
  -- Networks, by action: {"block": {"added": [], "removed": []}, "allow": …}
  changes jsonb NOT NULL,
  PRIMARY KEY (target, version)
);

-- What a target is to hold, whatever the entries say: an approved plan, or a version gone back to.
CREATE TABLE target_pins (
  target text PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('approved', 'rollback')),
  -- Hash of the plan, or number of the version.
  of text NOT NULL,
  block text NOT NULL,
  allow text NOT NULL,
  by text NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- How long it took from accepting a block to its enforcement: counts per hour and bucket.
CREATE TABLE time_to_block (
  target text NOT NULL,
  hour timestamptz NOT NULL,
  -- Upper bound in ms.
  at_most_ms bigint NOT NULL,
  count bigint NOT NULL,
  PRIMARY KEY (target, hour, at_most_ms)
);
