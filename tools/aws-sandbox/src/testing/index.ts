export { startReferee, whyMissing, type Referee, type RefereeName } from './referees.ts';
export { startBatchSandbox, type BatchEnvironment, type BatchSandbox } from './batch.ts';
export { BatchControl } from './batch-control.ts';
export { DataSyncControl, startDataSyncSandbox } from './datasync.ts';
export { Ec2Control, startEc2Sandbox, type VolumeContents } from './ec2.ts';
