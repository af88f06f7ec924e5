import { type IMetric, MathExpression, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import type { ReceiverFunction } from '../constructs/receiver-function.ts';
import { deployedFunctions } from './function-alarms.ts';
import type { Monitored } from './monitored.ts';
import { TableMetrics } from './table-metrics.ts';

/** List prices of us-east-1 in US$ for a million each, without free tier, as of November 2026. */
const PRICES = {
  httpApiRequest: 1,
  lambdaRequest: 0.2,
  lambdaArmGigabyteSecond: 13.3334,
  dynamodbRead: 0.125,
  dynamodbWrite: 0.625,
} as const;
/** Metric math knows no numbers such as 1e-6. */
const MILLION = '1000000';

/** What is used, at list prices: an estimate. Log lines, queues and keys are not in it. */
export function estimatedCosts({ front, functions, sessionsTable, jwksCacheTable }: Monitored): readonly IMetric[] {
  return [
    new MathExpression({
      expression: `requests * ${PRICES.httpApiRequest} / ${MILLION}`,
      usingMetrics: { requests: front.metricCount({ statistic: Stats.SUM }) },
      label: 'API',
    }),
    costOfFunctions(deployedFunctions(functions).map(([, deployed]) => deployed)),
    costOfTable('sessions', sessionsTable.tableName, 'Sessions table, applications included'),
    costOfTable('jwksCache', jwksCacheTable.tableName, 'JWKS cache table'),
  ];
}

function costOfFunctions(functions: readonly ReceiverFunction[]): IMetric {
  const metrics = functions.flatMap(({ function: deployed }, index) => [
    [`calls${index}`, deployed.metricInvocations({ statistic: Stats.SUM })] as const,
    [`time${index}`, deployed.metricDuration({ statistic: Stats.SUM })] as const,
  ]);
  const terms = functions.map((deployed, index) => {
    const second = gigabytesOf(deployed) * PRICES.lambdaArmGigabyteSecond;
    return `FILL(calls${index}, 0) * ${PRICES.lambdaRequest} + FILL(time${index}, 0) / 1000 * ${second}`;
  });
  return new MathExpression({
    expression: `(${terms.join(' + ')}) / ${MILLION}`,
    usingMetrics: Object.fromEntries(metrics),
    label: 'Functions',
  });
}

function gigabytesOf({ function: deployed }: ReceiverFunction): number {
  const resource = deployed.node.defaultChild;
  return (resource instanceof CfnFunction ? (resource.memorySize ?? 128) : 128) / 1024;
}

function costOfTable(id: string, tableName: string, label: string): IMetric {
  const table = new TableMetrics(id, tableName);
  return new MathExpression({
    expression: `(FILL(${id}Reads, 0) * ${PRICES.dynamodbRead} + FILL(${id}Writes, 0) * ${PRICES.dynamodbWrite}) / ${MILLION}`,
    usingMetrics: {
      [`${id}Reads`]: table.sum('ConsumedReadCapacityUnits'),
      [`${id}Writes`]: table.sum('ConsumedWriteCapacityUnits'),
    },
    label,
  });
}
