export { attachLocalCloud } from './cloud/attach.js';
export type { LocalCloud, LocalDatabase } from './cloud/cloud.js';
export { startLocalCloud, type LocalCloudOptions } from './cloud/start.js';
export { LocalCloudError, type LocalCloudErrorCode } from './errors.js';
export type { LocalPart, LocalProgress, OnProgress } from './progress.js';
