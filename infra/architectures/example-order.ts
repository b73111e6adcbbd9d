import { z } from 'zod';

/** What the examples of queues and topics are about. */
export const Order = z.object({
  /** Whoever makes an order gives it one, once: by it a repetition is known. */
  id: z.string().regex(/^[\w-]{1,80}$/),
  customer: z.string().regex(/^[\w-]{1,80}$/),
  region: z.enum(['eu', 'us']),
  /** USD. */
  total: z.number().nonnegative(),
});
export type Order = z.infer<typeof Order>;

export type Read = { ok: true; order: Order } | { ok: false; reason: string };

/** An order out of a message: one that is none will not become one by trying again. */
export function readOrder(body: string): Read {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (error) {
    return { ok: false, reason: `not JSON: ${(error as Error).message}` };
  }
  const read = Order.safeParse(value);
  if (read.success) return { ok: true, order: read.data };
  const [issue] = read.error.issues;
  return { ok: false, reason: `no order: ${issue?.path.join('.')}: ${issue?.message}` };
}
