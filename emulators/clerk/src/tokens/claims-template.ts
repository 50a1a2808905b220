import { refuse } from '../http/api-error.ts';
import { isObject } from '../http/input.ts';
import type { UserJson } from '../users/user.ts';

/** A session-token template: custom claims, whose texts may hold shortcodes such as `{{user.first_name}}`. */
export type ClaimsTemplate = Record<string, unknown>;

/** What a new instance has: the role of the user, from public metadata. */
export const DEFAULT_TEMPLATE: ClaimsTemplate = { role: '{{user.public_metadata.role}}' };

/** The claims of every session token, which a template cannot set. */
const DEFAULT_CLAIMS = new Set('act azp exp fea fva iat iss jti nbf o pla sid sts sub v'.split(' '));

const SHORTCODE = /\{\{([^{}]*)\}\}/g;
const WHOLE_SHORTCODE = /^\{\{([^{}]*)\}\}$/;
const ROOT = 'user';

/**
 * Checks a template.
 *
 * @throws ApiError 422 for something other than an object, for a claim that Clerk sets itself, and for a shortcode of
 *   something that does not exist at all, such as `{{usr.id}}`
 */
export function readTemplate(value: unknown): ClaimsTemplate {
  if (!isObject(value)) throw refuse.wrongType('claims', 'object');
  for (const claim of Object.keys(value)) {
    if (DEFAULT_CLAIMS.has(claim)) {
      throw refuse.badValue('claims', `The claim ${claim} is set by Clerk and cannot be in a template.`);
    }
  }
  for (const [, expression = ''] of JSON.stringify(value).matchAll(SHORTCODE)) {
    for (const operand of operands(expression)) checkOperand(operand);
  }
  return value;
}

/** The claims that a template makes for a user. A shortcode without a value is `null`, inside a longer text "null". */
export function renderClaims(template: ClaimsTemplate, user: UserJson): Record<string, unknown> {
  const values = { user: shortcodeValues(user) };
  const render = (value: unknown): unknown => {
    if (typeof value === 'string') return renderText(value, values);
    if (Array.isArray(value)) return value.map(render);
    if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, render(v)]));
    return value;
  };
  return render(template) as Record<string, unknown>;
}

function renderText(text: string, values: unknown): unknown {
  const whole = WHOLE_SHORTCODE.exec(text);
  if (whole) return evaluate(whole[1] ?? '', values);
  return text.replace(SHORTCODE, (_, expression: string) => {
    const value = evaluate(expression, values);
    return typeof value === 'object' ? JSON.stringify(value) : String(value);
  });
}

const operands = (expression: string) => expression.split('||').map((operand) => operand.trim());

/** The first operand that is neither null nor false, or else the last one. */
function evaluate(expression: string, values: unknown): unknown {
  const results = operands(expression).map((operand) => evaluateOperand(operand, values));
  return results.find((result) => result !== null && result !== false) ?? results.at(-1);
}

function evaluateOperand(operand: string, values: unknown): unknown {
  const literal = readLiteral(operand);
  if (literal !== undefined) return literal;
  let value = values;
  for (const key of operand.split('.')) {
    value = isObject(value) && Object.hasOwn(value, key) ? value[key] : null;
  }
  return value ?? null;
}

function readLiteral(operand: string): string | number | boolean | undefined {
  const text = /^'(.*)'$/.exec(operand);
  if (text) return text[1];
  if (operand === 'true' || operand === 'false') return operand === 'true';
  return /^-?\d+(\.\d+)?$/.test(operand) ? Number(operand) : undefined;
}

function checkOperand(operand: string): void {
  if (readLiteral(operand) !== undefined) return;
  if (operand.split('.')[0] !== ROOT) {
    throw refuse.badValue(
      'claims',
      `{{${operand}}} is no shortcode: they begin with user., as in {{user.id}}.`,
    );
  }
}

/** What shortcodes can name, beyond the fields that a user has anyway. */
function shortcodeValues(user: UserJson) {
  const primary = user.email_addresses.find(({ id }) => id === user.primary_email_address_id);
  const fullName = [user.first_name, user.last_name].filter(Boolean).join(' ');
  return {
    id: user.id,
    external_id: user.external_id,
    username: user.username,
    first_name: user.first_name,
    last_name: user.last_name,
    full_name: fullName === '' ? null : fullName,
    image_url: user.image_url,
    has_image: user.has_image,
    primary_email_address: primary?.email_address ?? null,
    email_verified: primary?.verification != null,
    primary_phone_number: null,
    phone_number_verified: false,
    two_factor_enabled: user.two_factor_enabled,
    created_at: user.created_at,
    updated_at: user.updated_at,
    last_sign_in_at: user.last_sign_in_at,
    public_metadata: user.public_metadata,
    unsafe_metadata: user.unsafe_metadata,
  };
}
