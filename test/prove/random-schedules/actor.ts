import type { Fate } from './fate.ts';

/** Somebody who does one step after the other, and whose clock is not quite right. */
export class Actor {
  readonly name: string;
  /** Milliseconds by which its clock is ahead. */
  readonly clockOffset: number;
  /** Operations that wait to be carried out, and be answered. */
  waiting = 0;
  isWorking = false;
  /** Whether it waits for the middleware of Express, which calls back by `setImmediate`. */
  isCalledBack = false;
  /** Whether its process has died. */
  isDead = false;
  /** What the step does that it is at. */
  step = '';
  /** Login that the step makes. */
  login: string | undefined;
  /** Whether anything went wrong that may make its steps fail. */
  isDisturbed = false;
  /** Whether an operation of its may be carried out after it has gone on. */
  isFollowed = false;
  /** The operation of the schedule with which the step last read several sessions. */
  lastBatchRead = 0;
  #operations = 0;

  constructor(name: string, clockOffset: number) {
    this.name = name;
    this.clockOffset = clockOffset;
  }

  begin(step: string): void {
    this.step = step;
    this.login = undefined;
    this.lastBatchRead = 0;
    this.#operations = 0;
  }

  /** Names the next operation: the same in every schedule in which the step gets as far. */
  nextOperation(): string {
    return `${this.name}.${this.step}.${this.#operations++}`;
  }

  suffer(fate: Fate): void {
    this.isDead ||= fate === 'die';
    this.isDisturbed ||= fate === 'lose request' || fate === 'lose answer' || fate === 'come late';
    this.isFollowed ||= fate === 'come again' || this.isDisturbed;
  }

  /** Whether it does nothing more by itself. */
  get isAtRest(): boolean {
    return this.isDead || !this.isWorking || this.waiting > 0;
  }
}
