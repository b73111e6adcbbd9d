import { pino, type Logger, type LoggerOptions } from 'pino';

export type { Logger };

/** JSON lines on stdout. `err` and `error` members are serialised with their stack. */
export function createLogger(options: { service: string; level: string }): Logger {
  const settings: LoggerOptions = {
    level: options.level,
    base: { service: options.service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: pino.stdSerializers.err, error: pino.stdSerializers.err },
    redact: { paths: ['*.authorization', '*.cookie', '*["x-api-key"]'], remove: true },
  };
  // Synchronous: pino's default destination flushes at exit, and does so for ever when
  // whoever read our output is gone.
  return pino(settings, pino.destination({ dest: 1, sync: true }));
}
