import { CfnResource, Stack, type App } from 'aws-cdk-lib';

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type Properties = { [key: string]: Json };

/** A resource as CloudFormation will see it. */
export interface Resource {
  stage: string;
  /** network, data, … */
  stack: string;
  id: string;
  /** In the tree of constructs, below its stack. */
  path: string;
  type: string;
  properties: Properties;
}

interface Template {
  Resources?: Record<string, { Type: string; Properties?: Properties }>;
  Outputs?: Record<string, { Value: Json }>;
}

/** All that an app synthesises to, with what refers to what, also across stacks. */
export class Model {
  readonly resources: Resource[] = [];
  /** By the name of their stack. */
  readonly templates: Record<string, object> = {};
  readonly #byId = new Map<string, Resource>();
  readonly #outputs = new Map<string, { stack: string; value: Json }>();

  constructor(app: App) {
    const assembly = app.synth();
    const stacks = app.node.findAll().filter((one) => Stack.isStack(one));
    for (const stack of stacks) {
      const template = assembly.getStackArtifact(stack.artifactId).template as Template;
      const [stage = '', name = ''] = stack.node.path.split('/');
      this.templates[stack.stackName] = template;
      const paths = new Map(
        stack.node
          .findAll()
          .filter((one) => CfnResource.isCfnResource(one))
          .map((one) => [
            stack.resolve(one.logicalId) as string,
            one.node.path.replace(`${stack.node.path}/`, ''),
          ]),
      );
      for (const [id, { Type, Properties = {} }] of Object.entries(template.Resources ?? {})) {
        const path = (paths.get(id) ?? id).replace(/\/Resource$/, '');
        const resource = { stage, stack: name, id, path, type: Type, properties: Properties };
        this.resources.push(resource);
        this.#byId.set(`${stack.stackName}/${id}`, resource);
      }
      for (const [output, { Value }] of Object.entries(template.Outputs ?? {})) {
        this.#outputs.set(`${stack.stackName}/${output}`, { stack: stack.stackName, value: Value });
      }
    }
  }

  /** What a resource refers to, in one of its properties or in all of them, wherever that is. */
  references(from: Resource, property?: string): Resource[] {
    return this.within(from, property === undefined ? from.properties : (from.properties[property] ?? null));
  }

  /** What a part of a resource's properties refers to. */
  within(from: Resource, value: Json): Resource[] {
    return this.#follow(`groundwork-${from.stage}-${from.stack}`, value);
  }

  #follow(stack: string, value: Json): Resource[] {
    if (typeof value !== 'object' || value === null) return [];
    if (Array.isArray(value)) return value.flatMap((one) => this.#follow(stack, one));
    const { Ref: ref, 'Fn::GetAtt': attribute, 'Fn::GetStackOutput': output } = value;
    if (typeof ref === 'string') return this.#named(stack, ref);
    if (Array.isArray(attribute)) return this.#named(stack, text(attribute[0]));
    if (typeof output === 'object' && output !== null && !Array.isArray(output)) {
      const found = this.#outputs.get(`${text(output['StackName'])}/${text(output['OutputName'])}`);
      if (found === undefined)
        throw new Error(`${stack} refers to an output that is not there: ${JSON.stringify(output)}`);
      return this.#follow(found.stack, found.value);
    }
    return Object.values(value).flatMap((one) => this.#follow(stack, one));
  }

  #named(stack: string, id: string): Resource[] {
    const found = this.#byId.get(`${stack}/${id}`);
    return found === undefined ? [] : [found];
  }
}

/** Of what is a string in every template. */
export function text(value: Json | undefined): string {
  if (typeof value === 'string') return value;
  throw new Error(`${JSON.stringify(value)} is no text`);
}
