export { attachLocalCloud } from './cloud/attach.js';
export type { LocalCloud, LocalDatabase, StartedCloud } from './cloud/cloud.js';
export { resetLocalCloud, stopLocalCloud } from './cloud/end.js';
export { logFiles } from './cloud/logs.js';
export type { LocalCloudOptions } from './cloud/options.js';
export { startLocalCloud } from './cloud/start.js';
export { targetOf, type Target } from './cloud/target.js';
export { LocalCloudError, type LocalCloudErrorCode } from './errors.js';
export type { LocalPart, LocalProgress, OnProgress } from './progress.js';
export type { CloudApp, SynthesizedApp, SynthOptions } from './deploy/app.js';
export {
  awsAccount,
  deployToAccount,
  destroyInAccount,
  type AccountDeployOptions,
  type AwsAccount,
} from './deploy/account.js';
export { clientOptions } from './deploy/clients.js';
export { bootstrap } from './deploy/bootstrap.js';
export { deployedFunctions, type DeployedFunction } from './deploy/functions.js';
export { deploy, destroy, type DeployOptions } from './deploy/deploy.js';
export type { AppOptions, StackOutputs } from './deploy/deployment.js';
export type { Approve, DeployProgress, OnDeployProgress, PermissionChanges } from './deploy/io-host.js';
export type { Credentials } from './deploy/place.js';
