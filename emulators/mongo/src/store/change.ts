import type { Document } from '../bson/document.ts';
import type { Collection } from './collection.ts';
import type { CollectionIndex } from './collection-index.ts';
import type { IndexSpec } from './index-spec.ts';
import type { Stored } from './record.ts';

type DocumentChangeKind = 'insert' | 'update' | 'replace' | 'delete';

/** One step of what a command did: enough to write it to disk, to take it back, and to do it again. */
export type Change =
  | {
      kind: DocumentChangeKind;
      namespace: string;
      collection: number;
      before: Stored | undefined;
      after: Stored | undefined;
    }
  | { kind: 'create'; namespace: string; collection: number; options: Document }
  | { kind: 'drop'; namespace: string; dropped: Collection }
  | { kind: 'rename'; namespace: string; to: string; collection: number; dropped: Collection | undefined }
  | { kind: 'options'; namespace: string; collection: number; before: Document; after: Document }
  | { kind: 'createIndex'; namespace: string; collection: number; spec: IndexSpec }
  | { kind: 'dropIndex'; namespace: string; collection: number; dropped: CollectionIndex };

export type DocumentChange = Extract<Change, { kind: DocumentChangeKind }>;

export function isDocumentChange(change: Change): change is DocumentChange {
  return 'after' in change && 'before' in change && change.kind !== 'options';
}
