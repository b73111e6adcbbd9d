/** What a drill has shown. */
export interface Report {
  name: string;
  /** What was done to it, and what happened, in seconds since the disaster. */
  timeline: readonly { second: number; what: string }[];
  /** Seconds in which nobody could be served. */
  withoutService: number;
  /** What clients were told is written. */
  acknowledged: number;
  /** Of that, what is gone. */
  lost: number;
}

/** For a terminal. */
export function show({ name, timeline, withoutService, acknowledged, lost }: Report): string {
  const lines = timeline.map(({ second, what }) => `${second.toFixed(1).padStart(9)} s  ${what}`);
  return [
    name,
    ...lines,
    `  without service: ${withoutService.toFixed(1)} s; acknowledged: ${acknowledged}, lost: ${lost}`,
    '',
  ].join('\n');
}

/** By what happens in them; each gets the whole name. */
export type Drills = Record<string, (name: string) => Promise<Report>>;
