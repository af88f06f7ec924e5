/**
 * The name that a resource has in the stack, for people: CloudFormation puts the stack's name before it, and the CDK a
 * hash behind it.
 *
 * @param name physical or logical
 * @returns the name as it is where it is another one
 */
export function shortName(name: string): string {
  return /^(?:.+-)?([A-Za-z]+?)(?:Function)?[0-9A-F]{8}(?:-[0-9A-Za-z]+)?$/.exec(name)?.[1] ?? name;
}
