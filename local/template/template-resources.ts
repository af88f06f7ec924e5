import type * as z from 'zod/mini';
import { StartupError } from '../process/startup-error.ts';
import { checkedJson } from './checked-json.ts';
import type { Stack } from './cloud-assembly.ts';
import type { PhysicalIds } from './physical-ids.ts';
import { nameOf, outputValue, type Place, resolveValue, resourceIds } from './template-values.ts';

/** A resource of a template. */
export interface TemplateResource {
  readonly ids: PhysicalIds;
  /** As the template has them, intrinsic functions and all. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** Of the properties. */
  readonly place: Place;
}

/** All resources of the types, in all stacks. */
export function findResources(stacks: readonly Stack[], ...types: string[]): TemplateResource[] {
  return stacks.flatMap((stack) =>
    Object.entries(stack.template.Resources)
      .filter(([, { Type }]) => types.includes(Type))
      .map(([logicalId, { Properties: properties }]) => {
        const place = { stacks, stack, path: `Resources.${logicalId}.Properties` };
        return { ids: resourceIds(logicalId, place), properties, place };
      }),
  );
}

/**
 * Reads properties of a resource: the ones of the schema, resolved.
 *
 * The others are left alone, so that they may hold what the local run cannot resolve.
 */
export function readProperties<Shape extends z.core.$ZodShape>(
  schema: z.ZodMiniObject<Shape>,
  { properties, place }: TemplateResource,
) {
  const wanted = Object.entries(properties).filter(([name]) => Object.hasOwn(schema.shape, name));
  const resolved = resolveValue(Object.fromEntries(wanted), place);
  return checkedJson(schema, resolved, nameOf(place));
}

/**
 * Reads properties of a resource that must have no others than those of the schema and those that are ignored.
 *
 * @param ignored what makes no difference here
 * @throws StartupError naming the first that is not known here
 */
export function readKnownProperties<Shape extends z.core.$ZodShape>(
  schema: z.ZodMiniObject<Shape>,
  ignored: readonly string[],
  resource: TemplateResource,
) {
  for (const name of Object.keys(resource.properties)) {
    if (!Object.hasOwn(schema.shape, name) && !ignored.includes(name)) {
      throw new StartupError(`${nameOf(resource.place)}.${name}: the local run does not know this property`);
    }
  }
  return readProperties(schema, resource);
}

/**
 * Value of an output, whichever stack has it.
 *
 * @throws StartupError where no stack has it
 */
export function findOutput(stacks: readonly Stack[], name: string): string {
  for (const stack of stacks) {
    const value = outputValue(name, { stacks, stack, path: 'Outputs' });
    if (value !== undefined) {
      return value;
    }
  }
  throw new StartupError(`the synthesized template has no output ${name}`);
}

/** Values of the outputs, of all stacks, whose names end so. */
export function findOutputs(stacks: readonly Stack[], nameEnd: string): Readonly<Record<string, string>> {
  const names = stacks.flatMap((stack) => Object.keys(stack.template.Outputs));
  return Object.fromEntries(
    names.filter((name) => name.endsWith(nameEnd)).map((name) => [name, findOutput(stacks, name)]),
  );
}
