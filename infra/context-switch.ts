import { ConfigurationError } from './configuration-error.ts';

/**
 * Whether a context value is on. The command line knows texts only, cdk.json booleans too.
 *
 * @throws ConfigurationError where it is neither on nor off
 */
export function isOn(context: Record<string, unknown>, key: string, byDefault = false): boolean {
  const value = String(context[key] ?? byDefault);
  if (value !== 'true' && value !== 'false') {
    throw new ConfigurationError(`context ${key}: ${value}: allowed is true or false`);
  }
  return value === 'true';
}
