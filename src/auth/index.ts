export { adminOnly } from './admin-only.ts';
export { protectRoute } from './protect-route.ts';
export { requireRole } from './require-role.ts';
