export { type InngestEmulator, type InngestEmulatorOptions, startInngestEmulator } from './emulator.ts';
export type { Fault } from './engine/faults.ts';
