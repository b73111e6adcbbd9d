/** Of the instances, in ms; the bounds that the soak holds them to follow from these. */
export const TIMES = {
  soft: 300,
  hard: 1_000,
  store: 500,
  database: 2_000,
  l1MaxStale: 1_000,
  leaseSeconds: 3,
} as const;

/** Of the rows, those from `FIRST_GUEST` on come and go. */
export const ROWS = 2_000;
export const FIRST_GUEST = 1_951;
export const SHELVES = 100;
export const CATEGORIES = 20;
export const STREAM = 'cache_soak';

const policy = `ttl: 20s, staleWhileRevalidate: 2s, staleIfError: 1m, negativeTtl: 5s, softTimeout: ${TIMES.soft}ms, hardTimeout: ${TIMES.hard}ms`;
const tags = `tags: [shop, 'category:{category}']`;

/** One table, seen in three ways: a write through one of them has to be seen in all. */
export const YAML = `
resources:
  - { name: products, table: products, strategy: write-through, writable: [note], ${policy}, visibility: public, ${tags} }
  - { name: aside, table: products, strategy: cache-aside, writable: [note], ${policy}, ${tags} }
  - { name: by-shelf, query: 'SELECT id, v FROM products WHERE shelf = :shelf ORDER BY id', key: { shelf: int }, many: true,
      ${policy}, dependsOn: [{ table: products, on: { shelf: shelf } }] }
namespaces:
  - { name: scratch, kind: volatile, ttl: 1m, maxTtl: 1h, maxBytes: 1KiB }
  - { name: blobs, kind: volatile, ttl: 10m, maxTtl: 1h, maxBytes: 512KiB }
  - { name: settings, kind: postgres, ttl: 20s, maxBytes: 1KiB, softTimeout: ${TIMES.soft}ms, hardTimeout: ${TIMES.hard}ms }
`;

/**
 * `v` grows with every write of a row, in the order of its writes: the sequence is read under the row's lock.
 * So what is seen says itself how old it is.
 */
export const TABLES = `
CREATE SEQUENCE versions;
CREATE TABLE products (id int PRIMARY KEY, v int NOT NULL, shelf int NOT NULL, category text NOT NULL, note text NOT NULL);
CREATE FUNCTION next_version() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN NEW.v := nextval('versions'); RETURN NEW; END $$;
CREATE TRIGGER versioned BEFORE INSERT OR UPDATE ON products FOR EACH ROW EXECUTE FUNCTION next_version();
INSERT INTO products SELECT g, 0, g % ${SHELVES}, (g % ${CATEGORIES})::text, repeat('x', 200) FROM generate_series(1, ${FIRST_GUEST - 1}) AS g;
ALTER TABLE products REPLICA IDENTITY FULL;
`;
