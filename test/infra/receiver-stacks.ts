import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { DISABLE_CREATION_STACK_TRACES } from 'aws-cdk-lib/cx-api';
import cdk from '../../cdk.json' with { type: 'json' };
import { LogoutReceiver, type LogoutReceiverProps } from '../../infra/logout-receiver.ts';
import { SessionsTable } from '../../infra/sessions-table.ts';

export const relyingParties = [{ issuer: 'https://op.test', clientId: 'shop', algorithms: ['RS256'] }];

/**
 * Bundling takes seconds, and so do nag's rules and CloudFormation's: `npm run synth` has them. A stack trace for each
 * construct, mapped to its sources, takes a quarter of the time.
 */
export function newApp(): App {
  return new App({
    context: { ...cdk.context, 'aws:cdk:bundling-stacks': [], [DISABLE_CREATION_STACK_TRACES]: true },
    builtinCloudFormationValidation: false,
  });
}

export interface ReceiverStacks {
  readonly app: App;
  readonly receiver: LogoutReceiver;
  readonly sessionsStack: Stack;
  readonly stack: Stack;
  /** Of the receiver's stack. */
  template(): Template;
}

/** All but alarms, dashboard and queries, which look at what is there: monitoring.test.ts holds those. */
export function resourcesOf(template: Template): Record<string, { readonly Type: string }> {
  const resources: Record<string, { readonly Type: string }> = template.toJSON().Resources;
  return Object.fromEntries(Object.entries(resources).filter(([id]) => !id.startsWith('Monitoring')));
}

/** A receiver in one stack and its sessions table in another, as the app of this project has them. */
export function receiverStacks(props: Partial<LogoutReceiverProps> = {}, app = newApp()): ReceiverStacks {
  const sessionsStack = new Stack(app, 'Sessions');
  const sessionsTable = new SessionsTable(sessionsStack, 'SessionsTable').table;
  const stack = new Stack(app, 'Receiver');
  const receiver = new LogoutReceiver(stack, 'Default', { relyingParties, sessionsTable, ...props });
  return { app, receiver, sessionsStack, stack, template: () => Template.fromStack(stack) };
}
