/** The names of SQS errors as the SDK knows them, and as SQS had them before it spoke JSON. */
const queryCodes = {
  InvalidAttributeName: 'InvalidAttributeName',
  InvalidParameterValueException: 'InvalidParameterValue',
  MessageNotInflight: 'AWS.SimpleQueueService.MessageNotInflight',
  QueueDoesNotExist: 'AWS.SimpleQueueService.NonExistentQueue',
  ReceiptHandleIsInvalid: 'ReceiptHandleIsInvalid',
  ResourceNotFoundException: 'ResourceNotFoundException',
  UnsupportedOperation: 'AWS.SimpleQueueService.UnsupportedOperation',
} as const;

/** Why a request is refused. */
export class SqsError extends Error {
  override readonly name = 'SqsError';
  readonly type: string;
  /** SDKs that know the older names take them from a header. */
  readonly queryCode: string;

  constructor(type: keyof typeof queryCodes, message: string) {
    super(message);
    this.type = `com.amazonaws.sqs#${type}`;
    this.queryCode = queryCodes[type];
  }
}
