import type { z } from 'zod';
import { ConfigError, parseConfig } from './parse-config.ts';

interface ProcessLike {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly argv: readonly string[];
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  exit(code: number): never;
}

/**
 * For composition roots: prints what is wrong and exits 1, or, when the process
 * was started with `--check-config`, says that all is well and exits 0.
 */
export function loadConfig<S extends z.ZodObject>(schema: S, process: ProcessLike): z.infer<S> {
  let config: z.infer<S>;
  try {
    config = parseConfig(schema, process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return process.exit(1);
  }
  if (process.argv.includes('--check-config')) {
    process.stdout.write('The configuration is valid.\n');
    return process.exit(0);
  }
  return config;
}
