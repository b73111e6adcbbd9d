-- What is known of a feed. Its last good copy are its entries that do not expire; those that do have left it.
CREATE TABLE feeds (
  name text PRIMARY KEY,
  -- Of the last good copy, once all of it was applied: what its server calls it, its digest, and a
  -- digest of the rules it was judged by.
  etag text,
  last_modified text,
  hash text,
  rules text,
  last_good_at timestamptz(3),
  entries integer NOT NULL DEFAULT 0,
  -- {"ipv4": number, "ipv6": text}
  addresses jsonb NOT NULL DEFAULT '{"ipv4": 0, "ipv6": "0"}',
  -- Lines that were left out of it, as in a verdict.
  left_out jsonb,
  -- Digest of a copy that was judged good, as long as it is not applied as a whole.
  applying text,
  -- What became of the last run.
  verdict jsonb,
  last_run_at timestamptz(3),
  next_run_at timestamptz(3),
  -- In a row.
  failures integer NOT NULL DEFAULT 0,
  -- Digest of the copy that was refused last, and of one that is to be applied all the same.
  refused text,
  accepted text,
  accepted_by text,
  -- Somebody asks for a run now. Milliseconds, as it is compared with what was read.
  requested_at timestamptz(3)
);
-- All entries of a feed, in order. Others pay nothing for it.
CREATE INDEX entries_of_feed ON entries (source, subject) WHERE ended_at IS NULL AND source LIKE 'feed:%';
