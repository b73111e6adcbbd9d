import { z } from 'zod';

/** What agents take. `version` stands for the rest: the first 22 characters of its SHA-256 in base64url. */
export const ExportedList = z
  .object({
    version: z.string(),
    networks: z.array(z.string()).describe('CIDRs that do not overlap, IPv4 first, ascending'),
    countries: z.array(z.string()).describe('Blocked as a whole, by their codes'),
  })
  .meta({ id: 'ExportedList' });
export type ExportedList = z.infer<typeof ExportedList>;

export const AgentName = z
  .string()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}$/, 'must be letters, digits and ._-, 63 at most')
  .meta({ example: 'web-1' });

/** What an agent says of its host. */
export const AgentReport = z
  .strictObject({
    version: z.string().max(100).nullable().describe('Of the list that it enforces; null: none yet'),
    appliedAt: z.iso.datetime().nullable().describe('Since when'),
    networks: z.int().min(0).describe('Networks in the sets of its firewall'),
    spared: z
      .array(z.object({ network: z.string().max(100), why: z.string().max(500) }))
      .max(1_000)
      .describe('Listed, and not blocked there, as somebody would be locked out'),
    counters: z
      .object({ packets: z.int().min(0), bytes: z.int().min(0) })
      .describe('Dropped since its table was made'),
    conditions: z
      .array(z.object({ severity: z.enum(['note', 'blind']), message: z.string().max(1_000) }))
      .max(100)
      .describe('What hinders it; blind: it blocks nobody although it should'),
    agentVersion: z.string().max(100),
  })
  .meta({ id: 'AgentReport' });
export type AgentReport = z.infer<typeof AgentReport>;

export const AgentView = z
  .object({
    name: z.string(),
    status: z
      .enum(['in-sync', 'behind', 'silent'])
      .describe('behind: it enforces an older list; silent: not heard of for two minutes'),
    seenAt: z.iso.datetime(),
    ...AgentReport.shape,
  })
  .meta({ id: 'Agent' });
export type AgentView = z.infer<typeof AgentView>;

export const HostExplanation = z
  .object({
    agent: z.string(),
    status: z.enum(['enforced', 'pending', 'open', 'spared', 'silent']),
    because: z.string(),
  })
  .meta({ id: 'HostExplanation' });
export type HostExplanation = z.infer<typeof HostExplanation>;
