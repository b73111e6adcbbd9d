import { AwsError } from '../../http/aws-error.ts';
import type { XmlNode } from '../../http/xml.ts';
import { readToken, reusedToken } from '../client-token.ts';
import { ec2Error } from '../error.ts';
import { readLaunchSpec, LAUNCH_PARAMETERS } from '../instances/launch-spec.ts';
import { filtered, pageOf, type FilterValues } from '../pages.ts';
import { Params } from '../params.ts';
import type { Cloud } from '../time/cloud.ts';
import type { LaunchTemplate } from './launch-template.ts';
import { requireTemplate, versionOf } from './reference.ts';
import { renderTemplate, renderVersion } from './render.ts';

const NAME = /^[a-zA-Z0-9().\-/_]{3,128}$/;
const DATA = 'LaunchTemplateData.';
/** API_DescribeLaunchTemplates, API_DescribeLaunchTemplateVersions */
const TEMPLATE_PAGE = { min: 1, max: 200 };

const FILTERS: FilterValues<LaunchTemplate> = { 'launch-template-name': ({ name }) => name };

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateLaunchTemplate.html */
export function createLaunchTemplate(cloud: Cloud, region: string, params: Params): XmlNode {
  const clientToken = readToken(params);
  const fingerprint = params.fingerprint();
  const name = params.required('LaunchTemplateName');
  const all = cloud.items.list('launchtemplate', region);
  const before = all.find((one) => one.clientToken !== undefined && one.clientToken === clientToken);
  if (before !== undefined) {
    if (before.fingerprint !== fingerprint) throw reusedToken(before.clientToken ?? '');
    return { launchTemplate: renderTemplate(before) };
  }
  if (!NAME.test(name)) {
    throw new AwsError(
      400,
      'InvalidLaunchTemplateName.MalformedException',
      'A launch template name must be between 3 and 128 characters, of letters, digits and ( ) . - / _.',
    );
  }
  if (all.some((one) => one.name === name)) {
    throw new AwsError(
      400,
      'InvalidLaunchTemplateName.AlreadyExistsException',
      `Launch template name already in use: ${name}.`,
    );
  }
  const version = {
    number: 1,
    description: readDescription(params),
    created: cloud.now,
    data: readData(params),
  };
  const template = cloud.items.create('launchtemplate', region, {
    name,
    created: cloud.now,
    defaultVersion: 1,
    versions: [version],
    clientToken,
    fingerprint,
    tags: params.tags('launch-template'),
  });
  return { launchTemplate: renderTemplate(template) };
}

/** Without a source a version is only what the call says. API_CreateLaunchTemplateVersion */
export function createLaunchTemplateVersion(cloud: Cloud, region: string, params: Params): XmlNode {
  const template = requireTemplate(cloud.items, region, referenceOf(params));
  const source = params.text('SourceVersion');
  const base = source === undefined ? {} : versionOf(template, source).data;
  const said = readData(params);
  const replaced = new Set(Object.keys(said).map((name) => name.split('.')[0]));
  const kept = Object.entries(base).filter(([name]) => !replaced.has(name.split('.')[0]));
  const version = {
    number: (template.versions.at(-1)?.number ?? 0) + 1,
    description: readDescription(params),
    created: cloud.now,
    data: { ...Object.fromEntries(kept), ...said },
  };
  template.versions.push(version);
  cloud.items.replace(template);
  return { launchTemplateVersion: renderVersion(template, version) };
}

export function describeLaunchTemplates(cloud: Cloud, region: string, params: Params): XmlNode {
  const [ids, names] = [params.list('LaunchTemplateId'), params.list('LaunchTemplateName')];
  for (const id of ids) requireTemplate(cloud.items, region, { id });
  for (const name of names) requireTemplate(cloud.items, region, { name });
  const isAsked = ({ id, name }: LaunchTemplate) =>
    (ids.length === 0 && names.length === 0) || ids.includes(id) || names.includes(name);
  const all = cloud.items.list('launchtemplate', region).filter(isAsked);
  const { page, next } = pageOf(filtered(all, params, FILTERS), params, TEMPLATE_PAGE, ({ id }) => id);
  return { launchTemplates: { item: page.map(renderTemplate) }, ...next };
}

/** Of one template: all, or those that are named. The newest first. */
export function describeLaunchTemplateVersions(cloud: Cloud, region: string, params: Params): XmlNode {
  const template = requireTemplate(cloud.items, region, referenceOf(params));
  const named = params.list('LaunchTemplateVersion');
  const asked = named.length === 0 ? template.versions : named.map((version) => versionOf(template, version));
  const keyOf = ({ number }: { number: number }) => String(1_000_000_000 - number).padStart(10, '0');
  const { page, next } = pageOf(asked, params, TEMPLATE_PAGE, keyOf);
  return {
    launchTemplateVersionSet: { item: page.map((version) => renderVersion(template, version)) },
    ...next,
  };
}

export function deleteLaunchTemplate(cloud: Cloud, region: string, params: Params): XmlNode {
  const template = requireTemplate(cloud.items, region, referenceOf(params));
  cloud.items.remove(template.id);
  return { launchTemplate: renderTemplate(template) };
}

const referenceOf = (params: Params) => ({
  id: params.text('LaunchTemplateId'),
  name: params.text('LaunchTemplateName'),
});

function readDescription(params: Params): string {
  const text = params.text('VersionDescription') ?? '';
  if (text.length > 255)
    throw ec2Error.invalid('versionDescription', text, 'Expecting up to 255 characters.');
  return text;
}

/** Checked as RunInstances would; what is not there may be in the call. */
function readData(params: Params): Record<string, string> {
  const data = params.within(DATA);
  if (Object.keys(data).length === 0) throw ec2Error.missing('LaunchTemplateData');
  const complete = { ImageId: 'ami-00000000000000000', ...data };
  readLaunchSpec(new Params(params.action, new URLSearchParams(complete), LAUNCH_PARAMETERS));
  return data;
}
