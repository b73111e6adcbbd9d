import { runInSandbox } from './sandbox.ts';
import { openGroupPlace } from './security-group/place.ts';
import { describeGroup } from './security-group/security-group.ts';

runInSandbox('a security group', openGroupPlace, [describeGroup]);
