// A function's handler in a process, behind the event that an HTTP API makes of a request.
import { randomUUID } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { httpApiEvent } from '../../local/http-api/http-api-event.ts';
import { readHttpRequest } from '../../local/loopback/http-request.ts';
import { serve } from './served.ts';

const REMAINING_MILLISECONDS = 10_000;

const { HANDLER_MODULE = '' } = process.env;
const { handler } = await import(pathToFileURL(HANDLER_MODULE).href);
const route = { routeKey: 'ANY /backchannel-logout', functionArn: '', timeoutMilliseconds: REMAINING_MILLISECONDS };
const api = { id: 'bench', domainName: '127.0.0.1', routes: [route] };

serve(async (message, response) => {
  const request = await readHttpRequest(message);
  const event = httpApiEvent({ ...request, body: request.body ?? Buffer.alloc(0) }, route, api);
  const context = { awsRequestId: randomUUID(), getRemainingTimeInMillis: () => REMAINING_MILLISECONDS };
  const { statusCode, headers, body } = await handler(event, context);
  response.writeHead(statusCode, headers).end(body);
});
