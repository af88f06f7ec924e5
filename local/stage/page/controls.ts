/** What the stage is like: addresses of the devices' windows, who can sign in, and what is down or held. */
export interface Stage {
  readonly addresses: Readonly<Record<Device, Addresses>>;
  readonly accounts: readonly string[];
  readonly keys: { readonly offline: boolean };
  readonly table: 'up' | 'down';
  /** Whether logins are held. */
  readonly hold: boolean;
}

export type Device = 'laptop' | 'phone';
export type Addresses = Readonly<Record<'op' | 'shop' | 'mail', string>>;

export async function readStage(): Promise<Stage> {
  const response = await fetch('/stage');
  return await response.json();
}

/**
 * Uses one of the stage's controls.
 *
 * @returns why it cannot be done now
 */
export async function control(path: string, body: object): Promise<string | undefined> {
  try {
    const response = await fetch(`/stage/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const { problem } = await response.json();
    return response.ok ? undefined : problem;
  } catch {
    return 'The local run does not answer: does it still run?';
  }
}
