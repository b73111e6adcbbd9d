/**
 * What all instances hear of each other. It keeps the order in which messages were taken, for every
 * listener, and loses some only together with the connection.
 */
export interface Bus {
  /** Longest message, in bytes of UTF-8. */
  readonly maxBytes: number;
  /** Resolves when it is taken; rejects when it may not have been. */
  publish(message: string): Promise<void>;
  /** Begins to listen, and keeps connecting until it is stopped. */
  start(listener: BusListener): void;
  stop(): Promise<void>;
}

export interface BusListener {
  onMessage: (message: string) => void;
  /** It listens from now on; what was said since it last did was missed. */
  onConnected: () => void;
}
