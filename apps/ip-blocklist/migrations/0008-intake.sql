-- How far an access log was read; so that one that comes twice, or to two readers at once, counts once.
CREATE TABLE logs_taken (
  -- s3://bucket/key, and which state of it.
  object text PRIMARY KEY,
  records bigint NOT NULL,
  done boolean NOT NULL DEFAULT false,
  at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX logs_taken_by_time ON logs_taken (at);

-- What rules about access logs have counted.
CREATE TABLE hits (
  rule text NOT NULL,
  -- A network: one address, or what an IPv6 subscriber has.
  client inet NOT NULL,
  -- When the window began, by the clock of the log.
  since timestamptz NOT NULL,
  count bigint NOT NULL,
  -- Of the database, to forget it by.
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (rule, client, since)
);
CREATE INDEX hits_by_time ON hits (at);

-- How far the audit trail has been published.
CREATE TABLE publications (
  topic text PRIMARY KEY,
  seq bigint NOT NULL
);
