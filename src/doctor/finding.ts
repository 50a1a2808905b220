/** What a check has found. */
export interface Finding {
  ok: boolean;
  /** What is so, or what is wrong. It holds no secret. */
  message: string;
  /** What to do about it; null where nothing is wrong. */
  cure: string | null;
}

/** A finding under the check's name: stable, for machines to decide by. */
export interface Check extends Finding {
  name: string;
}

export const fine = (message: string): Finding => ({ ok: true, message, cure: null });

export const trouble = (message: string, cure: string): Finding => ({ ok: false, message, cure });

/** Nothing is known to be wrong, for it could not be looked at. */
export const notChecked = (why: string): Finding => fine(`not checked: ${why}`);
