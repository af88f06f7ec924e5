import type { Part, Table } from '../measurement.ts';
import { FLEETS, outcomeOf, quantile, RATES } from './rates.ts';
import type { Load } from './settings.ts';
import type { Outcome } from './simulation.ts';

const MEASURED: readonly (readonly [what: string, unit: string, of: (outcome: Outcome) => number])[] = [
  ['done at once', '%', ({ accepted, arrived }) => (accepted / arrived) * 100],
  ['answered, 99th percentile', 'ms', ({ answerTimes }) => quantile(answerTimes, 0.99)],
  ['longest wait for the look', 's', ({ stream }) => stream.oldestSeconds],
];

/** The simulation of the fleet, with each of some seeds as a round. */
export const FLEET: Part = {
  name: 'fleet',
  async measure(isQuick, progress) {
    const seconds = isQuick ? 3 : 20;
    const seeds = isQuick ? [1] : [1, 2, 3];
    return Object.entries(FLEETS).map(([name, settingsOf]): Table => {
      const measurements = RATES.flatMap((perSecond) => {
        progress(`${name}, ${perSecond} logouts a second`);
        const load: Load = { perSecond, seconds, shared: 'nothing' };
        const outcomes = seeds.map((seed) => outcomeOf(settingsOf(perSecond), load, seed));
        return MEASURED.map(([what, unit, of]) => ({
          ...{ name: `${perSecond} a second: ${what}`, unit, values: outcomes.map(of) },
        }));
      });
      const note = `Simulated, from the first second of an idle fleet on, for ${seconds} s; no figure depends on this machine.`;
      return { title: `Fleet, ${name}`, note, measurements };
    });
  },
};
