#!/usr/bin/env node
import { enableCompileCache, flushCompileCache } from 'node:module';

// Without it, most of a start would go into stripping the types of the same files as last time.
enableCompileCache();
const { runProgram } = await import('./program.ts');
await runProgram();
flushCompileCache();
