import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import cdk from '../../cdk.json' with { type: 'json' };
import { LogoutReceiver, type LogoutReceiverProps } from '../../infra/logout-receiver.ts';
import { SessionsTable } from '../../infra/sessions-table.ts';

export const relyingParties = [{ issuer: 'https://op.test', clientId: 'shop', algorithms: ['RS256'] }];

/** Bundling takes seconds, and so do nag's rules and CloudFormation's: `npm run synth` has them. */
export function newApp(): App {
  return new App({
    context: { ...cdk.context, 'aws:cdk:bundling-stacks': [] },
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

/** A receiver in one stack and its sessions table in another, as the app of this project has them. */
export function receiverStacks(props: Partial<LogoutReceiverProps> = {}): ReceiverStacks {
  const app = newApp();
  const sessionsStack = new Stack(app, 'Sessions');
  const sessionsTable = new SessionsTable(sessionsStack, 'SessionsTable').table;
  const stack = new Stack(app, 'Receiver');
  const receiver = new LogoutReceiver(stack, 'Default', { relyingParties, sessionsTable, ...props });
  return { app, receiver, sessionsStack, stack, template: () => Template.fromStack(stack) };
}
