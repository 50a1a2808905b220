export { adminOnly } from './admin-only.ts';
export { assertMay, callersScope } from './ownership.ts';
export { protectRoute } from './protect-route.ts';
export { requirePermission } from './require-permission.ts';
export { requireReverification } from './require-reverification.ts';
export { requireRole } from './require-role.ts';
