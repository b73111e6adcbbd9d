-- Countries that parts in force hold, as `enforced` is for networks.
CREATE TABLE enforced_countries (
  target text NOT NULL,
  part text NOT NULL,
  country char(2) NOT NULL,
  since timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (target, part, country)
);
ALTER TABLE target_pins ADD COLUMN countries text[] NOT NULL DEFAULT '{}';
-- Few, and asked for among many entries.
CREATE INDEX entries_by_country ON entries (action, country) WHERE ended_at IS NULL AND country IS NOT NULL;
