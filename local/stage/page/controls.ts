/** What the stage is like: addresses of the devices' windows, and who can sign in. */
export interface Stage {
  readonly addresses: Readonly<Record<Device, Addresses>>;
  readonly accounts: readonly string[];
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
