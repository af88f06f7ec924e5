import { isObject, type JsonObject, ownMember } from '../../receiver/logout/json-object.ts';
import { booleanIn, EventError, objectIn, optionalTextIn, textIn } from './event-members.ts';

type Values = Readonly<Record<string, readonly string[]>>;

/**
 * What is used of an API Gateway REST API event, which is payload format 1.0. Header names come as they were sent, and
 * what was not sent is null.
 */
interface RestApiEvent {
  readonly method: string;
  readonly headers: Values;
  readonly query: Values;
  readonly sourceIp: string;
  readonly body: string | undefined;
  readonly isBase64Encoded: boolean;
}

/** @throws EventError where it is no event of a REST API */
export function restApiEventFrom(event: JsonObject): RestApiEvent {
  return {
    method: textIn(event, 'httpMethod'),
    // Not `headers` and `queryStringParameters`, which have the last of what was sent twice.
    headers: valuesIn(event, 'multiValueHeaders'),
    query: valuesIn(event, 'multiValueQueryStringParameters'),
    sourceIp: textIn(objectIn(objectIn(event, 'requestContext'), 'identity'), 'sourceIp'),
    body: optionalTextIn(event, 'body'),
    isBase64Encoded: booleanIn(event, 'isBase64Encoded'),
  };
}

/** @returns a header's values, joined as an HTTP API joins them; undefined where it was not sent */
export function headerIn(headers: Values, lowerCaseName: string): string | undefined {
  const values = entriesOf(headers).filter(([name]) => name.toLowerCase() === lowerCaseName);
  return values.length === 0 ? undefined : values.map(([, value]) => value).join(',');
}

/** @returns the parameters as a query, which API Gateway has decoded */
export function queryOf(parameters: Values): string {
  return new URLSearchParams(entriesOf(parameters)).toString();
}

function entriesOf(record: Values): [name: string, value: string][] {
  return Object.entries(record).flatMap(([name, values]) => values.map((value): [string, string] => [name, value]));
}

function valuesIn(event: JsonObject, name: string): Values {
  const values = ownMember(event, name) ?? {};
  if (!isObject(values)) {
    throw new EventError(`${name} is of another kind than in the events that this function takes`);
  }
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, textsOf(value, name)]));
}

function textsOf(value: unknown, name: string): string[] {
  if (!Array.isArray(value) || !value.every((text) => typeof text === 'string')) {
    throw new EventError(`${name} has values of another kind than in the events that this function takes`);
  }
  return value;
}
