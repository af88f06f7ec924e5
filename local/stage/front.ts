import { once } from 'node:events';
import { Agent, type IncomingMessage, type RequestListener, request, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { onDevice, type PartPorts } from './addresses.ts';

export interface FrontSettings {
  /** Of the part behind it. */
  readonly port: number;
  /** `Host` headers that are answered. */
  readonly hosts: ReadonlySet<string>;
  /** Where browsers find all parts. */
  readonly ports: PartPorts;
  /** Whether a path cannot be had now: it is answered 503. */
  readonly isDown?: (path: string) => boolean;
  /** Waits until an answer that is there may go. */
  readonly beforeAnswer?: (message: IncomingMessage) => Promise<void>;
}

/** Of one connection; what stands between two decides anew. */
const HOP_BY_HOP = ['connection', 'keep-alive', 'transfer-encoding'];

/**
 * Stands before a part of the sample, which knows only its address on loopback, and gives it a name for each device. It
 * sends browsers to the names of their own device, and does what networks do: things are down, or slow.
 */
export function frontOf(settings: FrontSettings): RequestListener {
  const agent = new Agent();
  return (message, response) => {
    const { host = '' } = message.headers;
    const [path = ''] = (message.url ?? '').split('?');
    if (!settings.hosts.has(host)) {
      response.writeHead(421, { 'content-type': 'text/plain' }).end('no such host\n');
    } else if (settings.isDown?.(path)) {
      response.writeHead(503, { 'content-type': 'text/plain' }).end('offline\n');
    } else {
      // Where it fails one of the two is gone, and nobody is left to answer.
      forward(message, response, agent, settings).catch(() => response.destroy());
    }
  };
}

async function forward(
  message: IncomingMessage,
  response: ServerResponse,
  agent: Agent,
  { port, ports, beforeAnswer }: FrontSettings,
): Promise<void> {
  const { method, url, headers } = message;
  const outgoing = request({ host: '127.0.0.1', port, agent, method, path: url, headers: endToEnd(message) });
  outgoing.on('error', () => response.destroy());
  response.once('close', () => outgoing.destroy());
  message.pipe(outgoing);
  const [answer]: [IncomingMessage] = await once(outgoing, 'response').then(([first]) => [first]);
  await beforeAnswer?.(message);
  const translated = endToEnd(answer).map((text, index, all) =>
    index % 2 === 1 && all[index - 1]?.toLowerCase() === 'location' ? onDevice(text, headers.host ?? '', ports) : text,
  );
  response.writeHead(answer.statusCode ?? 502, translated);
  // A stream of events may have nothing to say for long.
  response.flushHeaders();
  await pipeline(answer, response);
}

/** Names and values by turns. */
function endToEnd({ rawHeaders }: IncomingMessage): string[] {
  return rawHeaders.filter((_text, index) => {
    const name = rawHeaders[index - (index % 2)];
    return name !== undefined && !HOP_BY_HOP.includes(name.toLowerCase());
  });
}
