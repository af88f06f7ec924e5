import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import * as z from 'zod/mini';
import { epochMilliseconds } from '../relying-party/sessions/clock.ts';
import { listen, stopServer } from './loopback-server.ts';

const Started = z.object({
  ApplicationIdentifier: z.literal('application'),
  EnvironmentIdentifier: z.literal('environment'),
  ConfigurationProfileIdentifier: z.literal('profile'),
  RequiredMinimumPollIntervalInSeconds: z._default(z.int().check(z.gte(15), z.lte(86_400)), 60),
});

interface Poll {
  readonly mayPollAt: number;
  readonly pollSeconds: number;
  /** The configuration that the client has. */
  readonly has: string | undefined;
}

/** Stands in for AWS AppConfig Data: no emulator that runs here has it. */
export interface AppConfigData {
  readonly endpoint: string;
  /** The environment that leads a function to it. */
  readonly environment: Readonly<Record<string, string>>;
  /** What is deployed. */
  deployed: string | undefined;
  versionLabel: string;
  fate: 'answer' | 'hang' | 'throttle' | 'fail' | 'lose the answer';
  /** What was asked, in order; what was answered with a configuration is marked. */
  readonly asked: string[];
  /** Makes all tokens those of sessions that are over. */
  expire(): void;
  stop(): Promise<void>;
}

/**
 * Serves the REST API of AWS AppConfig Data strictly: a token is good for one call, and not before the time that the client
 * was told; a configuration comes with the first call of a session, and then where it is another one.
 */
export async function startAppConfigData(): Promise<AppConfigData> {
  const polls = new Map<string, Poll>();
  const tokenFor = (poll: Poll) => {
    const token = randomUUID();
    polls.set(token, poll);
    return token;
  };
  const server = createServer((request, response) => {
    const { method, url = '' } = request;
    const { pathname, searchParams } = new URL(url, 'http://any');
    served.asked.push(pathname);
    if (served.fate === 'throttle') {
      refuse(response, 429, 'ThrottlingException', 'Rate exceeded');
    } else if (served.fate === 'fail') {
      request.socket.destroy();
    } else if (served.fate !== 'hang') {
      answer(`${method} ${pathname}`, searchParams.get('configuration_token') ?? '', request, response);
    }
  });

  function answer(operation: string, token: string, request: IncomingMessage, response: ServerResponse): void {
    if (operation === 'POST /configurationsessions') {
      start(request, response);
    } else if (operation === 'GET /configuration') {
      get(token, response);
    } else {
      refuse(response, 404, 'UnknownOperationException', 'no such operation');
    }
  }

  async function start(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { success, data } = Started.safeParse(await json(request));
    if (!success) {
      refuse(response, 404, 'ResourceNotFoundException', 'no such configuration');
      return;
    }
    const pollSeconds = data.RequiredMinimumPollIntervalInSeconds;
    const InitialConfigurationToken = tokenFor({ mayPollAt: 0, pollSeconds, has: undefined });
    response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify({ InitialConfigurationToken }));
  }

  function get(token: string, response: ServerResponse): void {
    const poll = polls.get(token);
    if (!poll) {
      refuse(response, 400, 'BadRequestException', 'Token not valid');
      return;
    }
    if (epochMilliseconds() < poll.mayPollAt) {
      refuse(response, 400, 'BadRequestException', 'Request too early');
      return;
    }
    polls.delete(token);
    if (served.deployed === undefined) {
      refuse(response, 404, 'ResourceNotFoundException', 'nothing is deployed');
      return;
    }
    if (served.fate === 'lose the answer') {
      response.destroy();
      return;
    }
    const { pollSeconds } = poll;
    const isNew = poll.has !== served.deployed;
    if (isNew) {
      served.asked.push('configuration received');
    }
    response.writeHead(200, {
      'content-type': isNew ? 'application/json' : 'application/octet-stream',
      'next-poll-configuration-token': tokenFor({
        mayPollAt: epochMilliseconds() + pollSeconds * 1000,
        pollSeconds,
        has: served.deployed,
      }),
      'next-poll-interval-in-seconds': String(pollSeconds),
      ...(isNew && { 'version-label': served.versionLabel }),
    });
    response.end(isNew ? served.deployed : '');
  }

  const endpoint = await listen(server);
  const served: AppConfigData = {
    endpoint,
    environment: {
      AWS_ENDPOINT_URL_APPCONFIGDATA: endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      RELYING_PARTIES_APPLICATION_ID: 'application',
      RELYING_PARTIES_ENVIRONMENT_ID: 'environment',
      RELYING_PARTIES_PROFILE_ID: 'profile',
    },
    deployed: undefined,
    versionLabel: 'one',
    fate: 'answer',
    asked: [],
    expire: () => polls.clear(),
    stop: () => stopServer(server),
  };
  return served;
}

function refuse(response: ServerResponse, status: number, type: string, Message: string): void {
  response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': type });
  response.end(JSON.stringify({ Message }));
}
