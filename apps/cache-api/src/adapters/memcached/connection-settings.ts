import type { ConnectionOptions } from 'node:tls';

export interface ConnectionSettings {
  host: string;
  port: number;
  tls: ConnectionOptions | undefined;
  /** Of one command, in ms. */
  timeoutMs: number;
  connectTimeoutMs: number;
  /** Of one value that comes. */
  maxReplyBytes: number;
}
