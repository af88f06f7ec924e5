/** A token bucket of API Gateway: rate in requests a second, and burst in requests. */
export interface Throttle {
  readonly rateLimit: number;
  readonly burstLimit: number;
}

/** An OP sends the logouts of all its users from few addresses, in bursts; a throttled logout is a lost one. */
export const DEFAULT_THROTTLE: Throttle = { rateLimit: 500, burstLimit: 1000 };
/** Of which the front channel gets one whole request. */
export const LOWEST_LIMIT = 10;

/**
 * Lower than that of the back channel: the front channel is for single browsers, and must leave functions to the back
 * channel. While DynamoDB hangs, a request takes up to nine seconds: 450 of the 1,000 executions that an account may have
 * at once.
 */
export function frontchannelThrottle({ rateLimit, burstLimit }: Throttle): Throttle {
  return {
    rateLimit: Math.min(50, Math.floor(rateLimit / 10)),
    burstLimit: Math.min(100, Math.floor(burstLimit / 10)),
  };
}
