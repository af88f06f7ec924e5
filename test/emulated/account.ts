import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod/mini';
import { python } from '../python/environment.ts';

const Named = z.looseObject({});
const Statements = z.array(z.looseObject({ Action: z.unknown(), Effect: z.string(), Resource: z.unknown() }));

const Account = z.object({
  tables: z.array(
    z.looseObject({ TableName: z.string(), TableArn: z.string(), LatestStreamArn: z.optional(z.string()) }),
  ),
  queues: z.array(z.looseObject({ QueueUrl: z.string(), QueueArn: z.string(), Policy: z.optional(z.string()) })),
  functions: z.array(
    z.looseObject({
      FunctionName: z.string(),
      FunctionArn: z.string(),
      Role: z.string(),
      CodeSha256: z.string(),
      Environment: z.object({ Variables: z.record(z.string(), z.string()) }),
      Statements: z.array(Named),
    }),
  ),
  eventSources: z.array(z.looseObject({ EventSourceArn: z.string(), FunctionArn: z.string() })),
  roles: z.array(z.looseObject({ Arn: z.string(), Statements })),
  keys: z.array(z.looseObject({ Arn: z.string(), Description: z.string() })),
  apis: z.array(
    z.looseObject({
      ApiId: z.string(),
      Routes: z.array(Named),
      Integrations: z.array(z.looseObject({ IntegrationId: z.string(), IntegrationUri: z.string() })),
      Stages: z.array(Named),
    }),
  ),
  schedules: z.array(z.looseObject({ Target: Named })),
  alarms: z.array(z.looseObject({ AlarmName: z.string() })),
  logGroups: z.array(z.looseObject({ logGroupName: z.string() })),
});
export type Account = z.infer<typeof Account>;

const run = promisify(execFile);

/** What is in the account, as the services themselves describe it. */
export async function describeAccount(): Promise<Account> {
  const script = fileURLToPath(new URL('account.py', import.meta.url));
  const env = { ...process.env, AWS_DEFAULT_REGION: process.env.AWS_REGION };
  const { stdout } = await run(python, [script], { env, maxBuffer: 64 * 2 ** 20 });
  return Account.parse(JSON.parse(stdout));
}

/** The files in a zip that was uploaded, by their names, directories with a slash. */
export async function uploadedFiles(bucket: string, key: string): Promise<Map<string, string>> {
  const directory = mkdtempSync(join(tmpdir(), 'uploaded-'));
  try {
    const zip = join(directory, 'code.zip');
    await run(python, ['-c', 'import sys, boto3; boto3.client("s3").download_file(*sys.argv[1:])', bucket, key, zip]);
    const code = join(directory, 'code');
    await run(python, ['-m', 'zipfile', '-e', zip, code]);
    const files = readdirSync(code, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    return new Map(
      files.map(({ parentPath, name }) => {
        const path = join(parentPath, name);
        return [path.slice(code.length + 1), readFileSync(path, 'utf8')];
      }),
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
}
