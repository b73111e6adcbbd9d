/** How much has been brought; null: not known yet. */
export interface Progress {
  bytesDone: number | null;
  bytesTotal: number | null;
}

/** What was told last. */
export interface Told {
  bytes: number;
  secondsAgo: number;
}

const EVERY_SECONDS = 60;

/** Whether somebody who follows it should hear: each minute in which something came, and at each tenth. */
export function isWorthTelling({ bytesDone, bytesTotal }: Progress, last: Told): boolean {
  if (bytesDone === null || bytesDone <= last.bytes) return false;
  return last.secondsAgo >= EVERY_SECONDS || tenth(bytesDone, bytesTotal) > tenth(last.bytes, bytesTotal);
}

const tenth = (bytes: number, total: number | null): number =>
  total === null || total === 0 ? 0 : Math.floor((bytes / total) * 10);
