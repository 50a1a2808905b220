export { type Clock, createClock } from './clock.ts';
export { type CommandLine, isMain, runCommandLine } from './command-line.ts';
export { EmulatorError } from './errors.ts';
export { type Listening, listen } from './listen.ts';
export { openStorage, type Storage, type StorageOptions } from './storage.ts';
