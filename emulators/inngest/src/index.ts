export { type InngestEmulator, type InngestEmulatorOptions, startInngestEmulator } from './emulator.ts';
