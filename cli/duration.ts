const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
] as const;

/**
 * Says in short how long something takes, such as `2 d 3 h`: the two largest units.
 *
 * @param seconds 0 or more
 */
export function textOfSeconds(seconds: number): string {
  const place = UNITS.findIndex(([, size]) => seconds >= size);
  const [unit, size] = UNITS[place] ?? ['s', 1];
  const [smaller, smallerSize] = UNITS[place + 1] ?? ['s', 1];
  const whole = Math.floor(seconds / size);
  const rest = Math.floor((seconds % size) / smallerSize);
  return place < 0 || rest === 0 ? `${whole} ${unit}` : `${whole} ${unit} ${rest} ${smaller}`;
}
