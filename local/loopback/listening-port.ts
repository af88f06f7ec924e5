import type { Server } from 'node:net';

/** Port that a server listens on; 0 where it does not. */
export function listeningPort(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** What the person at the terminal reads when a port cannot be had, in one line. */
export function portProblem(flag: string, port: number, cause: unknown): string {
  const problem = cause instanceof Error ? cause.message : String(cause);
  return problem.includes('EADDRINUSE')
    ? `port ${port} is taken: choose another one with ${flag} N, or a free one with ${flag} 0`
    : `port ${port} cannot be used: ${problem} (${flag})`;
}
