import { coresFor } from '../lambda-cores.ts';
import { carryOut, type Places, placesOf, type World } from './carrying-out.ts';
import type { Deferral } from './deferral.ts';
import type { Environment, Environments } from './environments.ts';
import { KEYS, LOGOUT } from './logout-calls.ts';
import { type ServiceTimes, sample } from './service-times.ts';
import type { Settings } from './settings.ts';
import type { StreamReaders } from './stream.ts';
import type { Table } from './table.ts';
import { TokenBucket } from './token-bucket.ts';
import type { Trouble } from './troubles.ts';

/** What a request has before it is kept, of the ten seconds of the function (functions/backchannel-logout/handler.ts). */
const BUDGET_MILLISECONDS = 10_000 - 4500;

interface Request {
  readonly environment: Environment;
  readonly places: Places;
  /** Milliseconds. */
  readonly receivedAt: number;
  isAnswered: boolean;
}

/** What the endpoint stands on. */
export interface Behind {
  readonly environments: Environments;
  readonly jwksTable: Table;
  readonly deferral: Deferral;
  readonly stream: StreamReaders;
}

/** API Gateway and the function that answers the OP. */
export class Endpoint {
  readonly counts = { arrived: 0, accepted: 0, deferred: 0, throttled: 0, lost: 0 };
  /** Milliseconds from the receipt to the answer, of logouts that were accepted. */
  readonly answerTimes: number[] = [];
  /** Of all executions together. */
  busyMilliseconds = 0;
  readonly #world: World;
  readonly #keysWorld: World;
  readonly #times: ServiceTimes;
  readonly #cores: number;
  readonly #account: TokenBucket;
  readonly #stage: TokenBucket;
  readonly #environments: Environments;
  readonly #deferral: Deferral;
  readonly #stream: StreamReaders;
  readonly #sharedScope: number | undefined;

  /** @param sharedScope hash of the scope that all logouts have, if they have one */
  constructor(
    world: World,
    times: ServiceTimes,
    { memorySize, apiAccount, throttle }: Settings,
    behind: Behind,
    sharedScope: number | undefined,
  ) {
    this.#world = world;
    this.#times = times;
    this.#cores = coresFor(memorySize);
    this.#account = new TokenBucket(apiAccount.rateLimit, apiAccount.burstLimit);
    this.#stage = new TokenBucket(throttle.rateLimit, throttle.burstLimit);
    this.#environments = behind.environments;
    this.#keysWorld = { ...world, table: behind.jwksTable };
    this.#deferral = behind.deferral;
    this.#stream = behind.stream;
    this.#sharedScope = sharedScope;
  }

  receive(): void {
    const { events, random, troubles } = this.#world;
    this.counts.arrived++;
    const throttle = this.#throttle();
    if (throttle) {
      this.counts.throttled++;
      troubles.note(throttle, events.now);
      return;
    }
    const environment = this.#environments.take(events.now);
    if (typeof environment === 'string') {
      this.counts.lost++;
      troubles.note(environment, events.now);
      return;
    }
    this.#start({
      ...{ environment, places: placesOf(this.#sharedScope, random), receivedAt: events.now, isAnswered: false },
    });
  }

  #throttle(): Trouble | undefined {
    const { now } = this.#world.events;
    if (!this.#account.take(now)) {
      return 'account throttle';
    }
    return this.#stage.take(now) ? undefined : 'stage throttle';
  }

  #start(request: Request): void {
    const { events, troubles } = this.#world;
    const { isNew } = request.environment;
    const starting = isNew ? this.#times.coldStart : 0;
    const computing = (this.#times.logoutCpu + (isNew ? this.#times.firstLogoutCpu : 0)) / this.#cores;
    events.after(starting + computing, () => (isNew ? this.#readKeys(request) : this.#carryOut(request)));
    events.after(starting + BUDGET_MILLISECONDS, () => {
      if (!request.isAnswered) {
        troubles.note('time budget', events.now);
        this.#settle(request, false);
      }
    });
  }

  /** Later, they are in the memory of the environment for ten minutes at least. */
  #readKeys(request: Request): void {
    const { environment, places } = request;
    carryOut(this.#keysWorld, KEYS, { places, isHot: false }, environment, (areRead) =>
      areRead ? this.#carryOut(request) : this.#settle(request, false),
    );
  }

  /** The first round trip claims the token: what the stream tells of, whatever comes then. */
  #carryOut(request: Request): void {
    const { environment, places } = request;
    const where = { places, isHot: this.#sharedScope !== undefined };
    carryOut(this.#world, LOGOUT.slice(0, 1), where, environment, (isClaimed) => {
      if (!isClaimed) {
        this.#settle(request, false);
        return;
      }
      this.#stream.add(places, where.isHot);
      carryOut(this.#world, LOGOUT.slice(1), where, environment, (isDone) => this.#settle(request, isDone));
    });
  }

  #settle(request: Request, isDone: boolean): void {
    const { events, random } = this.#world;
    if (request.isAnswered) {
      return;
    }
    request.isAnswered = true;
    if (isDone) {
      this.counts.accepted++;
      this.answerTimes.push(events.now - request.receivedAt);
      this.#answer(request);
      return;
    }
    events.after(sample(this.#times.sqs, random), () => {
      this.counts.deferred++;
      this.#deferral.put(request.places, this.#sharedScope !== undefined, LOGOUT);
      this.#answer(request);
    });
  }

  #answer({ environment, receivedAt }: Request): void {
    this.busyMilliseconds += this.#world.events.now - receivedAt;
    this.#environments.giveBack(environment);
  }
}
