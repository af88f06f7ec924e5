import {
  AppConfigDataClient,
  GetLatestConfigurationCommand,
  StartConfigurationSessionCommand,
} from '@aws-sdk/client-appconfigdata';

/** Which configuration to read. Each is an id or a name. */
export interface AppConfigNames {
  readonly application: string;
  readonly environment: string;
  readonly profile: string;
}

/** What AppConfig answers to a look. */
export interface LatestConfiguration {
  /** Undefined where it is the one of the look before. */
  readonly text: string | undefined;
  /** How long it wants not to be asked again. */
  readonly nextPollSeconds: number;
  /** That somebody gave the version. */
  readonly versionLabel: string | undefined;
}

/** The least that AppConfig takes. Without it, nobody may ask more than once in a minute. */
const MINIMUM_POLL_SECONDS = 15;

/**
 * A session of AWS AppConfig Data (https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_Operations_AWS_AppConfig_Data.html):
 * each look is made with a token that the one before gave, is answered with a configuration only where it is new, and costs
 * next to nothing then. The first look of a session is answered with the whole configuration.
 */
export class AppConfigSession {
  readonly #names: AppConfigNames;
  readonly #client = new AppConfigDataClient({
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 500, requestTimeout: 1000, throwOnRequestTimeout: true },
  });
  #token: string | undefined;

  constructor(names: AppConfigNames) {
    this.#names = names;
  }

  /**
   * Asks for the configuration. One look at a time, and none before the time is over that the last one said.
   *
   * @param signal aborts when the time for it is spent
   * @throws whatever the SDK throws. The next look tries the same token: a call that was throttled has not used it
   */
  async latest(signal: AbortSignal): Promise<LatestConfiguration> {
    const chained = this.#token;
    if (chained === undefined) {
      return await this.#look(await this.#start(signal), signal);
    }
    try {
      return await this.#look(chained, signal);
    } catch (error) {
      // A token is good for one call, which may have been one whose answer was lost, and for 24 hours.
      if (!(error instanceof Error && error.name === 'BadRequestException')) {
        throw error;
      }
      return await this.#look(await this.#start(signal), signal);
    }
  }

  async #start(abortSignal: AbortSignal): Promise<string | undefined> {
    const { application, environment, profile } = this.#names;
    const { InitialConfigurationToken } = await this.#client.send(
      new StartConfigurationSessionCommand({
        ApplicationIdentifier: application,
        EnvironmentIdentifier: environment,
        ConfigurationProfileIdentifier: profile,
        RequiredMinimumPollIntervalInSeconds: MINIMUM_POLL_SECONDS,
      }),
      { abortSignal },
    );
    return InitialConfigurationToken;
  }

  async #look(token: string | undefined, abortSignal: AbortSignal): Promise<LatestConfiguration> {
    const answer = await this.#client.send(new GetLatestConfigurationCommand({ ConfigurationToken: token }), {
      abortSignal,
    });
    this.#token = answer.NextPollConfigurationToken;
    return {
      text: answer.Configuration?.length ? new TextDecoder().decode(answer.Configuration) : undefined,
      nextPollSeconds: Math.max(answer.NextPollIntervalInSeconds ?? 0, MINIMUM_POLL_SECONDS),
      versionLabel: answer.VersionLabel,
    };
  }
}
