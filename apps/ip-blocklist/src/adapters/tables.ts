import type { Generated } from 'kysely';

/** The tables of migrations/. */
export interface Tables {
  entries: {
    id: string;
    action: 'block' | 'allow';
    range: string | null;
    country: string | null;
    subject: string;
    reason: string;
    source: string;
    confidence: number;
    created_by: string;
    created_at: Generated<Date>;
    updated_at: Generated<Date>;
    expires_at: Date | null;
    ended_at: Date | null;
    forced: Generated<boolean>;
  };
  audit: {
    seq: Generated<number>;
    at: Generated<Date>;
    actor: string;
    what: string;
    entry_id: string | null;
    target: string | null;
    detail: unknown;
  };
  targets: {
    name: string;
    state: Generated<unknown>;
    reached: string | null;
    adopted: Generated<boolean>;
    version: Generated<number>;
  };
  parts: {
    target: string;
    name: string;
    action: 'block' | 'allow';
    in_force: Generated<boolean>;
    intended: Generated<string[]>;
  };
  enforced: { target: string; part: string; network: string; since: Generated<Date> };
  enforced_countries: { target: string; part: string; country: string; since: Generated<Date> };
  target_versions: {
    target: string;
    version: number;
    at: Generated<Date>;
    cause: 'write' | 'drift';
    what: string;
    changes: unknown;
  };
  target_pins: {
    target: string;
    kind: 'approved' | 'rollback';
    of: string;
    block: string;
    allow: string;
    countries: string[];
    by: string;
    at: Generated<Date>;
  };
  time_to_block: { target: string; hour: Date; at_most_ms: number; count: number };
}
