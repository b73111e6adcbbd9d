import { z } from 'zod';
import type { Change } from '../domain/change.ts';

const Columns = z.record(z.string(), z.string().nullable());
/** What the triggers send: table, kind, before and after. */
const Payload = z.discriminatedUnion('k', [
  z.object({ k: z.literal('insert'), t: z.string(), a: Columns }),
  z.object({ k: z.literal('update'), t: z.string(), b: Columns, a: Columns }),
  z.object({ k: z.literal('delete'), t: z.string(), b: Columns }),
  z.object({ k: z.literal('truncate'), t: z.string() }),
]);

/** Undefined for what no trigger of ours sends: anybody may write to a channel. */
export function parsePayload(text: string): Change | undefined {
  const parsed = Payload.safeParse(parseJson(text));
  if (!parsed.success) return undefined;
  const { data } = parsed;
  const row = (columns: z.infer<typeof Columns>): Map<string, string | null> =>
    new Map(Object.entries(columns));
  switch (data.k) {
    case 'insert':
      return { kind: data.k, table: data.t, after: row(data.a) };
    case 'update':
      return { kind: data.k, table: data.t, before: row(data.b), after: row(data.a) };
    case 'delete':
      return { kind: data.k, table: data.t, before: row(data.b) };
    case 'truncate':
      return { kind: data.k, table: data.t };
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
