import { Sql, type Database } from '../state.ts';
import { wafError } from './error.ts';

export interface Tag {
  Key: string;
  Value: string;
}

/** https://docs.aws.amazon.com/waf/latest/APIReference/API_Tag.html */
const MAX_KEY = 128;
const MAX_VALUE = 256;
const TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
/** Per resource. https://docs.aws.amazon.com/waf/latest/APIReference/API_TagResource.html */
const MAX_TAGS = 50;

/** Of IP sets, rule groups and web ACLs. They belong to no version of these, and no update touches them. */
export class Tags {
  readonly #sql: Sql;

  constructor(db: Database) {
    this.#sql = new Sql(db);
  }

  /** Of a key that is there already, the value is replaced. */
  put(item: string, tags: readonly Tag[]): void {
    this.#sql.transaction(() => {
      for (const { Key, Value } of tags) {
        this.#sql.run(
          'INSERT INTO waf_tags (item, key, value) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
          item,
          Key,
          Value,
        );
      }
      if (this.list(item).length > MAX_TAGS) throw tooMany();
    });
  }

  /** A key that is not there is as good as removed. */
  remove(item: string, keys: unknown): void {
    if (!Array.isArray(keys) || keys.length === 0) {
      throw wafError.invalid('TAG_KEYS', keys, 'At least one key is needed');
    }
    for (const key of keys as unknown[]) {
      this.#sql.run('DELETE FROM waf_tags WHERE item = ? AND key = ?', item, String(key));
    }
  }

  list(item: string): Tag[] {
    return this.#sql
      .all<{ key: string; value: string }>(
        'SELECT key, value FROM waf_tags WHERE item = ? ORDER BY key',
        item,
      )
      .map(({ key, value }) => ({ Key: key, Value: value }));
  }
}

/** Throws for what the API would refuse. */
export function parseTags(tags: unknown): Tag[] {
  if (!Array.isArray(tags) || tags.length === 0)
    throw wafError.invalid('TAGS', tags, 'At least one tag is needed');
  if (tags.length > MAX_TAGS) throw tooMany();
  return (tags as Partial<Tag>[]).map(({ Key, Value }) => {
    if (!isText(Key, 1, MAX_KEY)) throw wafError.invalid('TAGS', Key, 'A key has 1 to 128 characters');
    if (!isText(Value, 0, MAX_VALUE))
      throw wafError.invalid('TAGS', Value, 'A value has up to 256 characters');
    return { Key, Value };
  });
}

const tooMany = () => wafError.limit(`more than ${MAX_TAGS} tags of a resource`);

function isText(text: unknown, fewest: number, most: number): text is string {
  return typeof text === 'string' && text.length >= fewest && text.length <= most && TEXT.test(text);
}
