import type { Stack } from './stack.ts';

export interface Person {
  clerkId: string;
  email: string;
  sessionId: string;
  /** A new session token. */
  token(): Promise<string>;
}

let serial = 0;

/** Signs somebody up at Clerk and in, as a browser would; the webhook is on its way. */
export async function signUp(
  { clerkClient }: Pick<Stack, 'clerkClient'>,
  { role, email = `person-${++serial}@shop.example`, ...rest }: SignUp = {},
): Promise<Person> {
  const user = await clerkClient.users.createUser({
    emailAddress: [email],
    firstName: 'Ada',
    lastName: 'Lovelace',
    ...(role === undefined ? {} : { publicMetadata: { role } }),
    ...rest,
  });
  const session = await clerkClient.sessions.createSession({ userId: user.id });
  return {
    clerkId: user.id,
    email,
    sessionId: session.id,
    token: async () => (await clerkClient.sessions.getToken(session.id)).jwt,
  };
}

export interface SignUp {
  role?: string;
  email?: string;
  firstName?: string;
  lastName?: string;
}

export interface Answer<T = Record<string, unknown>> {
  status: number;
  headers: Headers;
  body: T;
}

/** Calls the API; a body is sent as JSON. */
export async function call<T = Record<string, unknown>>(
  api: string,
  request: `${string} /${string}`,
  {
    token,
    body,
    headers = {},
  }: { token?: string | undefined; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer<T>> {
  const [method = 'GET', path] = request.split(' ', 2);
  const response = await fetch(`${api}${path}`, {
    method,
    redirect: 'manual',
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: (text === '' ? undefined : JSON.parse(text)) as T,
  };
}
