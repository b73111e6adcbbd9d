/** How far the audit trail was published to one topic. */
export interface Publications {
  /** The last that was published; for a new topic, the last there is. */
  seq(): Promise<number>;
  /** Rejects with LostLease when this process does not lead any more. */
  reached(seq: number): Promise<void>;
}
