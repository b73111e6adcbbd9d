import type { Item } from '../kinds.ts';

export interface LaunchTemplateVersion {
  number: number;
  description: string;
  /** ms. */
  created: number;
  /** Parameters as RunInstances has them: `SecurityGroupId.1`, `MetadataOptions.HttpTokens`. */
  data: Record<string, string>;
}

export interface LaunchTemplate extends Item {
  name: string;
  /** ms. */
  created: number;
  defaultVersion: number;
  /** The newest last. */
  versions: LaunchTemplateVersion[];
  clientToken?: string | undefined;
  fingerprint: string;
}
