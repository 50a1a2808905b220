export { type ClerkEmulator, type ClerkEmulatorOptions, startClerkEmulator } from './emulator.ts';
export type { MintOptions } from './tokens/mint.ts';
