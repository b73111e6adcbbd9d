import { ImageFormat } from '@groundwork/contracts';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Preset } from './presets.ts';

const quality = z.int().min(1).max(100);
const side = z.int().min(1).max(8_192);
/** A setting for each format, in one of two ways: for all presets, or for one. */
const encoders = {
  formats: z.array(ImageFormat).min(1).optional(),
  quality: z.strictObject({ webp: quality.optional(), jpeg: quality.optional() }).optional(),
  effort: z.strictObject({ webp: z.int().min(0).max(6).optional() }).optional(),
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
          ...encoders,
        }),
      )
      .min(1),
  })
  .superRefine(({ presets }, ctx) => {
    for (const [i, { name }] of presets.entries()) {
      if (presets.findIndex((one) => one.name === name) === i) continue;
      ctx.addIssue({ code: 'custom', path: ['presets', i, 'name'], message: `${name} is there twice` });
    }
  });

const BUILT_IN = {
  formats: ['webp', 'jpeg'],
  quality: { webp: 80, jpeg: 82 },
  effort: { webp: 2 },
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
  return presets.map(({ name, width, height, fit, ...own }) => ({
    name,
    width,
    height,
    fit,
    encodings: (own.formats ?? defaults.formats ?? BUILT_IN.formats).map((format) => ({
      format,
      quality: own.quality?.[format] ?? defaults.quality?.[format] ?? BUILT_IN.quality[format],
      ...(format === 'webp'
        ? { effort: own.effort?.webp ?? defaults.effort?.webp ?? BUILT_IN.effort.webp }
        : {}),
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
