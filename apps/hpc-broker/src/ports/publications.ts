/** How far the events were followed to somewhere. */
export interface Publications {
  /** The last that was passed on; for a new topic, the last there is. */
  seq(): Promise<number>;
  /** Rejects with LostLease when this process does not lead any more. */
  reached(seq: number): Promise<void>;
}
