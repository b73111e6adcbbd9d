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
  agents: { name: string; report: unknown; seen_at: Generated<Date> };
  time_to_block: { target: string; hour: Date; at_most_ms: number; count: number };
  logs_taken: { object: string; records: number; done: Generated<boolean>; at: Generated<Date> };
  hits: { rule: string; client: string; since: Date; count: number; at: Generated<Date> };
  publications: { topic: string; seq: number };
  feeds: {
    name: string;
    etag: Generated<string | null>;
    last_modified: Generated<string | null>;
    hash: Generated<string | null>;
    rules: Generated<string | null>;
    last_good_at: Generated<Date | null>;
    entries: Generated<number>;
    addresses: Generated<unknown>;
    left_out: Generated<unknown>;
    applying: Generated<string | null>;
    verdict: Generated<unknown>;
    last_run_at: Generated<Date | null>;
    next_run_at: Generated<Date | null>;
    failures: Generated<number>;
    refused: Generated<string | null>;
    accepted: Generated<string | null>;
    accepted_by: Generated<string | null>;
    requested_at: Generated<Date | null>;
  };
}
