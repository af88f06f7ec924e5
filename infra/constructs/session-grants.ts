/** Exactly what ending sessions takes: read and write markers, query pointers, write ends. No scans. */
export const END_SESSIONS = [
  'dynamodb:GetItem',
  'dynamodb:UpdateItem',
  'dynamodb:Query',
  'dynamodb:BatchWriteItem',
] as const;

/** What an application needs whose sessions are in the table, through `logout-receiver/sessions`. */
export const READ_AND_WRITE_SESSIONS = [
  'dynamodb:GetItem',
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
  'dynamodb:DeleteItem',
  'dynamodb:Query',
  'dynamodb:BatchGetItem',
  'dynamodb:BatchWriteItem',
] as const;

/** What an application needs that keeps its sessions elsewhere and asks `LogoutCheck`. */
export const CHECK_LOGOUTS = ['dynamodb:GetItem'] as const;
