import { z } from 'zod';
import { NewEntry, Subject } from './blocklist.ts';

/** In `blocklist-intake.fifo`. The message group is the subject, so that what is said about one thing stays in order. */
export const IntakeMessage = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('BlockRequested'),
    entry: NewEntry.refine(({ action }) => action === 'block', {
      error: 'must be block: what is allowed is said by the API',
      path: ['action'],
    }),
  }),
  z.strictObject({
    type: z.literal('UnblockRequested'),
    subject: Subject,
    source: z.string().optional().describe('Only what this source has said; without it whoever has'),
  }),
]);
export type IntakeMessage = z.infer<typeof IntakeMessage>;

/**
 * A GuardDuty finding as EventBridge delivers it, as far as it is needed.
 * https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings_eventbridge.html
 */
export const GuardDutyFinding = z.object({
  source: z.literal('aws.guardduty'),
  'detail-type': z.literal('GuardDuty Finding'),
  detail: z.object({
    id: z.string(),
    type: z.string(),
    /** 1.0 to 10.0. */
    severity: z.number(),
    service: z.object({
      archived: z.boolean().default(false),
      /** One member, by what was done; who did it is somewhere below. */
      action: z.record(z.string(), z.unknown()).default({}),
    }),
  }),
});
export type GuardDutyFinding = z.infer<typeof GuardDutyFinding>;

/** Published to the topic of changes: some of them at a time, in order. A batch may come twice; `seq` tells. */
export const BlocklistChanges = z
  .object({
    changes: z.array(
      z.object({
        seq: z.int(),
        at: z.iso.datetime(),
        actor: z.string(),
        what: z.string().describe('entry.created, entry.renewed, entry.ended, entry.expired, target.write …'),
        entryId: z.uuid().nullable(),
        target: z.string().nullable(),
        detail: z.unknown(),
      }),
    ),
  })
  .meta({ id: 'BlocklistChanges' });
export type BlocklistChanges = z.infer<typeof BlocklistChanges>;
