import type { Sweep, SweepKind } from '@groundwork/contracts';

/** A sweep, and what is needed to replace exactly this state of it. */
export interface StoredSweep {
  sweep: Sweep;
  etag: string;
}

/** Where sweeps keep their state between two pages. */
export interface Sweeps {
  /** False when there is one of that id. */
  create(sweep: Sweep): Promise<boolean>;
  read(id: string): Promise<StoredSweep | undefined>;
  /** False when somebody else was faster. */
  swap(sweep: Sweep, expectedEtag: string): Promise<boolean>;
  list(
    kind: SweepKind,
    after: string | undefined,
    limit: number,
  ): Promise<{ items: Sweep[]; next: string | undefined }>;
}
