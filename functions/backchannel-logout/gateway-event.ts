import type { JsonObject } from '../../receiver/logout/json-object.ts';
import type { LogoutRequest } from '../../receiver/logout/logout-request.ts';
import { booleanIn, objectIn, objectOf, optionalTextIn, textIn } from '../runtime/event-members.ts';
import { headerIn, restApiEventFrom } from '../runtime/rest-api-event.ts';

/** @throws EventError where the event is of another kind: the function is wired to something else */
export function logoutRequestFrom(received: unknown): LogoutRequest {
  const event = objectOf(received);
  const { body, isBase64Encoded, ...request } = event.version === '2.0' ? ofHttpApi(event) : ofRestApi(event);
  return { ...request, body: Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8') };
}

/** What is used of an API Gateway HTTP API event, payload format 2.0. Header names come in lower case. */
function ofHttpApi(event: JsonObject) {
  return {
    method: textIn(objectIn(objectIn(event, 'requestContext'), 'http'), 'method'),
    contentType: optionalTextIn(objectIn(event, 'headers'), 'content-type'),
    body: optionalTextIn(event, 'body'),
    isBase64Encoded: booleanIn(event, 'isBase64Encoded'),
  };
}

function ofRestApi(event: JsonObject) {
  const { method, headers, body, isBase64Encoded } = restApiEventFrom(event);
  return { method, contentType: headerIn(headers, 'content-type'), body, isBase64Encoded };
}
