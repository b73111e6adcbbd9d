-- Values of the key–value namespaces of kind postgres.
CREATE TABLE kv_entries (
  namespace text NOT NULL,
  key text NOT NULL,
  body bytea NOT NULL,
  content_type text NOT NULL,
  etag text NOT NULL,
  tags text[] NOT NULL DEFAULT '{}',
  -- Not there any more from then on; removed some time later.
  expires_at timestamptz,
  PRIMARY KEY (namespace, key)
);

CREATE INDEX kv_entries_expiry ON kv_entries (expires_at) WHERE expires_at IS NOT NULL;
