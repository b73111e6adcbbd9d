import { randomBytes } from 'node:crypto';
import { Sql, type Database } from '../state.ts';
import type { DistributionConfig } from './config.ts';
import { cloudFrontError } from './error.ts';

export interface Distribution {
  id: string;
  /** `d111111abcdef8.cloudfront.net` */
  domainName: string;
  /** Of what it says now: another after every write. */
  etag: string;
  /** ISO 8601. */
  modified: string;
  config: DistributionConfig;
}

interface Row {
  id: string;
  domain_name: string;
  etag: string;
  modified: string;
  config: string;
}

/** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html#limits-web-distributions */
const MAX_DISTRIBUTIONS = 500;

/** All distributions of the account: CloudFront has no regions. */
export class Distributions {
  readonly #sql: Sql;

  constructor(db: Database) {
    this.#sql = new Sql(db);
  }

  create(config: DistributionConfig): Distribution {
    return this.#sql.transaction(() => {
      const all = this.list();
      const { callerReference } = config;
      if (all.some((one) => one.config.callerReference === callerReference))
        throw cloudFrontError.referenceTaken(callerReference);
      if (all.length >= MAX_DISTRIBUTIONS) throw cloudFrontError.tooMany();
      requireFree(config.aliases, all);
      const made: Distribution = {
        id: newId(),
        domainName: `d${randomBytes(7).toString('hex').slice(0, 13)}.cloudfront.net`,
        etag: newId(),
        modified: new Date().toISOString(),
        config,
      };
      this.#sql.run(
        'INSERT INTO distributions (id, domain_name, etag, modified, config) VALUES (?, ?, ?, ?, ?)',
        made.id,
        made.domainName,
        made.etag,
        made.modified,
        JSON.stringify(config),
      );
      return made;
    });
  }

  /** Replaces the whole config, for whoever has seen the one that is there. */
  update(id: string, ifMatch: string | undefined, read: () => DistributionConfig): Distribution {
    return this.#sql.transaction(() => {
      const found = this.#require(id, ifMatch);
      const config = read();
      if (config.callerReference !== found.config.callerReference)
        throw cloudFrontError.illegalUpdate('The CallerReference of a distribution cannot be changed.');
      requireFree(
        config.aliases,
        this.list().filter((one) => one.id !== id),
      );
      const changed = { ...found, config, etag: newId(), modified: new Date().toISOString() };
      this.#sql.run(
        'UPDATE distributions SET etag = ?, modified = ?, config = ? WHERE id = ?',
        changed.etag,
        changed.modified,
        JSON.stringify(config),
        id,
      );
      return changed;
    });
  }

  remove(id: string, ifMatch: string | undefined): void {
    const { config } = this.#require(id, ifMatch);
    if (config.enabled) throw cloudFrontError.enabled();
    this.#sql.run('DELETE FROM distributions WHERE id = ?', id);
  }

  get(id: string): Distribution {
    const row = this.#sql.one<Row>('SELECT * FROM distributions WHERE id = ?', id);
    if (row === undefined) throw cloudFrontError.absent();
    return fromRow(row);
  }

  /** By its id or one of its aliases. */
  find(name: string): Distribution | undefined {
    return this.list().find(({ id, config }) => id === name || config.aliases.includes(name));
  }

  /** By id, those behind `after`. */
  list(after = ''): Distribution[] {
    return this.#sql.all<Row>('SELECT * FROM distributions WHERE id > ? ORDER BY id', after).map(fromRow);
  }

  #require(id: string, ifMatch: string | undefined): Distribution {
    const found = this.get(id);
    if (ifMatch === undefined || ifMatch === '') throw cloudFrontError.versionMissing();
    if (ifMatch !== found.etag) throw cloudFrontError.stale();
    return found;
  }
}

function requireFree(aliases: readonly string[], others: readonly Distribution[]): void {
  const taken = aliases.find((alias) => others.some(({ config }) => config.aliases.includes(alias)));
  if (taken !== undefined) throw cloudFrontError.aliasTaken(taken);
}

/** 14 capitals and digits, the first an E: ids and ETags look the same. */
function newId(): string {
  const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
  return `E${[...randomBytes(13)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('')}`;
}

function fromRow({ domain_name: domainName, config, ...row }: Row): Distribution {
  return { ...row, domainName, config: JSON.parse(config) as DistributionConfig };
}
