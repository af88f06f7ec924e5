import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CfnOutput, CfnResource } from 'aws-cdk-lib';
import { CfnAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { describe, expect, it } from 'vitest';
import { addStacks } from '../infra/receiver-app.ts';
import { contextWith } from './infra/app-context.ts';
import { newApp } from './infra/receiver-stacks.ts';

const project = fileURLToPath(new URL('..', import.meta.url));
const runbook = readFileSync(`${project}docs/runbook.md`, 'utf8');
const found = (pattern: RegExp, text = runbook) => [...text.matchAll(pattern)].map(([, wanted = '']) => wanted);
const distinct = (names: readonly string[]) => [...new Set(names)].sort();

/** The app's, with everything that can be turned on. */
const context = contextWith({ relyingPartiesFile: `${project}relying-parties.json`, sampleRelyingParties: true });
const { sessions, receiver } = addStacks(newApp(), context);
const constructs = [...(sessions?.node.findAll() ?? []), ...receiver.node.findAll()];

const alarmIds = constructs
  .filter((construct) => construct instanceof CfnAlarm)
  .map(({ node }) => node.scope?.node.id ?? '');

describe('the runbook has a section for', () => {
  const wordsOf = (id: string) => id.replace(/(?<!^)[A-Z]/g, (letter) => ` ${letter}`).toLowerCase();
  const sections = found(/^### Alarm: (.+)$/gm);

  it('each alarm of the template, and no other', () => {
    expect(sections.sort()).toEqual(alarmIds.map(wordsOf).sort());
  });

  it('each alarm by its id, what a user notices, what to do and when it is over, or where that stands', () => {
    const texts = runbook.split(/^### Alarm: /m).slice(1);
    for (const text of texts) {
      const [words = ''] = text.split('\n');
      const [id = ''] = found(/^`(\w+)`[.,]/gm, text);
      expect(wordsOf(id)).toBe(words);
      const isWhole = ['**A user notices:**', '**Look', '**Do:**', '**Over:**'].every((part) => text.includes(part));
      expect(isWhole || /\]\((#alarm-|operating\.md#)/.test(text), words).toBe(true);
    }
  });

  it('each line that the functions can write as a warning or an error, and no other', () => {
    const files = readdirSync(`${project}functions`, { recursive: true, encoding: 'utf8' });
    const sources = files
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(`${project}functions/${file}`, 'utf8'));
    const calls = sources.flatMap((source) => found(/\blogger\s*\.(warn|error|critical)\(/g, source));
    const messages = sources.flatMap((source) => found(/\blogger\s*\.(?:warn|error|critical)\(\s*'(\w+)'/g, source));
    // One that is no text where it stands would be missing.
    expect(messages).toHaveLength(calls.length);
    const rows = found(/^\| `(\w+)` \| (?:WARN|ERROR), /gm);
    expect(rows.sort()).toEqual(distinct(messages));
  });
});

describe('the commands of the runbook', () => {
  const functions = found(/\blines (\w+) '/g);

  it('ask for outputs that the stacks have', () => {
    const outputs = distinct(
      receiver.node
        .findAll()
        .filter((construct) => construct instanceof CfnOutput)
        .map(({ node }) => node.id),
    );
    const asked = found(/\$\(output (\w+)/g);
    expect(asked.length).toBeGreaterThan(10);
    expect(outputs).toEqual(expect.arrayContaining(asked));
    expect(outputs).toEqual(expect.arrayContaining(functions.map((name) => `${name}LogGroupName`)));
    // They are found by how they begin.
    for (const name of asked) {
      expect(outputs.filter((output) => output.startsWith(name))).toEqual([name]);
    }
  });

  it('ask for resources of which the stack has one', () => {
    const resources = constructs.filter((construct) => construct instanceof CfnResource);
    const ids = new Map(resources.map((resource) => [receiver.resolve(resource.logicalId), resource.cfnResourceType]));
    const asked = [...runbook.matchAll(/\bresource (AWS::\w+::\w+) (\w+)/g)];
    expect(asked).not.toEqual([]);
    for (const [, type, start = ''] of asked) {
      const having = [...ids].filter(([id, of]) => of === type && String(id).startsWith(start));
      expect(having, start).toHaveLength(1);
    }
    const [table] = found(/\\"LogicalResourceId\\": \\"(\w+)\\"/g);
    expect(ids.get(table)).toBe('AWS::DynamoDB::GlobalTable');
  });
});
