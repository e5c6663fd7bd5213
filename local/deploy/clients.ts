import type { LocalCloud } from '../cloud/cloud.js';

/** What a client of the AWS SDK needs to speak to the cloud. */
export function clientOptions(cloud: LocalCloud) {
  const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = cloud.environment;
  return {
    endpoint: cloud.endpoint,
    region: cloud.region,
    credentials: { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY },
  };
}
