import type * as z from 'zod/mini';
import { checkedJson } from './checked-json.ts';
import type { Stack } from './cloud-assembly.ts';
import type { PhysicalIds } from './physical-ids.ts';
import { StartupError } from './startup-error.ts';
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
