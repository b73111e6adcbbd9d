/** A part that some tests need, and not every machine has. */
export interface Optional {
  name: string;
  /** Why it cannot be had here. */
  missing?: string | undefined;
}

/** Whether its tests are left out, which is said. With REQUIRE_SERVICES=1 none are: they fail where it is missing. */
export function isSkipped({ name, missing }: Optional): boolean {
  // oxlint-disable-next-line node/no-process-env -- only tests get here
  const skipped = missing !== undefined && process.env['REQUIRE_SERVICES'] !== '1';
  if (skipped) process.stderr.write(`skipped: ${name}: ${missing}\n`);
  return skipped;
}
