/** A variable of the function's environment is missing or of another kind: the deployment is broken. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
}

/** @throws EnvironmentError where the variable is missing */
export function variable(environment: NodeJS.ProcessEnv, name: string): string {
  const value = environment[name];
  if (value === undefined) {
    throw new EnvironmentError(`the variable ${name} is missing`);
  }
  return value;
}

/** @throws EnvironmentError where the variable is missing, or is no number */
export function numericVariable(environment: NodeJS.ProcessEnv, name: string): number {
  const text = variable(environment, name);
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) {
    throw new EnvironmentError(`the variable ${name} is no number`);
  }
  return value;
}
