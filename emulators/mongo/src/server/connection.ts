import type { Socket } from 'node:net';
import { type Document, isDocument } from '../bson/document.ts';
import { isNumeric, toNumber } from '../bson/numbers.ts';
import { CommandError } from '../errors.ts';
import type { Executor } from './executor.ts';
import type { ServerFacts } from './facts.ts';
import { type Fault, HangUp } from './fail-points.ts';
import { BrokenFrame, Frames } from './frames.ts';
import { parseMessage, type Request } from './message.ts';
import type { OpCounters } from './op-counters.ts';
import { encodeReply } from './reply.ts';

export interface ConnectionServices {
  executor: Executor;
  facts: ServerFacts;
  counters: OpCounters;
  /** Called for an error that is ours. */
  report(error: unknown): void;
}

/** How much a client may have us hold for it that it does not read, in bytes, before it is no longer answered. */
const MOST_UNREAD = 32 * 1024 * 1024;

/**
 * Serves one connection. Its messages are answered one after the other; bytes that are no messages close it.
 */
export function serveConnection(socket: Socket, services: ConnectionServices): void {
  const frames = new Frames();
  const state: ClientState = { appName: undefined, replies: 0 };
  let queue: Promise<void> = Promise.resolve();
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    try {
      for (const frame of frames.push(chunk)) {
        const request = parseMessage(frame);
        socket.pause();
        queue = queue.then(() => answer(socket, request, services, state));
      }
    } catch (error) {
      if (!(error instanceof BrokenFrame)) services.report(error);
      socket.destroy();
      return;
    }
    queue = queue.then(() => void socket.resume());
  });
}

interface ClientState {
  appName: string | undefined;
  replies: number;
}

async function answer(
  socket: Socket,
  request: Request,
  services: ConnectionServices,
  state: ClientState,
): Promise<void> {
  if (socket.destroyed) return;
  const { command } = request;
  const name = command instanceof CommandError ? '' : (Object.keys(command)[0] ?? '');
  const fault =
    command instanceof CommandError
      ? undefined
      : services.executor.failPoints.take(name, command, state.appName);
  if (fault?.blockMs) await new Promise((resolve) => setTimeout(resolve, fault.blockMs));
  if (fault?.closeConnection) {
    socket.destroy();
    return;
  }
  const body =
    command instanceof CommandError ? command.toReply() : await run(name, command, fault, services, state);
  if (!body) {
    socket.destroy();
    return;
  }
  if (!request.wantsReply || socket.destroyed) return;
  socket.write(encodeReply(request, ++state.replies, body));
  if (socket.writableLength > MOST_UNREAD) await drained(socket);
}

/** Resolves once the client has read what it was sent, or is gone. */
function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      socket.off('drain', done).off('close', done);
      resolve();
    };
    socket.on('drain', done).on('close', done);
  });
}

/** The answer to a command, or undefined where the connection is to be closed instead. */
async function run(
  name: string,
  command: Document,
  fault: Fault | undefined,
  { executor, facts, counters, report }: ConnectionServices,
  state: ClientState,
): Promise<Document | undefined> {
  counters.count(name);
  try {
    if (fault?.error) throw fault.error;
    if (isDocument(command['client']) && isDocument(command['client']['application'])) {
      state.appName = String(command['client']['application']['name']);
    }
    const reply = await executor.run(name, command, facts);
    return { ...reply, ...fault?.writeConcernError, ...unsatisfiable(command), ok: 1 };
  } catch (error) {
    if (error instanceof HangUp) return undefined;
    if (error instanceof CommandError) return error.toReply();
    report(error);
    return new CommandError(
      'InternalError',
      error instanceof Error ? error.message : String(error),
    ).toReply();
  }
}

/** There is one member: a write concern that asks for more cannot be met. */
function unsatisfiable({ writeConcern }: Document): Document {
  const w = isDocument(writeConcern) ? writeConcern['w'] : undefined;
  if (!isNumeric(w) || toNumber(w) <= 1) return {};
  return {
    writeConcernError: {
      code: 100,
      codeName: 'UnsatisfiableWriteConcern',
      errmsg: 'UnsatisfiableWriteConcern: Not enough data-bearing nodes',
    },
  };
}
