import { randomUUID } from 'node:crypto';
import { Sql, type Database } from '../state.ts';
import { wafError } from './error.ts';

export type Kind = 'ipset' | 'rulegroup' | 'webacl';
export type Scope = 'REGIONAL' | 'CLOUDFRONT';

/** Where an item lives. CLOUDFRONT is everywhere, and is managed in us-east-1. */
export interface Place {
  region: string;
  scope: Scope;
}

export interface Item extends Place {
  kind: Kind;
  name: string;
  id: string;
  lockToken: string;
  /** What the API shows of it, without Name, Id and ARN. */
  body: Record<string, unknown>;
}

interface Row extends Omit<Item, 'lockToken' | 'body'> {
  lock_token: string;
  body: string;
}

/** Adjustable; these are the defaults. https://docs.aws.amazon.com/waf/latest/developerguide/limits.html */
const MAX_PER_KIND = 100;
const ACCOUNT = '000000000000';

/** IP sets, rule groups and web ACLs: all are named, locked and listed in the same way. */
export class Items {
  readonly #sql: Sql;

  constructor(db: Database) {
    this.#sql = new Sql(db);
  }

  create(kind: Kind, place: Place, name: string, body: Record<string, unknown>): Item {
    return this.#sql.transaction(() => {
      const all = this.list(kind, place);
      if (all.some((one) => one.name === name)) throw wafError.duplicate(name);
      if (all.length >= MAX_PER_KIND) throw wafError.limit(`${MAX_PER_KIND} of ${kind}`);
      const item: Item = { kind, ...place, name, id: randomUUID(), lockToken: randomUUID(), body };
      this.#sql.run(
        'INSERT INTO waf_items (kind, region, scope, name, id, lock_token, body) VALUES (?, ?, ?, ?, ?, ?, ?)',
        kind,
        place.region,
        place.scope,
        name,
        item.id,
        item.lockToken,
        JSON.stringify(body),
      );
      return item;
    });
  }

  /** Name and id must both be right, as in AWS. */
  get(kind: Kind, place: Place, name: unknown, id: unknown): Item {
    const found = this.list(kind, place).find((one) => one.id === id && one.name === name);
    if (found === undefined) throw wafError.absent(`${kind} ${String(name)}`);
    return found;
  }

  byArn(arn: string): Item | undefined {
    const row = this.#sql.one<Row>('SELECT * FROM waf_items WHERE id = ?', arn.split('/').at(-1) ?? '');
    const item = row && fromRow(row);
    return item !== undefined && arnOf(item) === arn ? item : undefined;
  }

  /** Replaces what an item says, for whoever holds its current lock token. Returns the next one. */
  update(item: Item, lockToken: unknown, body: Record<string, unknown>): string {
    this.#requireToken(item, lockToken);
    const next = randomUUID();
    this.#sql.run(
      'UPDATE waf_items SET body = ?, lock_token = ? WHERE id = ?',
      JSON.stringify(body),
      next,
      item.id,
    );
    return next;
  }

  remove(item: Item, lockToken: unknown): void {
    this.#requireToken(item, lockToken);
    const arn = arnOf(item);
    const user = this.#sql
      .all<Row>('SELECT * FROM waf_items WHERE region = ? AND scope = ?', item.region, item.scope)
      .find(({ body }) => body.includes(JSON.stringify(arn)));
    if (user !== undefined) throw wafError.inUse(`${item.name} is used by ${user.name}`);
    this.#sql.run('DELETE FROM waf_items WHERE id = ?', item.id);
  }

  list(kind: Kind, { region, scope }: Place): Item[] {
    return this.#sql
      .all<Row>(
        'SELECT * FROM waf_items WHERE kind = ? AND region = ? AND scope = ? ORDER BY name',
        kind,
        region,
        scope,
      )
      .map(fromRow);
  }

  #requireToken(item: Item, lockToken: unknown): void {
    if (lockToken !== item.lockToken) throw wafError.stale();
  }
}

export function arnOf({ kind, region, scope, name, id }: Item): string {
  const place = scope === 'CLOUDFRONT' ? 'global' : 'regional';
  return `arn:aws:wafv2:${region}:${ACCOUNT}:${place}/${kind}/${name}/${id}`;
}

function fromRow({ lock_token: lockToken, body, ...row }: Row): Item {
  return { ...row, lockToken, body: JSON.parse(body) as Record<string, unknown> };
}
