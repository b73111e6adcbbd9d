import { z } from 'zod';

/** What the configuration reference and the error messages say about one setting. */
export interface SettingDoc {
  description: string;
  /** A value that would be accepted, shown when the given one is not. */
  example: string;
  /** Secrets are never printed back. */
  secret?: boolean;
}

/** Attaches its documentation to the schema of an environment variable. */
export function setting<T extends z.ZodType>(schema: T, doc: SettingDoc): T {
  return schema.meta({ setting: doc });
}

export function settingDoc(schema: z.ZodType): SettingDoc | undefined {
  return (z.globalRegistry.get(schema) as { setting?: SettingDoc } | undefined)?.setting;
}

/** A number written in an environment variable: empty or non-numeric is refused, not read as 0. */
export function numberSetting(range: { min: number; max: number }): z.ZodType<number, string> {
  return z
    .string()
    .regex(/^-?\d+(\.\d+)?$/, 'must be a number')
    .transform(Number)
    .pipe(z.number().min(range.min).max(range.max));
}

export function integerSetting(range: { min: number; max: number }): z.ZodType<number, string> {
  return z
    .string()
    .regex(/^-?\d+$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(range.min).max(range.max));
}

export const portSetting = (): z.ZodType<number, string> => integerSetting({ min: 0, max: 65535 });

export const booleanSetting = (): z.ZodType<boolean, string> =>
  z.enum(['true', 'false'], { error: 'must be true or false' }).transform((v) => v === 'true');

/** `a,b , c` → `['a','b','c']` */
export const listSetting = (): z.ZodType<string[], string> =>
  z.string().transform((v) =>
    v
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  );
