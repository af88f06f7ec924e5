/**
 * What AWS lets through, as its documentation has it in November 2026. All but those that are marked are quotas that AWS
 * raises on request.
 */
export const AWS_LIMITS = {
  /** https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html; a quarter of it in some newer regions. */
  apiAccount: { rateLimit: 10_000, burstLimit: 5000 },
  /** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html; new accounts have less, often 10. */
  concurrentExecutions: 1000,
  /**
   * New execution environments of one function, fixed; refilled continuously, never more than this at once:
   * https://docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html
   */
  newEnvironmentsPerTenSeconds: 1000,
  /** Requests a second for each execution that is allowed, fixed: https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html */
  requestsPerSecondForEachExecution: 10,
  /**
   * Of a new table on demand. Fixed; the table grows by itself to twice its highest half hour:
   * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput-scenarios.html
   */
  newTable: { writeUnitsPerSecond: 4000, readUnitsPerSecond: 12_000 },
  /** So many writes, or so many reads, or a linear combination of both. Fixed. Same source. */
  partition: { writeUnitsPerSecond: 1000, readUnitsPerSecond: 3000 },
  /** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html */
  tableQuota: { writeUnitsPerSecond: 40_000, readUnitsPerSecond: 40_000 },
} as const;
