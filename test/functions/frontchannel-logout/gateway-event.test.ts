import { describe, expect, it } from 'vitest';
import { frontchannelRequestFrom } from '../../../functions/frontchannel-logout/gateway-event.ts';
import { restApiEvent } from '../rest-api-event.ts';

type Query = [name: string, value: string][];

const httpApiEvent = (query: Query) => ({
  version: '2.0',
  rawQueryString: new URLSearchParams(query).toString(),
  headers: { 'x-forwarded-for': '203.0.113.99, 192.0.2.1' },
  requestContext: { http: { method: 'GET', sourceIp: '192.0.2.1' } },
});

describe.each([
  ['an HTTP API', httpApiEvent],
  ['a REST API', (query: Query) => restApiEvent('GET', '/frontchannel-logout', { query })],
])('an event of %s', (_kind, eventOf) => {
  it.each([
    ['nothing', ''],
    ['iss and sid', 'iss=https%3A%2F%2Fop.example.com%2Fa%3Fb%3Dc%26d&sid=a%2Bb%2Fc%3D%3D%252B+%C3%A4'],
    ['a parameter twice', 'sid=1&sid=2'],
    ['an empty parameter', 'sid='],
  ])('gives the query with %s', (_what, query) => {
    const pairs = [...new URLSearchParams(query)];
    expect([...new URLSearchParams(frontchannelRequestFrom(eventOf(pairs)).query)]).toEqual(pairs);
  });

  it('gives the address that API Gateway saw, and none that a header tells', () => {
    expect(frontchannelRequestFrom(eventOf([])).sourceIp).toBe('192.0.2.1');
  });
});
