import { randomUUID } from 'node:crypto';
import { expect, it, onTestFinished } from 'vitest';
import * as z from 'zod/mini';
import { SessionStore } from '../../relying-party/sessions/index.ts';
import { openBrowser } from '../end-to-end/browser.ts';
import { startRelyingParty } from '../end-to-end/relying-party.ts';
import { eventSource } from '../local/watch/event-source.ts';
import { startLocalRun } from '../local-run.ts';
import { readProviderGuide } from '../provider-guide.ts';
import type { Provider } from './provider.ts';

const EntryFile = z.object({ relyingParties: z.tuple([z.record(z.string(), z.unknown())]) });
const Members = z.record(z.string(), z.unknown());

/**
 * Runs an OP with the receiver as its guide says, and compares what comes with what the guide says of it.
 *
 * @param page file name of the guide
 */
export function testSignOut(page: string, start: () => Promise<Provider>): void {
  it(`what ${page} says of entry, token and silence holds for the OP itself`, async () => {
    const guide = readProviderGuide(page);
    const provider = await start();
    expect(guide.provenance).toContain(provider.release);

    const { issuer } = provider;
    const [clientId, clientSecret] = ['shop', randomUUID()];
    const entry = EntryFile.parse(JSON.parse(guide.relyingPartiesFiles[0] ?? '')).relyingParties[0];
    const receiver = await startLocalRun([{ ...entry, issuer, clientId }], { watch: true });
    onTestFinished(() => receiver.stop());
    const feed = await eventSource(`${receiver.page?.replace('logout.localhost', '127.0.0.1')}/events`);

    const store = new SessionStore({ client: receiver.client, tableName: receiver.tables.sessions });
    const settings = { clientSecret, signedResponseAlg: 'RS256' } as const;
    const relyingParty = await startRelyingParty(issuer, clientId, store, settings);
    onTestFinished(() => relyingParty.stop());
    const redirectUri = `${relyingParty.url}/callback`;
    await provider.register({ clientId, clientSecret, redirectUri, backchannelLogoutUri: receiver.endpoint });

    const signIn = async () => {
      const browser = openBrowser();
      expect(await provider.signIn(browser, `${relyingParty.url}/login`)).toMatch(/^signed in as /);
      return browser;
    };
    const silent = await signIn();
    await provider.endInSilence();
    const told = await signIn();
    await provider.signOut(told);

    // Had the first end sent a token too, it would have come first, and for another session.
    const request = await feed.nextWhere(({ type }) => type === 'request');
    const token = z.object({ header: Members, payload: Members }).parse(request.token);
    expect({ header: Object.keys(token.header), claims: Object.keys(token.payload) }).toEqual(guide.token);
    expect(await feed.nextWhere(({ type }) => type === 'answer')).toMatchObject({ status: 200 });
    expect((await told.open(relyingParty.url)).text).toBe('anonymous');
    expect((await silent.open(relyingParty.url)).text).toMatch(/^signed in as /);
  });
}
