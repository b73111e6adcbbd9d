import {
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  DeleteLaunchTemplateCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  RunInstancesCommand,
  type LaunchTemplateSpecification,
} from '@aws-sdk/client-ec2';
import { describe, expect } from 'vitest';
import type { Aws, Suite } from './contract.ts';
import { defined, refusal, uniqueName } from './helpers.ts';
import { IMAGE, newTemplate, subnetIn } from './instances.ts';

async function launchFrom(aws: Aws, LaunchTemplate: LaunchTemplateSpecification, options = {}) {
  const SubnetId = await subnetIn(aws);
  const { Instances } = await aws.ec2.send(
    new RunInstancesCommand({ LaunchTemplate, MinCount: 1, MaxCount: 1, SubnetId, ...options }),
  );
  return defined(Instances?.[0], 'the instance');
}

const addVersion = (aws: Aws, LaunchTemplateId: string, InstanceType: 't3.small' | 't3.large') =>
  aws.ec2.send(
    new CreateLaunchTemplateVersionCommand({
      LaunchTemplateId,
      SourceVersion: '$Latest',
      LaunchTemplateData: { InstanceType },
    }),
  );

export const describeLaunchTemplates: Suite = ({ test }) => {
  describe('Launch templates', () => {
    test('a launch template has a first version, which is the default', async (aws) => {
      const id = await newTemplate(aws, { UserData: 'ZWNobw==' });
      const { LaunchTemplates } = await aws.ec2.send(
        new DescribeLaunchTemplatesCommand({ LaunchTemplateIds: [id] }),
      );
      expect(LaunchTemplates).toMatchObject([{ DefaultVersionNumber: 1, LatestVersionNumber: 1 }]);
      const { LaunchTemplateVersions } = await aws.ec2.send(
        new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId: id }),
      );
      expect(LaunchTemplateVersions).toMatchObject([
        {
          VersionNumber: 1,
          DefaultVersion: true,
          LaunchTemplateData: { ImageId: IMAGE, InstanceType: 't3.micro', UserData: 'ZWNobw==' },
        },
      ]);
    });

    test('an instance is what its launch template says', async (aws) => {
      const id = await newTemplate(aws, {
        TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: 'bastion' }] }],
      });
      expect(await launchFrom(aws, { LaunchTemplateId: id })).toMatchObject({
        ImageId: IMAGE,
        InstanceType: 't3.micro',
        Tags: expect.arrayContaining([{ Key: 'Name', Value: 'bastion' }]),
      });
    });

    test('what the call says itself counts', async (aws) => {
      const id = await newTemplate(aws);
      const made = await launchFrom(aws, { LaunchTemplateId: id }, { InstanceType: 't3.medium' });
      expect(made).toMatchObject({ ImageId: IMAGE, InstanceType: 't3.medium' });
    });

    test('a version is named by number, as the default, or as the latest', async (aws) => {
      const LaunchTemplateId = await newTemplate(aws);
      await addVersion(aws, LaunchTemplateId, 't3.small');
      await addVersion(aws, LaunchTemplateId, 't3.large');
      const typeOf = async (Version?: string) =>
        (await launchFrom(aws, { LaunchTemplateId, ...(Version && { Version }) })).InstanceType;
      expect(await typeOf()).toBe('t3.micro');
      expect(await typeOf('$Default')).toBe('t3.micro');
      expect(await typeOf('$Latest')).toBe('t3.large');
      expect(await typeOf('2')).toBe('t3.small');
    });

    test('versions are listed, the named ones or all', async (aws) => {
      const LaunchTemplateId = await newTemplate(aws);
      await addVersion(aws, LaunchTemplateId, 't3.small');
      const read = async (Versions?: string[]) => {
        const { LaunchTemplateVersions } = await aws.ec2.send(
          new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId, ...(Versions && { Versions }) }),
        );
        return LaunchTemplateVersions?.map((one) => one.VersionNumber).toSorted();
      };
      expect(await read()).toEqual([1, 2]);
      expect(await read(['$Latest'])).toEqual([2]);
      expect(await read(['1'])).toEqual([1]);
    });

    test('a version that is not there is refused', async (aws) => {
      const LaunchTemplateId = await newTemplate(aws);
      const made = launchFrom(aws, { LaunchTemplateId, Version: '7' });
      expect((await refusal(made)).code).toBe('InvalidLaunchTemplateId.VersionNotFound');
    });

    test('a launch template is found by its name, which is taken once', async (aws) => {
      const LaunchTemplateName = uniqueName('template');
      const create = () =>
        aws.ec2.send(
          new CreateLaunchTemplateCommand({ LaunchTemplateName, LaunchTemplateData: { ImageId: IMAGE } }),
        );
      await create();
      expect((await launchFrom(aws, { LaunchTemplateName })).ImageId).toBe(IMAGE);
      expect((await refusal(create())).code).toBe('InvalidLaunchTemplateName.AlreadyExistsException');
    });

    test('a launch template that is deleted is gone', async (aws) => {
      const LaunchTemplateId = await newTemplate(aws);
      await aws.ec2.send(new DeleteLaunchTemplateCommand({ LaunchTemplateId }));
      const made = launchFrom(aws, { LaunchTemplateId });
      expect((await refusal(made)).code).toBe('InvalidLaunchTemplateId.NotFound');
    });

    test('a launch template without anything in it is refused', async (aws) => {
      const made = aws.ec2.send(
        new CreateLaunchTemplateCommand({
          LaunchTemplateName: uniqueName('template'),
          LaunchTemplateData: {},
        }),
      );
      expect((await refusal(made)).code).toBe('MissingParameter');
    });
  });
};
