/** A call of AWS that is made with a role: by a function, or by AWS on its behalf. */
export interface RoleCall {
  /** ARN of the role. */
  readonly role: string;
  /** As IAM names it: `dynamodb:GetItem`. */
  readonly action: string;
  /** ARN of what the call is about. */
  readonly resource: string;
}

/** What a policy lets a role do: a call whose resource may have IAM's wildcards. */
export type Permission = RoleCall;

/** The calls that no permission allows: in an account, each of them fails. */
export function callsNotAllowed(calls: readonly RoleCall[], permissions: readonly Permission[]): RoleCall[] {
  return calls.filter((call) => !permissions.some((permission) => allows(permission, call)));
}

/** The permissions that no call needs: each is one too many. */
export function permissionsNotUsed(permissions: readonly Permission[], calls: readonly RoleCall[]): Permission[] {
  return permissions.filter((permission) => !calls.some((call) => allows(permission, call)));
}

/** In a resource, `*` stands for any characters and `?` for one (IAM User Guide, "IAM JSON policy elements: Resource"). */
function allows({ role, action, resource }: Permission, call: RoleCall): boolean {
  const pattern = resource
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return role === call.role && action === call.action && new RegExp(`^${pattern}$`).test(call.resource);
}
