import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { TableV2, type WarmThroughput } from 'aws-cdk-lib/aws-dynamodb';
import { describe, expect, it } from 'vitest';
import { sessionsStack } from '../../../infra/app-sessions.ts';
import { LogoutReceiver } from '../../../infra/logout-receiver.ts';
import { SessionsTable } from '../../../infra/sessions-table.ts';
import { newApp, relyingParties } from '../../infra/receiver-stacks.ts';
import { templateChanges } from '../../infra/template-changes.ts';

const warmThroughput = { readUnitsPerSecond: 24_000, writeUnitsPerSecond: 20_000 };

describe('the warm throughput', () => {
  const changes = (given: Partial<{ warmThroughput: WarmThroughput }>) => {
    const [before, after] = [{}, given].map((props) => {
      const stack = new Stack(newApp(), 'Shop');
      new LogoutReceiver(stack, 'Logout', { relyingParties, ...props });
      return Template.fromStack(stack);
    });
    return before && after && templateChanges(before, after);
  };

  it('is what every new table has, where nothing is said', () => {
    expect(changes({})).toEqual({});
    const stack = new Stack(newApp(), 'Shop');
    new SessionsTable(stack, 'Sessions');
    expect(JSON.stringify(Template.fromStack(stack).toJSON())).not.toContain('WarmThroughput');
  });

  it.each([[warmThroughput], [{ writeUnitsPerSecond: 20_000 }], [{ readUnitsPerSecond: 24_000 }]])(
    'is that of the sessions table, and of no other table: %j',
    (given) => {
      const added = Object.entries(given).map(([name, units]) => [
        `${name.charAt(0).toUpperCase()}${name.slice(1)}`,
        units,
      ]);
      expect(changes({ warmThroughput: given })).toEqual({
        'AWS::DynamoDB::GlobalTable.Properties.WarmThroughput': [Object.fromEntries(added)],
      });
    },
  );

  it('is that of the app’s table, from its context', () => {
    const { stack } = sessionsStack(newApp(), 'Sessions', {}, { replicaRegions: [], given: undefined, warmThroughput });
    const [table] = Object.values(Template.fromStack(stack).findResources('AWS::DynamoDB::GlobalTable'));
    expect(table?.Properties.WarmThroughput).toEqual({ ReadUnitsPerSecond: 24_000, WriteUnitsPerSecond: 20_000 });
  });

  it.each<[WarmThroughput, string]>([
    [{}, 'found neither, allowed: readUnitsPerSecond, writeUnitsPerSecond or both'],
    [
      { writeUnitsPerSecond: 3999 },
      'found writeUnitsPerSecond 3999, allowed: a whole number of units a second from 4000',
    ],
    [
      { readUnitsPerSecond: 11_999 },
      'found readUnitsPerSecond 11999, allowed: a whole number of units a second from 12000',
    ],
    [{ writeUnitsPerSecond: 4000.5 }, 'found writeUnitsPerSecond 4000.5, allowed'],
    [{ ...warmThroughput, readUnitsPerSecond: Number.NaN }, 'found readUnitsPerSecond NaN, allowed'],
  ])('cannot be %j', (given, message) => {
    const stack = new Stack(newApp(), 'Shop');
    expect(() => new SessionsTable(stack, 'Sessions', { warmThroughput: given })).toThrow(
      `Shop/Sessions: warmThroughput: ${message}`,
    );
  });
});

it.each([{ warmThroughput }, { replicaRegions: ['eu-central-1'] }])(
  'a table that is there cannot be given %j: it has its own',
  (given) => {
    const stack = new Stack(newApp(), 'Shop', { env: { region: 'eu-west-1' } });
    const sessionsTable = TableV2.fromTableArn(stack, 'T', 'arn:aws:dynamodb:eu-west-1:123456789012:table/sessions');
    expect(() => new LogoutReceiver(stack, 'Logout', { relyingParties, sessionsTable, ...given })).toThrow(
      `Shop/Logout/SessionsTable: found table and ${Object.keys(given)[0]}, allowed: one of them`,
    );
  },
);
