export { attachLocalCloud } from './cloud/attach.js';
export type { LocalCloud, LocalDatabase } from './cloud/cloud.js';
export { startLocalCloud, type LocalCloudOptions } from './cloud/start.js';
export { LocalCloudError, type LocalCloudErrorCode } from './errors.js';
export type { LocalPart, LocalProgress, OnProgress } from './progress.js';
export type { CloudApp, SynthesizedApp, SynthOptions } from './deploy/app.js';
export { bootstrap } from './deploy/bootstrap.js';
export { deploy, destroy, type DeployOptions, type StackOutputs } from './deploy/deploy.js';
export type { DeployProgress, OnDeployProgress } from './deploy/io-host.js';
