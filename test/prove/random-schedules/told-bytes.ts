import { Chance } from './chance.ts';

let chance = new Chance(0);
let drawn = 0;

/** From now on random bytes are those of a schedule. */
export function tellBytes(of: Chance): void {
  chance = of;
  drawn = 0;
}

/** Stands for that of `node:crypto`. */
export function randomBytes(size: number): Buffer {
  drawn += 1;
  return Buffer.from(Array.from({ length: size }, (_, index) => chance.below(`byte ${index} of ${drawn}`, 256)));
}
