import type { Document } from './bson/document.ts';

/**
 * MongoDB's error codes by name
 * (https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml).
 */
export const codes = {
  InternalError: 1,
  BadValue: 2,
  NoSuchKey: 4,
  HostUnreachable: 6,
  HostNotFound: 7,
  FailedToParse: 9,
  Unauthorized: 13,
  TypeMismatch: 14,
  Overflow: 15,
  InvalidLength: 16,
  ProtocolError: 17,
  AuthenticationFailed: 18,
  IllegalOperation: 20,
  InvalidBSON: 22,
  LockTimeout: 24,
  NamespaceNotFound: 26,
  IndexNotFound: 27,
  PathNotViable: 28,
  ConflictingUpdateOperators: 40,
  CursorNotFound: 43,
  NamespaceExists: 48,
  MaxTimeMSExpired: 50,
  DollarPrefixedFieldName: 52,
  InvalidIdField: 53,
  NotSingleValueField: 54,
  EmptyFieldName: 56,
  CommandNotFound: 59,
  ShardKeyNotFound: 61,
  WriteConcernFailed: 64,
  ImmutableField: 66,
  CannotCreateIndex: 67,
  IndexAlreadyExists: 68,
  InvalidOptions: 72,
  InvalidNamespace: 73,
  IndexOptionsConflict: 85,
  IndexKeySpecsConflict: 86,
  NetworkTimeout: 89,
  ShutdownInProgress: 91,
  OperationFailed: 96,
  WriteConflict: 112,
  ConflictingOperationInProgress: 117,
  CommandNotSupported: 115,
  DocumentValidationFailure: 121,
  NotAReplicaSet: 123,
  CommandNotSupportedOnView: 166,
  InvalidPipelineOperator: 168,
  CannotIndexParallelArrays: 171,
  CannotBackfillArray: 106,
  InvalidIndexSpecificationOption: 197,
  TransactionTooOld: 225,
  SnapshotTooOld: 239,
  ConversionFailure: 241,
  CursorInUse: 226,
  NoSuchTransaction: 251,
  TransactionCommitted: 256,
  OperationNotSupportedInTransaction: 263,
  ChangeStreamFatalError: 280,
  NoQueryExecutionPlans: 291,
  NotWritablePrimary: 10107,
  BSONObjectTooLarge: 10334,
  DuplicateKey: 11000,
  Interrupted: 11601,
  InterruptedAtShutdown: 11600,
  InterruptedDueToReplStateChange: 11602,
  NotPrimaryNoSecondaryOk: 13435,
  NotPrimaryOrSecondary: 13436,
  IDLUnknownField: 40415,
  IDLFailedToParse: 40414,
} as const;
export type CodeName = keyof typeof codes;

const names = new Map<number, string>(Object.entries(codes).map(([name, code]) => [code, name]));

/** Errors after which a client may run a whole transaction again. */
export const TRANSIENT = 'TransientTransactionError';

/** An error as a command answers it: MongoDB's code and name, and what else the reply carries (`keyValue`, labels). */
export class CommandError extends Error {
  readonly code: number;
  readonly extra: Document;

  constructor(code: CodeName | number, message: string, extra: Document = {}) {
    super(message);
    this.name = 'CommandError';
    this.code = typeof code === 'number' ? code : codes[code];
    this.extra = extra;
  }

  get codeName(): string {
    return names.get(this.code) ?? `Location${this.code}`;
  }

  toReply(): Document {
    return { ok: 0, errmsg: this.message, code: this.code, codeName: this.codeName, ...this.extra };
  }
}

export const writeConflict = () =>
  new CommandError(
    'WriteConflict',
    'Caused by :: Write conflict during plan execution and yielding is disabled. :: Please retry your operation or multi-document transaction.',
    { errorLabels: [TRANSIENT] },
  );

/** What is not supported here is refused by its name, so that nothing passes here and fails on a real server. */
export const notSupported = (what: string) =>
  new CommandError('CommandNotSupported', `${what} is not supported by this emulator`);
