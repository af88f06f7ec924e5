import * as z from 'zod/mini';
import type { Stack } from '../../local/template/cloud-assembly.ts';
import { findResources, readProperties, type TemplateResource } from '../../local/template/template-resources.ts';
import type { Permission } from './role-call.ts';

const Texts = z.union([z.string(), z.array(z.string())]);
/** What the comparison cannot judge is refused, by its name: conditions, denials, and whatever excludes by `Not...`. */
const Document = z.object({
  Statement: z.array(z.strictObject({ Effect: z.literal('Allow'), Action: Texts, Resource: Texts })),
});
const PolicyProperties = z.object({ PolicyDocument: Document, Roles: z.array(z.string()) });
const RoleProperties = z.object({
  ManagedPolicyArns: z._default(z.array(z.never('a managed policy allows what nobody here has asked for')), []),
  Policies: z._default(z.array(z.object({ PolicyDocument: Document })), []),
});

/** A log group's streams, and the six characters that Secrets Manager puts behind a secret's name. */
const NEEDED_WILDCARD = /^arn:[^*?]*:(log-group:[^*?]*:\*|secret:[^*?]*-\?{6})$/;

/**
 * What the policies of the templates allow, to each role.
 *
 * @throws Error where a policy says what cannot be judged here, or has a wildcard that covers more than one resource
 */
export function permissionsIn(stacks: readonly Stack[]): Permission[] {
  const roles = findResources(stacks, 'AWS::IAM::Role');
  const arns = new Map(roles.map(({ ids }) => [ids.ref, ids.attributes.Arn ?? '']));
  const inRoles = roles.flatMap((resource) =>
    readProperties(RoleProperties, resource).Policies.flatMap(({ PolicyDocument }) =>
      permissionsOf(PolicyDocument, [resource.ids.attributes.Arn ?? '']),
    ),
  );
  const inPolicies = policiesIn(stacks).flatMap((resource) => {
    const { PolicyDocument, Roles } = readProperties(PolicyProperties, resource);
    return permissionsOf(
      PolicyDocument,
      Roles.map((role) => arns.get(role) ?? role),
    );
  });
  return [...inRoles, ...inPolicies];
}

/** Nothing refers to a policy, so the local run does not identify them. */
function policiesIn(stacks: readonly Stack[]): TemplateResource[] {
  return stacks.flatMap((stack) =>
    Object.entries(stack.template.Resources)
      .filter(([, { Type }]) => Type === 'AWS::IAM::Policy' || Type === 'AWS::IAM::ManagedPolicy')
      .map(([id, { Properties: properties }]) => {
        const place = { stacks, stack, path: `Resources.${id}.Properties` };
        return { ids: { ref: id, attributes: {} }, properties, place };
      }),
  );
}

function permissionsOf({ Statement }: z.infer<typeof Document>, roles: readonly string[]): Permission[] {
  const permissions = Statement.flatMap(({ Action, Resource }) =>
    [Action]
      .flat()
      .flatMap((action) => [Resource].flat().flatMap((resource) => roles.map((role) => ({ role, action, resource })))),
  );
  const wild = permissions.find(
    ({ action, resource }) => /[*?]/.test(action) || (/[*?]/.test(resource) && !NEEDED_WILDCARD.test(resource)),
  );
  if (wild) {
    throw new Error(`a wildcard allows more than one thing: ${JSON.stringify(wild)}`);
  }
  return permissions;
}

/** Permissions by role and resource, in the words of the templates and in alphabetical order. */
export type PermissionList = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** Lists permissions by the logical ids that roles and resources have in the templates, without their hashes. */
export function listOf(permissions: readonly Permission[], stacks: readonly Stack[]): PermissionList {
  const nameOf = namesIn(stacks);
  const list: Record<string, Record<string, string[]>> = {};
  const texts = permissions.map(({ role, action, resource }) => [nameOf(role), nameOf(resource), action] as const);
  for (const [role, resource, action] of texts.sort((a, b) => (a.join(' ') < b.join(' ') ? -1 : 1))) {
    list[role] ??= {};
    list[role][resource] ??= [];
    if (!list[role][resource].includes(action)) {
      list[role][resource].push(action);
    }
  }
  return list;
}

const NAMED = [
  'AWS::DynamoDB::GlobalTable',
  'AWS::Events::EventBus',
  'AWS::IAM::Role',
  'AWS::KMS::Key',
  'AWS::Lambda::Function',
  'AWS::Logs::LogGroup',
  'AWS::SQS::Queue',
];

/** @returns what makes a name of an ARN: `table/SessionsTable` */
function namesIn(stacks: readonly Stack[]): (arn: string) => string {
  const names = findResources(stacks, ...NAMED).map(({ ids, place }) => {
    const [, logicalId = ''] = place.path.split('.');
    const physicalName = ids.attributes.Arn?.replace(/:\*$/, '').split(/[:/]/).at(-1) ?? '';
    return [physicalName, logicalId.replace(/[0-9A-F]{8}$/, '')] as const;
  });
  return (arn) =>
    names.reduce((text, [physicalName, name]) => text.replace(physicalName, name), arn.replace(/^arn:([^:]*:){4}/, ''));
}
