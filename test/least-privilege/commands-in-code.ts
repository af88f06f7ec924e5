import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Services of the commands that are not DynamoDB's. */
const SERVICES: Readonly<Record<string, string>> = {
  ChangeMessageVisibility: 'sqs',
  GetLatestConfiguration: 'appconfig',
  GetSecretValue: 'secretsmanager',
  PutEvents: 'events',
  SendMessage: 'sqs',
  StartConfigurationSession: 'appconfig',
};

/**
 * The actions of all commands of the AWS SDK in the code of modules and what they import, without what is never used:
 * whatever happens, the modules call nothing else.
 *
 * @param modules paths in the project
 */
export async function commandsIn(...modules: string[]): Promise<Set<string>> {
  const { outputFiles } = await build({
    entryPoints: modules.map((path) => fileURLToPath(new URL(`../../${path}`, import.meta.url))),
    ...{ bundle: true, packages: 'external', format: 'esm', write: false, outdir: 'nowhere' },
  });
  const names = outputFiles.flatMap(({ text }) =>
    [...text.matchAll(/new (\w+)Command\(/g)].map(([, name = '']) => name),
  );
  return new Set(names.map(actionOf));
}

/** The document client leaves out the `Item` that DynamoDB's operations have, but for queries and scans. */
function actionOf(name: string): string {
  const service = SERVICES[name];
  return service ? `${service}:${name}` : `dynamodb:${/^(Query|Scan)$/.test(name) ? name : `${name}Item`}`;
}
