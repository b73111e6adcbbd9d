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
}
