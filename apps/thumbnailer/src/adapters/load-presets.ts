import { loadText, type AwsSettings } from '@groundwork/service';
import { DEFAULT_PRESETS, parsePresets } from '../domain/preset-file.ts';
import type { Preset } from '../domain/presets.ts';

/** From wherever they are configured; the built-in ones otherwise. Throws what is wrong with them, and where. */
export async function loadPresets(
  config: { PRESETS?: string | undefined; PRESETS_YAML?: string | undefined },
  aws: AwsSettings,
): Promise<readonly Preset[]> {
  const setting = { name: 'PRESETS', from: config.PRESETS, inline: config.PRESETS_YAML };
  return (await loadText(setting, aws, parsePresets)) ?? DEFAULT_PRESETS;
}
