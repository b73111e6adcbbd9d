import { AwsError } from '../../http/aws-error.ts';
import { ec2Error } from '../error.ts';
import type { Items } from '../items.ts';
import type { Params } from '../params.ts';
import type { LaunchTemplate, LaunchTemplateVersion } from './launch-template.ts';

/** A template by id or name; of its versions the default one, unless it says `$Latest`, `$Default` or a number. */
export interface TemplateReference {
  id?: string | undefined;
  name?: string | undefined;
  version?: string | undefined;
}

const ID = /^lt-([0-9a-f]{17})$/;

/** Of RunInstances. */
export function readReference(params: Params): TemplateReference | undefined {
  const [id, name] = [
    params.text('LaunchTemplate.LaunchTemplateId'),
    params.text('LaunchTemplate.LaunchTemplateName'),
  ];
  const version = params.text('LaunchTemplate.Version');
  if (id === undefined && name === undefined && version === undefined) return undefined;
  return { id, name, version };
}

export function requireTemplate(
  items: Items,
  region: string,
  { id, name }: TemplateReference,
): LaunchTemplate {
  if (id !== undefined && name !== undefined)
    throw ec2Error.notCombined('Either the launch template ID or the launch template name, but not both');
  if (id === undefined && name === undefined)
    throw new AwsError(
      400,
      'MissingParameter',
      'Either the launch template ID or the launch template name must be provided.',
    );
  if (id !== undefined && !ID.test(id))
    throw new AwsError(400, 'InvalidLaunchTemplateId.Malformed', `Invalid launch template ID: '${id}'.`);
  const found = items.list('launchtemplate', region).find((one) => one.id === id || one.name === name);
  if (found !== undefined) return found;
  throw id === undefined
    ? new AwsError(
        400,
        'InvalidLaunchTemplateName.NotFoundException',
        `The specified launch template, with template name ${name}, does not exist.`,
      )
    : new AwsError(
        400,
        'InvalidLaunchTemplateId.NotFound',
        `The specified launch template, with template ID ${id}, does not exist.`,
      );
}

export function versionOf(template: LaunchTemplate, version = '$Default'): LaunchTemplateVersion {
  const number =
    version === '$Default'
      ? template.defaultVersion
      : version === '$Latest'
        ? template.versions.at(-1)?.number
        : Number(version);
  const found = template.versions.find((one) => one.number === number);
  if (found !== undefined) return found;
  throw new AwsError(
    400,
    'InvalidLaunchTemplateId.VersionNotFound',
    `Could not find launch template version ${version} of ${template.id}.`,
  );
}
