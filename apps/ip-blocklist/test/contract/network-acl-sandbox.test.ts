import { runInSandbox } from './sandbox.ts';
import { openAclPlace } from './network-acl/place.ts';
import { suites } from './network-acl/suites.ts';

runInSandbox('a network ACL', openAclPlace, suites);
