import { z } from 'zod';
import { Sql, type Database } from '../state.ts';

/**
 * What an account may ask AWS to raise: rules per network ACL, direction and family, the final deny
 * included. Twenty by default, at most forty.
 * https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-nacls
 */
export const QuotaValues = z.strictObject({ networkAclRules: z.int().min(1).max(40) });
export type QuotaValues = z.infer<typeof QuotaValues>;

const DEFAULTS: QuotaValues = { networkAclRules: 20 };

/** In force in all regions. What is there above a quota that was lowered stays. */
export class Quotas {
  readonly #sql: Sql;

  constructor(db: Database) {
    this.#sql = new Sql(db);
  }

  get(): QuotaValues {
    const set = this.#sql.all<{ name: string; value: number }>('SELECT name, value FROM quotas');
    return { ...DEFAULTS, ...Object.fromEntries(set.map(({ name, value }) => [name, value])) };
  }

  set(values: QuotaValues): void {
    for (const [name, value] of Object.entries(values))
      this.#sql.run('INSERT OR REPLACE INTO quotas (name, value) VALUES (?, ?)', name, value);
  }
}
