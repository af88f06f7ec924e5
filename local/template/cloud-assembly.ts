import { join } from 'node:path';
import * as z from 'zod/mini';
import { checkedJson, readJsonFile } from './checked-json.ts';

const Manifest = z.object({
  artifacts: z.record(
    z.string(),
    z.object({ type: z.string(), properties: z.optional(z.unknown()), dependencies: z.optional(z.array(z.string())) }),
  ),
});
const StackProperties = z.object({ templateFile: z.string(), stackName: z.optional(z.string()) });
const AssetManifestProperties = z.object({ file: z.string() });
const AssetManifest = z.object({
  files: z.record(
    z.string(),
    z.object({
      source: z.object({ path: z.optional(z.string()) }),
      destinations: z.record(z.string(), z.object({ objectKey: z.string() })),
    }),
  ),
});
const Template = z.object({
  Resources: z.record(
    z.string(),
    z.object({ Type: z.string(), Properties: z._default(z.record(z.string(), z.unknown()), {}) }),
  ),
  Outputs: z._default(
    z.record(z.string(), z.object({ Value: z.unknown(), Export: z.optional(z.object({ Name: z.unknown() })) })),
    {},
  ),
});

export type Template = z.infer<typeof Template>;

/** A stack as CloudFormation would get it. */
export interface Stack {
  readonly name: string;
  readonly template: Template;
  /** Paths of its files and directories, by the key that they would have in the bucket of assets. */
  readonly assets: ReadonlyMap<string, string>;
}

/**
 * Reads the stacks of a synthesized CDK app.
 *
 * @param directory that the app was synthesized into
 */
export function readCloudAssembly(directory: string): Stack[] {
  const { artifacts } = readJsonFile(Manifest, join(directory, 'manifest.json'));
  return Object.entries(artifacts).flatMap(([id, artifact]) => {
    if (artifact.type !== 'aws:cloudformation:stack') {
      return [];
    }
    const { templateFile, stackName } = checkedJson(StackProperties, artifact.properties, `manifest.json: ${id}`);
    const template = readJsonFile(Template, join(directory, templateFile));
    const assets = new Map(
      (artifact.dependencies ?? []).flatMap((dependency) => {
        const candidate = artifacts[dependency];
        return candidate?.type === 'cdk:asset-manifest' ? readAssets(directory, candidate.properties) : [];
      }),
    );
    return [{ name: stackName ?? id, template, assets }];
  });
}

function readAssets(directory: string, properties: unknown): [objectKey: string, path: string][] {
  const { file } = checkedJson(AssetManifestProperties, properties, 'manifest.json: asset manifest');
  const { files } = readJsonFile(AssetManifest, join(directory, file));
  return Object.values(files).flatMap(({ source: { path }, destinations }) =>
    path === undefined
      ? []
      : Object.values(destinations).map(({ objectKey }): [string, string] => [objectKey, join(directory, path)]),
  );
}
