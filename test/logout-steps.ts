/** What a logout of one session does to the table, and how its request is told from the others. */
export const LOGOUT_STEPS = [
  [/scopeHash = /, 'claims the jti'],
  [/"Limit":/, 'reads what can end first'],
  [/endedAt = :now/, 'ends the session'],
  [/SET notBefore = /, 'writes the marker'],
  [/begins_with(?!.*"Limit":)/, 'reads the pointers'],
  [/DeleteRequest/, 'deletes the pointers'],
] as const;
