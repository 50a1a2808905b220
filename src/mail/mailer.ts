/** One e-mail to one person. */
export interface Mail {
  to: string;
  subject: string;
  text: string;
  html: string;
  /** The same whenever the same e-mail is sent again: a receiver, or Resend, keeps one of them. No spaces. */
  key: string;
}

export interface Mailer {
  /**
   * Hands an e-mail over.
   *
   * @returns false where no mail server is set up
   * @throws Error where it could not be handed over
   */
  send(mail: Mail): Promise<boolean>;
  close(): void;
}
