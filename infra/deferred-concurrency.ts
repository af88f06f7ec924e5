/** Together with the other functions, few enough for a new account, whose limit may be ten executions. */
export const DEFERRED_CONCURRENCY = 2;
