import type { Status } from '../send.ts';

interface Counted {
  statuses: Map<Status, number>;
  ms: number[];
  stale: number;
  seconds: number;
  lagMs: number;
}

/** What was counted, by phase. */
export class Tally {
  readonly #phases = new Map<string, Counted>();
  #requests = 0;

  add(phase: string, status: Status, ms: number): void {
    const counted = this.#of(phase);
    counted.statuses.set(status, (counted.statuses.get(status) ?? 0) + 1);
    counted.ms.push(ms);
    this.#requests += 1;
  }

  stale(phase: string): void {
    this.#of(phase).stale += 1;
  }

  lasted(phase: string, seconds: number, lagMs: number): void {
    const counted = this.#of(phase);
    counted.seconds += seconds;
    counted.lagMs = Math.max(counted.lagMs, lagMs);
  }

  get requests(): number {
    return this.#requests;
  }

  /** A line per phase. `lag`: the longest until the stream had confirmed what was committed. */
  table(): string {
    const rows = [['phase', 's', 'requests', 'p50 ms', 'p99 ms', 'max ms', 'lag ms', 'stale', 'statuses']];
    for (const [name, { statuses, ms, stale, seconds, lagMs }] of this.#phases) {
      const sorted = ms.toSorted((a, b) => a - b);
      const at = (share: number): string => (sorted[Math.ceil(sorted.length * share) - 1] ?? 0).toFixed(1);
      const said = [...statuses].toSorted(([a], [b]) => String(a).localeCompare(String(b)));
      rows.push([
        name,
        seconds.toFixed(0),
        String(ms.length),
        at(0.5),
        at(0.99),
        at(1),
        lagMs.toFixed(0),
        String(stale),
        said.map(([status, count]) => `${status}:${count}`).join(' '),
      ]);
    }
    const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
    const last = widths.length - 1;
    return rows
      .map((row) =>
        row
          .map((cell, column) =>
            column === 0 || column === last
              ? cell.padEnd(column === last ? 0 : widths[column]!)
              : cell.padStart(widths[column]!),
          )
          .join('  '),
      )
      .join('\n');
  }

  #of(phase: string): Counted {
    let counted = this.#phases.get(phase);
    if (counted === undefined) {
      counted = { statuses: new Map(), ms: [], stale: 0, seconds: 0, lagMs: 0 };
      this.#phases.set(phase, counted);
    }
    return counted;
  }
}
