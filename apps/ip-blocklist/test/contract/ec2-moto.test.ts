import { GAPS_OF_GROUPS, GAPS_OF_NETWORK_ACLS } from './known-gaps.ts';
import { openAclPlace } from './network-acl/place.ts';
import { suites } from './network-acl/suites.ts';
import { runOnReferee } from './referee.ts';
import { openGroupPlace } from './security-group/place.ts';
import { describeGroup } from './security-group/security-group.ts';

runOnReferee('moto', 'a network ACL', openAclPlace, suites, GAPS_OF_NETWORK_ACLS);
runOnReferee('moto', 'a security group', openGroupPlace, [describeGroup], GAPS_OF_GROUPS);
