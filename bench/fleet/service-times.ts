/** How long things take, in milliseconds. */
export interface ServiceTimes {
  /** On a full core: judging the token, and the client's work for all calls of a logout of one session. */
  readonly logoutCpu: number;
  /** From the request until the function runs, where there is no environment for it: platform, import, connections. */
  readonly coldStart: number;
  /** More on a full core for the first logout of an environment: code that is compiled, and the first use of TLS. */
  readonly firstLogoutCpu: number;
  /** A call of DynamoDB from a function in its region: at least, and on average more than that. */
  readonly dynamodb: Latency;
  readonly sqs: Latency;
  /** On a full core: what looking after one logout takes of the function that reads the stream. */
  readonly lookCpu: number;
}

export interface Latency {
  readonly least: number;
  /** Mean of what comes on top, exponentially distributed. */
  readonly further: number;
}

export function sample({ least, further }: Latency, random: () => number): number {
  return least - further * Math.log(1 - random());
}

/**
 * Where the figures come from. What was measured was measured on one Linux x64 machine in November 2026, with Node 24; it
 * is an assumption that arm64 at AWS takes as long.
 */
export const SERVICE_TIMES: ServiceTimes = {
  // Measured (`npm run bench -- warm-logout`): 8.9 in a process that has handled some hundred.
  logoutCpu: 9,
  // Measured (`npm run bench -- cold-start`): 227 from the start until the runtime is ready. Assumed: 180 for the platform, which
  // nobody here can measure.
  coldStart: 400,
  // Measured (the same): 49 for the first logout, less what a warm one takes.
  firstLogoutCpu: 40,
  // Assumed, from AWS's "single-digit milliseconds": half of all calls take less than 4, one of a hundred more than 12.
  dynamodb: { least: 2.5, further: 2 },
  // Assumed: AWS names no figure.
  sqs: { least: 8, further: 6 },
  // Measured (`npm run bench -- interrupted-logout`): 2.4; ten batches of a shard look after 1,000 logouts a second on 0.29 cores.
  lookCpu: 2.5,
};
