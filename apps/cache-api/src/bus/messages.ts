import { z } from 'zod';

const names = z.array(z.string()).readonly().optional();

/** What instances say to each other. */
export const BusMessage = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('beat'), from: z.string(), beat: z.number() }),
  z.object({
    kind: z.literal('forget'),
    from: z.string(),
    /** The one who has said it waits for all to have done so. */
    ack: z.string().optional(),
    keys: names,
    tags: names,
    namespaces: names,
  }),
  z.object({ kind: z.literal('forget-all'), from: z.string(), ack: z.string().optional() }),
  z.object({ kind: z.literal('ack'), from: z.string(), ack: z.string() }),
  z.object({ kind: z.literal('bye'), from: z.string() }),
]);
export type BusMessage = z.infer<typeof BusMessage>;

/** Undefined for what another version says and we do not understand. */
export function parseMessage(text: string): BusMessage | undefined {
  try {
    return BusMessage.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
