import { readFileSync } from 'node:fs';
import { CloudFormationClient, CreateStackCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { inject } from 'vitest';
import * as z from 'zod/mini';

const Resource = z.looseObject({ Type: z.string(), Properties: z.optional(z.record(z.string(), z.unknown())) });
const Stacks = z.array(
  z.object({
    name: z.string(),
    template: z.object({
      Resources: z.record(z.string(), Resource),
      Outputs: z.record(z.string(), z.object({ Value: z.unknown() })),
    }),
  }),
);
/** What moto can make; nothing of the rest is looked at. */
const KNOWN = [
  'AWS::CloudWatch::Alarm',
  'AWS::DynamoDB::GlobalTable',
  'AWS::IAM::Role',
  'AWS::KMS::Key',
  'AWS::Lambda::EventSourceMapping',
  'AWS::Lambda::Function',
  'AWS::Logs::LogGroup',
  'AWS::SQS::Queue',
];
/** What stands for parts of resources that name what moto does not make, and that nobody looks at. */
const INSTEAD = new Map<string, unknown>([
  ['Code', { ZipFile: 'exports.handler = async () => undefined;' }],
  // Of alarms: some are about the API.
  ['Dimensions', []],
]);

/** Makes the synthesized stacks, with another URL of the endpoint: moto has neither HTTP APIs nor dashboards. */
export async function deploy(endpointUrl: string): Promise<void> {
  const client = new CloudFormationClient();
  const stacks = Stacks.parse(JSON.parse(readFileSync(inject('stacksFile'), 'utf8')));
  const outputs = new Map<string, string>();
  // The sessions stack is the one that the other needs.
  for (const { name, template } of stacks.sort((one, other) => other.name.length - one.name.length)) {
    const resources = Object.entries(template.Resources).filter(([, { Type }]) => KNOWN.includes(Type));
    const withUrl = {
      ...template.Outputs,
      ...(name === 'LogoutReceiver' && {
        BackchannelLogoutUri: { Value: endpointUrl },
        DashboardName: { Value: 'dashboard' },
      }),
    };
    const TemplateBody = JSON.stringify(
      { Resources: Object.fromEntries(resources), Outputs: withUrl },
      (key, value) => INSTEAD.get(key) ?? stackOutput(value, outputs) ?? value,
    );
    const EnableTerminationProtection = name !== 'LogoutReceiver';
    await client.send(new CreateStackCommand({ StackName: name, TemplateBody, EnableTerminationProtection }));
    const { Stacks: [made] = [] } = await client.send(new DescribeStacksCommand({ StackName: name }));
    for (const { OutputKey = '', OutputValue = '' } of made?.Outputs ?? []) {
      outputs.set(OutputKey, OutputValue);
    }
  }
}

/** Makes a stack that puts out these values. */
export async function deployOutputs(name: string, outputs: Readonly<Record<string, string>>): Promise<void> {
  const Outputs = Object.fromEntries(Object.entries(outputs).map(([key, Value]) => [key, { Value }]));
  const TemplateBody = JSON.stringify({ Resources: { Log: { Type: 'AWS::Logs::LogGroup' } }, Outputs });
  await new CloudFormationClient().send(new CreateStackCommand({ StackName: name, TemplateBody }));
}

/** moto does not know `Fn::GetStackOutput`. */
function stackOutput(value: unknown, outputs: ReadonlyMap<string, string>): string | undefined {
  const { data } = z.object({ 'Fn::GetStackOutput': z.object({ OutputName: z.string() }) }).safeParse(value);
  return data && outputs.get(data['Fn::GetStackOutput'].OutputName);
}
