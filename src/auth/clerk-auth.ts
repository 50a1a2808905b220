import type { SignedInAuthObject } from '@clerk/backend/internal';

/** What a verified session token says: `userId`, `sessionId`, `sessionClaims`, `getToken()`, `has()`, … */
export type ClerkAuth = SignedInAuthObject;
