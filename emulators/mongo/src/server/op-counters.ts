import type { Document } from '../bson/document.ts';

const NAMES: Readonly<Record<string, string>> = {
  insert: 'insert',
  find: 'query',
  update: 'update',
  delete: 'delete',
  getMore: 'getmore',
};

/** How often each kind of command was sent: what `opcounters` of `serverStatus` tells. Names from outside are not kept. */
export class OpCounters {
  private readonly counts = { insert: 0, query: 0, update: 0, delete: 0, getmore: 0, command: 0 };

  count(command: string): void {
    const kind = (Object.hasOwn(NAMES, command) ? NAMES[command] : 'command') as keyof typeof this.counts;
    this.counts[kind]++;
  }

  shown(): Document {
    return { ...this.counts };
  }
}
