import type { AgentReport } from '@groundwork/contracts';

/** What an agent said last. */
export interface AgentRecord {
  name: string;
  report: AgentReport;
  /** ISO 8601. */
  seenAt: string;
  /** How long ago that is, by the clock that has noted it. */
  silentMs: number;
}

/** The agents on hosts. One that is not heard of for a week is forgotten. */
export interface Agents {
  heard(name: string, report: AgentReport): Promise<void>;
  /** By name. */
  all(): Promise<AgentRecord[]>;
}
