import { ImageFormat } from '@groundwork/contracts';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Preset } from './presets.ts';

const quality = z.int().min(1).max(100);
const side = z.int().min(1).max(8_192);
/** A setting for each format, in one of two ways: for all presets, or for one. */
const encoders = {
  formats: z
    .array(ImageFormat)
    .refine(
      (formats) => formats.some((format) => format !== 'avif'),
      'must have webp or jpeg too: AVIF comes later',
    )
    .optional(),
  quality: z
    .strictObject({ avif: quality.optional(), webp: quality.optional(), jpeg: quality.optional() })
    .optional(),
  effort: z
    .strictObject({ avif: z.int().min(0).max(9).optional(), webp: z.int().min(0).max(6).optional() })
    .optional(),
};

const PresetFile = z
  .strictObject({
    defaults: z.strictObject(encoders).default({}),
    presets: z
      .array(
        z.strictObject({
          name: z
            .string()
            .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'must be lower-case letters, digits and dashes'),
          width: side,
          height: side,
          fit: z.enum(['inside', 'cover']).default('inside'),
          crop: z.enum(['centre', 'attention']).default('centre'),
          ...encoders,
        }),
      )
      .min(1),
  })
  .superRefine(({ presets }, ctx) => {
    for (const [i, { name, fit, crop }] of presets.entries()) {
      if (fit === 'inside' && crop !== 'centre') {
        ctx.addIssue({ code: 'custom', path: ['presets', i, 'crop'], message: 'needs fit: cover' });
      }
      if (presets.findIndex((one) => one.name === name) === i) continue;
      ctx.addIssue({ code: 'custom', path: ['presets', i, 'name'], message: `${name} is there twice` });
    }
  });

const BUILT_IN = {
  formats: ['webp', 'jpeg'],
  quality: { avif: 50, webp: 80, jpeg: 82 },
  // AVIF at sharp's own default of 4 takes six times the CPU of 2, for 8 % fewer bytes at 800 px.
  effort: { avif: 2, webp: 2 },
} as const;

/** What is made when nothing else is configured. */
export const DEFAULT_PRESETS_YAML = `
presets:
  - { name: thumb, width: 200, height: 200 }
  - { name: small, width: 400, height: 400 }
  - { name: medium, width: 800, height: 800 }
  - { name: large, width: 1600, height: 1600 }
`;

/** Reads a preset file. Throws an Error that names everything that is wrong with it. */
export function parsePresets(yaml: string): Preset[] {
  const file = PresetFile.safeParse(parseYaml(yaml));
  if (!file.success) {
    const wrong = file.error.issues.map(
      ({ path, message }) => `  ${path.join('.') || 'the file'}: ${message}`,
    );
    throw new Error(`The presets are not valid:\n${wrong.join('\n')}`);
  }
  const { defaults, presets } = file.data;
  return presets.map(({ name, width, height, fit, crop, ...own }) => ({
    name,
    width,
    height,
    fit,
    crop,
    encodings: (own.formats ?? defaults.formats ?? BUILT_IN.formats).map((format) => ({
      format,
      quality: own.quality?.[format] ?? defaults.quality?.[format] ?? BUILT_IN.quality[format],
      ...(format === 'jpeg'
        ? {}
        : { effort: own.effort?.[format] ?? defaults.effort?.[format] ?? BUILT_IN.effort[format] }),
    })),
  }));
}

export const DEFAULT_PRESETS: readonly Preset[] = parsePresets(DEFAULT_PRESETS_YAML);

function parseYaml(text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw new Error(`The presets are not YAML: ${(error as Error).message}`, { cause: error });
  }
}
