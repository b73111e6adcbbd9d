import { Counter, type Registry } from 'prom-client';
import type { Drift } from '@groundwork/contracts';
import type { Converged } from './domain/converge.ts';
import type { Observe } from './adapters/sharp/encode.ts';

export interface Metrics {
  /** What came of a look at an object. */
  outcome(result: Converged | 'ignored' | 'filtered'): void;
  encoded: Observe;
  drift(drift: Drift): void;
}

export function createMetrics(registry: Registry): Metrics {
  const registers = [registry];
  const outcomes = new Counter({
    name: 'thumbnailer_objects_total',
    help: 'Events by what came of them',
    labelNames: ['outcome'],
    registers,
  });
  const verdicts = new Counter({
    name: 'thumbnailer_verdicts_total',
    help: 'Originals that no thumbnails can be made of, by reason',
    labelNames: ['code'],
    registers,
  });
  const image = { labelNames: ['preset', 'format'] as const, registers };
  const images = new Counter({ name: 'thumbnailer_images_total', help: 'Images encoded', ...image });
  const bytes = new Counter({
    name: 'thumbnailer_image_bytes_total',
    help: 'Bytes of images encoded',
    ...image,
  });
  const seconds = new Counter({
    name: 'thumbnailer_encode_seconds_total',
    help: 'Time on one thread spent encoding: CPU time while there is a core for each original in work',
    ...image,
  });
  const drift = new Counter({
    name: 'thumbnailer_drift_total',
    help: 'Differences between uploads and thumbnails that sweeps found',
    labelNames: ['drift'],
    registers,
  });
  return {
    outcome(result) {
      if (typeof result === 'string') {
        outcomes.inc({ outcome: result });
        return;
      }
      outcomes.inc({ outcome: result.outcome });
      const { manifest } = result;
      if (result.outcome === 'refused' && manifest.state === 'failed')
        verdicts.inc({ code: manifest.verdict.code });
    },
    encoded({ preset, format, seconds: took, bytes: size }) {
      images.inc({ preset, format });
      bytes.inc({ preset, format }, size);
      seconds.inc({ preset, format }, took);
    },
    drift: (kind) => drift.inc({ drift: kind }),
  };
}
