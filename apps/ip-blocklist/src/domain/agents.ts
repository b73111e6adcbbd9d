import type { AgentView } from '@groundwork/contracts';
import type { AgentRecord } from '../ports/agents.ts';

/** An agent reports every 30 s; after four times that something is wrong, in ms. */
const SILENT_MS = 120_000;

/** How an agent keeps up. `current`: the version of the list of now. */
export function viewOfAgent({ name, report, seenAt, silentMs }: AgentRecord, current: string): AgentView {
  const isInSync = report.version === current;
  const status = silentMs > SILENT_MS ? 'silent' : isInSync ? 'in-sync' : 'behind';
  return { name, status, seenAt, ...report };
}
