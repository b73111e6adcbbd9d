-- What a CDN has to forget and has not been told yet: '#tag' or '/path', each once.
CREATE TABLE purges (
  item text PRIMARY KEY,
  -- Of the tag of a key, by which many of them become one.
  collection text,
  requested_at timestamptz NOT NULL,
  last_requested_at timestamptz NOT NULL,
  requests bigint NOT NULL,
  -- Since when it is not sent because the month's budget is used up.
  left_at timestamptz
);

CREATE INDEX purges_collection ON purges (collection) WHERE collection IS NOT NULL;

-- What the CDN is told, written before the call: with the same caller reference it can be told again.
CREATE TABLE purge_batches (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  distribution text NOT NULL,
  caller_reference text NOT NULL UNIQUE,
  items text[] NOT NULL,
  -- Of each item.
  requested_at timestamptz[] NOT NULL,
  recorded_at timestamptz NOT NULL,
  recorded_by text NOT NULL,
  -- Of the CDN, once it has answered.
  invalidation text,
  sent_at timestamptz,
  -- Or given up, when it was refused.
  completed_at timestamptz,
  completed_by text,
  is_refused boolean NOT NULL DEFAULT false,
  last_error text,
  failed_at timestamptz
);

CREATE INDEX purge_batches_open ON purge_batches (id) WHERE completed_at IS NULL;

-- What was sent, and is paid for, by month (UTC, as AWS bills).
CREATE TABLE purge_months (
  month date PRIMARY KEY,
  items bigint NOT NULL
);
