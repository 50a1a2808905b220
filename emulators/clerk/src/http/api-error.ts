/**
 * What a refused call is answered: a status and one error in Clerk's form. Its message is the long one; the short one
 * says little without the parameter that it is about.
 */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly shortMessage: string;
  readonly meta: Record<string, unknown> | undefined;

  constructor(
    status: number,
    code: string,
    shortMessage: string,
    longMessage = shortMessage,
    meta?: Record<string, unknown>,
  ) {
    super(longMessage);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.shortMessage = shortMessage;
    this.meta = meta;
  }
}

const param = (name: string) => ({ param_name: name });

/** Every error that the emulator answers, with the codes and texts of Clerk's published list. */
export const refuse = {
  wrongSecretKey: () =>
    new ApiError(
      401,
      'clerk_key_invalid',
      'The provided Clerk Secret Key is invalid. Make sure that your Clerk Secret Key is correct.',
    ),
  badAuthorization: () =>
    new ApiError(
      401,
      'authorization_header_format_invalid',
      'Invalid Authorization header format',
      "Invalid Authorization header format. Must be 'Bearer <YOUR_API_KEY>'",
    ),
  apiVersion: (asked: string, spoken: string) =>
    new ApiError(
      400,
      'api_version_invalid',
      'invalid API version',
      `Invalid Clerk API version: this emulator speaks ${spoken}, the request asks for ${asked}`,
    ),
  noJson: () =>
    new ApiError(
      400,
      'request_body_invalid',
      'Request body invalid',
      'The request body is invalid. Please consult the API documentation for more information.',
    ),
  contentType: (actual: string) =>
    new ApiError(
      415,
      'unsupported_content_type',
      'Content-Type is unsupported',
      `Content-Type ${actual} is unsupported. You should use application/json instead.`,
    ),
  bodyTooLarge: (limit: number) =>
    new ApiError(
      413,
      'request_body_too_large',
      'Request body too large',
      `The request body is over ${limit} bytes.`,
    ),
  unknownParam: (name: string) =>
    new ApiError(
      422,
      'form_param_unknown',
      'is unknown',
      `${name} is not a valid parameter for this request.`,
      param(name),
    ),
  missingParam: (name: string) =>
    new ApiError(422, 'form_param_missing', 'is missing', `${name} must be included.`, param(name)),
  wrongType: (name: string, type: string) =>
    new ApiError(
      422,
      'form_param_type_invalid',
      'is invalid',
      `\`${name}\` must be a \`${type}\`.`,
      param(name),
    ),
  badFormat: (name: string, must: string) =>
    new ApiError(422, 'form_param_format_invalid', 'is invalid', `${name} must be ${must}.`, param(name)),
  badValue: (name: string, text: string) =>
    new ApiError(422, 'form_param_value_invalid', 'is invalid', text, param(name)),
  tooLarge: (name: string, limit: string) =>
    new ApiError(
      422,
      'form_param_exceeds_allowed_size',
      'exceeds allowed size',
      `${name} exceeds the maximum allowed size of ${limit}.`,
      param(name),
    ),
  passwordTooShort: (name: string) =>
    new ApiError(
      422,
      'form_password_length_too_short',
      'Passwords must be 8 characters or more.',
      'Passwords must be 8 characters or more.',
      param(name),
    ),
  usernameLength: () =>
    new ApiError(
      422,
      'form_username_invalid_length',
      'is invalid',
      'Username must be between 4 and 64 characters long.',
      param('username'),
    ),
  usernameCharacter: () =>
    new ApiError(
      422,
      'form_username_invalid_character',
      'is invalid',
      'Username can only contain letters, numbers, underscores and hyphens.',
      param('username'),
    ),
  unverified: (name: string) =>
    new ApiError(
      422,
      'form_verification_needed',
      'is unverified',
      'This identification needs to be verified before you can perform this action.',
      param(name),
    ),
  taken: (name: string, what: string) =>
    new ApiError(
      422,
      'form_identifier_exists',
      `That ${what} is taken. Please try another.`,
      `That ${what} is taken. Please try another.`,
      param(name),
    ),
  nothingIdentifies: () =>
    new ApiError(
      422,
      'form_data_missing',
      'missing data',
      '["email_address" "username"] data doesn\'t match user requirements set for this instance',
      { param_names: ['email_address', 'username'] },
    ),
  userNotFound: (id: string) =>
    new ApiError(404, 'resource_not_found', 'not found', `No user was found with id ${id}`),
  sessionNotFound: (id: string) =>
    new ApiError(404, 'resource_not_found', 'Session not found', `No session was found with id ${id}`),
  templateNotFound: (name: string) =>
    new ApiError(
      404,
      'resource_not_found',
      'JWT template not found',
      `No JWT template exists with name: ${name}`,
    ),
  notFound: (long = 'Resource not found') => new ApiError(404, 'resource_not_found', 'not found', long),
  userBanned: () =>
    new ApiError(
      403,
      'user_banned',
      'User banned',
      'You have been banned. If you think this was by mistake, please contact support.',
    ),
  lastIdentification: () =>
    new ApiError(
      400,
      'identification_deletion_failed',
      'Deletion failed',
      'You cannot delete your last identification.',
    ),
  signInTokenNotPending: (status: string) =>
    new ApiError(
      400,
      'sign_in_token_cannot_be_revoked_code',
      'cannot revoke',
      `Sign in token cannot be revoked because its status is ${status}. Only pending tokens can be revoked.`,
    ),
  signInTokenUnusable: (status: string) =>
    new ApiError(
      400,
      'sign_in_token_cannot_be_used_code',
      'sign in token cannot be used',
      `This sign in token cannot be used anymore because it is ${status}. Please request a new one.`,
    ),
  deprecated: () => new ApiError(410, 'operation_deprecated', 'endpoint is deprecated and pending removal'),
  notSupported: (what: string) =>
    new ApiError(
      501,
      'not_supported_by_emulator',
      'not supported by this emulator',
      `${what} is not supported by this emulator.`,
    ),
} as const;
