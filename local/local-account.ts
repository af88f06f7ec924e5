/** The AWS account that the local run pretends to be deployed to. */
export const localAccount = {
  id: '000000000000',
  partition: 'aws',
  region: 'us-east-1',
  urlSuffix: 'amazonaws.com',
  /** DynamoDB engines check the form of credentials, and some keep one set of tables for each access key. */
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
} as const;
