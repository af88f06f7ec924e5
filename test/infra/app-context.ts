import type { AppContext } from '../../infra/context.ts';

/** The context of the app with everything on that is off by default. */
export function contextWith(context: Partial<AppContext> & Pick<AppContext, 'relyingPartiesFile'>): AppContext {
  return {
    ...{ sampleRelyingParties: false, stage: undefined, extraCaFile: undefined, reservedConcurrency: undefined },
    ...{ sessionEndedEvents: true, frontchannelLogout: true, relyingPartiesInAppConfig: true, secretIds: undefined },
    customDomain: {},
    sessions: { replicaRegions: [], given: undefined },
    monitoring: {
      alarmTopicArn: 'arn:aws:sns:eu-west-1:123456789012:operators',
      dashboard: true,
      noLogoutAlarmDays: 3,
    },
    ...context,
  };
}
