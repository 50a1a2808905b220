/** A fault of the environment that the person who started an emulator can mend: its message says what, where and how. */
export class EmulatorError extends Error {
  readonly code: string;

  /** @param code stable and machine-readable, such as `port_in_use` or `storage_broken` */
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EmulatorError';
    this.code = code;
  }
}
