import { AWS_LIMITS } from './aws-limits.ts';
import type { Call } from './logout-calls.ts';
import type { Throughput } from './settings.ts';
import { TokenBucket } from './token-bucket.ts';

const { partition } = AWS_LIMITS;

/** As many as the throughput needs: DynamoDB splits a table by it. */
export function partitionsFor({ writeUnitsPerSecond, readUnitsPerSecond }: Throughput): number {
  return Math.ceil(
    Math.max(writeUnitsPerSecond / partition.writeUnitsPerSecond, readUnitsPerSecond / partition.readUnitsPerSecond),
  );
}

export type Refusal = 'table throughput' | 'table quota';

/**
 * A table on demand for some minutes, in which it does not grow. No unused throughput is saved up: DynamoDB does save some,
 * and promises none.
 */
export class Table {
  readonly #partitions: readonly TokenBucket[];
  readonly #writeQuota: TokenBucket;
  readonly #readQuota: TokenBucket;

  constructor(throughput: Throughput, quota: Throughput) {
    // A second's worth of a partition is 1: its writes and its reads share it.
    this.#partitions = Array.from({ length: partitionsFor(throughput) }, () => new TokenBucket(1, 1));
    this.#writeQuota = new TokenBucket(quota.writeUnitsPerSecond, quota.writeUnitsPerSecond);
    this.#readQuota = new TokenBucket(quota.readUnitsPerSecond, quota.readUnitsPerSecond);
  }

  /**
   * @param key 0 up to 1: the hash of a partition key
   * @param now milliseconds
   * @returns why the call is throttled, if it is
   */
  call({ writes, reads }: Pick<Call, 'writes' | 'reads'>, key: number, now: number): Refusal | undefined {
    if (!(this.#writeQuota.take(now, writes) && this.#readQuota.take(now, reads))) {
      return 'table quota';
    }
    const share = writes / partition.writeUnitsPerSecond + reads / partition.readUnitsPerSecond;
    const bucket = this.#partitions[Math.floor(key * this.#partitions.length)];
    return bucket?.take(now, share) ? undefined : 'table throughput';
  }
}
