import * as z from 'zod/mini';
import { localAccount } from '../local-account.ts';
import { StartupError } from '../process/startup-error.ts';
import { checkedJson } from './checked-json.ts';
import type { Stack } from './cloud-assembly.ts';
import { nameProperty, type PhysicalIds, physicalIds } from './physical-ids.ts';

/** Where in the templates a value stands. */
export interface Place {
  readonly stacks: readonly Stack[];
  readonly stack: Stack;
  /** Of the value in the stack's template. */
  readonly path: string;
}

const GetAttArgument = z.union([z.tuple([z.string(), z.string()]), z.string()]);
const JoinArgument = z.tuple([z.string(), z.array(z.unknown())]);
const SubArgument = z.union([z.string(), z.tuple([z.string(), z.record(z.string(), z.unknown())])]);
const GetStackOutputArgument = z.object({ StackName: z.string(), OutputName: z.string() });

const intrinsicFunctions: Readonly<Record<string, (argument: unknown, place: Place) => unknown>> = {
  Ref: (argument, place) => reference(text(argument, place), place),
  'Fn::GetAtt': (argument, place) => {
    const names = checkedJson(GetAttArgument, argument, nameOf(place));
    return typeof names === 'string' ? dottedAttribute(names, place) : attribute(...names, place);
  },
  'Fn::Join': (argument, place) => {
    const [separator, parts] = checkedJson(JoinArgument, argument, nameOf(place));
    return parts.map((part) => text(resolveValue(part, place), place)).join(separator);
  },
  'Fn::Sub': (argument, place) => {
    const checked = checkedJson(SubArgument, argument, nameOf(place));
    const [pattern, variables] = typeof checked === 'string' ? [checked, {}] : checked;
    return substitute(pattern, variables, place);
  },
  'Fn::ImportValue': (argument, place) => importedValue(text(resolveValue(argument, place), place), place),
  'Fn::GetStackOutput': (argument, place) => {
    const { StackName, OutputName } = checkedJson(GetStackOutputArgument, resolveValue(argument, place), nameOf(place));
    const stack = place.stacks.find(({ name }) => name === StackName);
    return (stack && outputValue(OutputName, { ...place, stack })) ?? refuse(`${StackName}.${OutputName}`, place);
  },
};

/**
 * Resolves the intrinsic functions in a value, as a deployment into the local account would.
 *
 * @throws StartupError naming the function and its place, where it takes more than is known here
 */
export function resolveValue(value: unknown, place: Place): unknown {
  if (Array.isArray(value)) {
    return value.map((item, index) => resolveValue(item, within(place, index)));
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const entries = Object.entries(value);
  const [name, argument] = entries[0] ?? [];
  if (entries.length === 1 && name !== undefined && /^(Ref|Fn::.*)$/.test(name)) {
    const intrinsicFunction = intrinsicFunctions[name];
    return intrinsicFunction ? intrinsicFunction(argument, within(place, name)) : refuse(name, place);
  }
  return Object.fromEntries(entries.map(([key, item]) => [key, resolveValue(item, within(place, key))]));
}

/** Value of an output of the place's stack; undefined where the stack has no such output. */
export function outputValue(name: string, { stacks, stack }: Place): string | undefined {
  const output = stack.template.Outputs[name];
  const place = { stacks, stack, path: `Outputs.${name}` };
  return output && text(resolveValue(output.Value, place), place);
}

/**
 * What identifies a resource of the place's stack.
 *
 * @throws StartupError where there is none, or none of a type known here
 */
export function resourceIds(logicalId: string, place: Place): PhysicalIds {
  const { stacks, stack } = place;
  const resource = stack.template.Resources[logicalId] ?? refuse(logicalId, place);
  const property = nameProperty(resource.Type);
  const ownName =
    property &&
    resolveValue(resource.Properties[property], {
      stacks,
      stack,
      path: `Resources.${logicalId}.Properties.${property}`,
    });
  const name = ownName === undefined ? `${stack.name}-${logicalId}` : text(ownName, place);
  return physicalIds(resource.Type, name) ?? refuse(`${logicalId}, of type ${resource.Type}`, place);
}

/** What error messages call a place. */
export function nameOf({ stack, path }: Place): string {
  return `${stack.name}: ${path}`;
}

function reference(name: string, place: Place): string {
  const pseudoParameters: Readonly<Record<string, string>> = {
    'AWS::AccountId': localAccount.id,
    'AWS::Partition': localAccount.partition,
    'AWS::Region': localAccount.region,
    'AWS::StackName': place.stack.name,
    'AWS::URLSuffix': localAccount.urlSuffix,
  };
  return pseudoParameters[name] ?? resourceIds(name, place).ref;
}

function attribute(logicalId: string, name: string, place: Place): string {
  return resourceIds(logicalId, place).attributes[name] ?? refuse(`${logicalId}.${name}`, place);
}

function dottedAttribute(names: string, place: Place): string {
  const dot = names.indexOf('.');
  return attribute(names.slice(0, dot), names.slice(dot + 1), place);
}

function substitute(pattern: string, variables: Readonly<Record<string, unknown>>, place: Place): string {
  return pattern.replaceAll(/\$\{([^}]+)\}/g, (_match, name: string) => {
    if (name.startsWith('!')) {
      return `\${${name.slice(1)}}`;
    }
    if (Object.hasOwn(variables, name)) {
      return text(resolveValue(variables[name], within(place, name)), place);
    }
    return name.includes('.') ? dottedAttribute(name, place) : reference(name, place);
  });
}

function importedValue(exportName: string, { stacks, ...place }: Place): string {
  for (const stack of stacks) {
    for (const [name, { Export }] of Object.entries(stack.template.Outputs)) {
      const output = { stacks, stack, path: `Outputs.${name}` };
      if (Export && resolveValue(Export.Name, output) === exportName) {
        return outputValue(name, output) ?? '';
      }
    }
  }
  return refuse(exportName, { stacks, ...place });
}

function text(value: unknown, place: Place): string {
  return checkedJson(z.string(), value, nameOf(place));
}

function within(place: Place, key: string | number): Place {
  return { ...place, path: `${place.path}.${key}` };
}

function refuse(what: string, place: Place): never {
  throw new StartupError(`${nameOf(place)}: the local run cannot resolve ${what}`);
}
