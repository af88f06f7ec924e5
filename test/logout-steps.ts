export const CLAIM = /scopeHash = /;
/** What the pointers name that end while the marker is written. */
export const FIRST_READING = /"Limit":/;

/** What a logout of one session does to the table, and how its request is told from the others. */
export const LOGOUT_STEPS = [
  [CLAIM, 'claims the jti'],
  [FIRST_READING, 'reads what can end first'],
  [/endedAt = :now/, 'ends the session'],
  [/SET notBefore = /, 'writes the marker'],
  [/^(?!.*"Limit":).*begins_with/, 'reads the pointers'],
  [/DeleteRequest/, 'deletes the pointers'],
] as const;
