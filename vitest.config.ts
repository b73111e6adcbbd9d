import { fileURLToPath } from 'node:url';
import { existsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

// Nx sets it for its tasks; programs that tests start would colour their output.
delete process.env['FORCE_COLOR'];

// Many tests start whole services as processes; half of what a start costs is compiling.
process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(
  new URL('node_modules/.cache/node-compile-cache', import.meta.url),
);

/** What waits for minutes begins first, so that the other files run beside it. */
class WaitingFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- it is no array's
    const sorted = await super.sort(files);
    const waits = ({ moduleId }: TestSpecification): boolean => moduleId.includes('one_cluster_for_all');
    return [...sorted.filter(waits), ...sorted.filter((file) => !waits(file))];
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'src/**/*.test.ts'],
    passWithNoTests: false,
    // What files of one package share, and what has to be stopped after all of them.
    ...(existsSync('test/global-setup.ts') && { globalSetup: 'test/global-setup.ts' }),
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Two cores: more workers than that only makes timings wild.
    maxWorkers: 2,
    sequence: { sequencer: WaitingFirst },
    // A process for each file spends half a second of CPU on loading the same modules: for some packages half
    // of all they take. So files share them, and close what they open.
    isolate: false,
    // A reader of CI's output looks for what failed, not for what took long.
    ...(process.env['CI'] === 'true' && { slowTestThreshold: 60_000 }),
    execArgv: ['--disable-warning=ExperimentalWarning'],
  },
});
