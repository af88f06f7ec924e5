import { afterAll, vi } from 'vitest';

// Files of one process share its environment: what one has set there must not tell the handlers of the next one anything.
afterAll(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});
