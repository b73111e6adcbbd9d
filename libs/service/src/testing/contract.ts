import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isSkipped } from './optional.ts';

/** Where a contract is held up to: something that runs, and is known to differ here and there. */
export interface Subject<Place extends { close(): Promise<void> }> {
  name: string;
  /** Why it cannot run here. */
  missing?: string | undefined;
  start: () => Promise<{ open: () => Promise<Place>; stop: () => Promise<void> }>;
  /** Its tests spend their time waiting, and their places do not touch: they run beside each other. */
  isConcurrent?: boolean;
  /** Title of the test, reason. A listed test has to fail: once it does not, its line has to go. */
  gaps?: Readonly<Record<string, string>>;
}

/** Declares a test, which gets a place of its own. */
export type Test<Place> = (title: string, body: (place: Place) => Promise<void>) => void;

export type Suite<Place> = (test: Test<Place>) => void;

/** Runs suites against one subject. What is missing here is skipped, and says so; REQUIRE_SERVICES=1 makes that a failure. */
export function runContract<Place extends { close(): Promise<void> }>(
  { name, missing, start, isConcurrent = false, gaps = {} }: Subject<Place>,
  suites: readonly Suite<Place>[],
): void {
  const skipped = isSkipped({ name, missing });

  describe.skipIf(skipped)(`the contract on ${name}`, { concurrent: isConcurrent }, () => {
    let subject: Awaited<ReturnType<typeof start>> | undefined;
    beforeAll(async () => {
      subject = await start();
    });
    afterAll(() => subject?.stop());

    const titles = new Set<string>();
    const test: Test<Place> = (title, body) => {
      if (titles.has(title)) throw new Error(`two tests are called "${title}"`);
      titles.add(title);
      (Object.hasOwn(gaps, title) ? it.fails : it)(title, async () => {
        const place = await subject!.open();
        try {
          await body(place);
        } finally {
          await place.close();
        }
      });
    };
    for (const suite of suites) suite(test);

    it('has no known gap that is not a test', () => {
      expect(Object.keys(gaps).filter((title) => !titles.has(title))).toEqual([]);
    });
  });
}
