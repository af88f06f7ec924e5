import { ConfigurationError } from './configuration-error.ts';

/**
 * A number of the context; what it can be is said by what it is for. The command line knows texts only, cdk.json numbers
 * too.
 *
 * @throws ConfigurationError where it is no whole number
 */
export function numberIn(context: Record<string, unknown>, key: string): number | undefined {
  const value = context[key];
  if (value === undefined) {
    return undefined;
  }
  if (!/^[0-9]+$/.test(String(value))) {
    throw new ConfigurationError(`context ${key}: ${value}: allowed is a whole number`);
  }
  return Number(value);
}
