import { defineConfig } from 'vitest/config';

// Nx sets it for its tasks; programs that tests start would colour their output.
delete process.env['FORCE_COLOR'];

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'src/**/*.test.ts'],
    passWithNoTests: false,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Two cores: more workers than that only makes timings wild.
    maxWorkers: 2,
    execArgv: ['--disable-warning=ExperimentalWarning'],
  },
});
