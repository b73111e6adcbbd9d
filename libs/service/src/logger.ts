import { pino, type Logger } from 'pino';

export type { Logger };

/** JSON lines on stdout. `err` and `error` members are serialised with their stack. */
export function createLogger(options: { service: string; level: string }): Logger {
  return pino({
    level: options.level,
    base: { service: options.service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: pino.stdSerializers.err, error: pino.stdSerializers.err },
    redact: { paths: ['*.authorization', '*.cookie', '*["x-api-key"]'], remove: true },
  });
}
