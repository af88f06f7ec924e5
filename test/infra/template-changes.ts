import type { Template } from 'aws-cdk-lib/assertions';
import * as z from 'zod/mini';

const Resources = z.record(z.string(), z.looseObject({ Type: z.string() }));
const Branch = z.union([z.record(z.string(), z.unknown()), z.array(z.unknown())]);

/**
 * What is other in the second template, as `type.path` with the values that are new there, one for each resource. Of a
 * resource that only one of them has, there is only `+type` or `-type`, with their number.
 */
export function templateChanges(before: Template, after: Template): Record<string, unknown> {
  const [old, now] = [before, after].map((template) => Resources.parse(template.toJSON().Resources));
  const changes: Record<string, unknown[]> = {};
  for (const id of new Set([...Object.keys(old ?? {}), ...Object.keys(now ?? {})])) {
    const [was, is] = [old?.[id], now?.[id]];
    if (was && is) {
      collect(changes, is.Type, was, is);
    } else {
      addTo(changes, was ? `-${was.Type}` : `+${is?.Type}`, id);
    }
  }
  return Object.fromEntries(
    Object.entries(changes).map(([path, values]) => [path, /^[+-]/.test(path) ? values.length : values]),
  );
}

function collect(changes: Record<string, unknown[]>, path: string, was: unknown, is: unknown): void {
  if (JSON.stringify(was) === JSON.stringify(is)) {
    return;
  }
  const [older, newer] = [Branch.safeParse(was).data, Branch.safeParse(is).data];
  if (!older || !newer || Array.isArray(older) || Array.isArray(newer)) {
    addTo(changes, path, is);
    return;
  }
  for (const key of new Set([...Object.keys(older), ...Object.keys(newer)])) {
    collect(changes, `${path}.${key}`, older[key], newer[key]);
  }
}

function addTo(changes: Record<string, unknown[]>, path: string, value: unknown): void {
  changes[path] = [...(changes[path] ?? []), value];
}
