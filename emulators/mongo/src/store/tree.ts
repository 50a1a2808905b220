/** How many entries a node holds before it is split. */
const WIDTH = 64;

interface Leaf<K, V> {
  owner: object;
  keys: K[];
  values: V[];
  children?: undefined;
}
interface Inner<K, V> {
  owner: object;
  /** The least key of each child, or a key below it. */
  keys: K[];
  children: Node<K, V>[];
}
type Node<K, V> = Leaf<K, V> | Inner<K, V>;

/**
 * An ordered map: a B+ tree whose forks share their nodes. A fork costs nothing; who writes first to a shared node copies
 * it (a node belongs to the tree whose `owner` it carries). So a transaction gets a snapshot of everything at once.
 */
export class Tree<K extends string | number, V> {
  private root: Node<K, V>;
  private owner: object = {};
  private count: number;

  constructor(root?: Node<K, V>, size = 0) {
    this.root = root ?? { owner: this.owner, keys: [], values: [] };
    this.count = size;
  }

  get size(): number {
    return this.count;
  }

  /** A tree with the same entries; from now on neither sees what is done to the other. */
  fork(): Tree<K, V> {
    this.owner = {};
    return new Tree(this.root, this.count);
  }

  get(key: K): V | undefined {
    let node = this.root;
    while (node.children) node = node.children[childAt(node.keys, key)] as Node<K, V>;
    const at = firstAtLeast(node.keys, key);
    return node.keys[at] === key ? node.values[at] : undefined;
  }

  set(key: K, value: V): void {
    this.root = this.own(this.root);
    const split = this.insert(this.root, key, value);
    if (split)
      this.root = {
        owner: this.owner,
        keys: [leastKey(this.root), leastKey(split)],
        children: [this.root, split],
      };
  }

  delete(key: K): boolean {
    if (this.get(key) === undefined) return false;
    this.root = this.own(this.root);
    this.remove(this.root, key);
    while (this.root.children?.length === 1) this.root = this.root.children[0] as Node<K, V>;
    this.count--;
    return true;
  }

  /** The values from a key on (from the least without one), in order. The tree must not be changed meanwhile. */
  *from(key?: K): Generator<[K, V]> {
    yield* ascending(this.root, key);
  }

  /** The values up to and including those whose key `below` accepts (all without it), from the greatest down. */
  *downFrom(below?: (key: K) => boolean): Generator<[K, V]> {
    yield* descending(this.root, below);
  }

  *values(): Generator<V> {
    for (const [, value] of ascending(this.root, undefined)) yield value;
  }

  private own<N extends Node<K, V>>(node: N): N {
    if (node.owner === this.owner) return node;
    const copy = node.children
      ? { owner: this.owner, keys: [...node.keys], children: [...node.children] }
      : { owner: this.owner, keys: [...node.keys], values: [...node.values] };
    return copy as N;
  }

  /** Answers the right half where the node had to be split. */
  private insert(node: Node<K, V>, key: K, value: V): Node<K, V> | undefined {
    if (!node.children) {
      const at = firstAtLeast(node.keys, key);
      if (node.keys[at] === key) {
        node.values[at] = value;
        return undefined;
      }
      this.count++;
      node.keys.splice(at, 0, key);
      node.values.splice(at, 0, value);
    } else {
      const at = childAt(node.keys, key);
      const child = this.own(node.children[at] as Node<K, V>);
      node.children[at] = child;
      const split = this.insert(child, key, value);
      if (split) {
        node.keys.splice(at + 1, 0, leastKey(split));
        node.children.splice(at + 1, 0, split);
      }
    }
    return node.keys.length > WIDTH ? this.split(node, key) : undefined;
  }

  /** Keys often come in rising order: a node that overflows at its end keeps all but the new entry. */
  private split(node: Node<K, V>, key: K): Node<K, V> {
    const appended = (node.keys.at(-1) as K) <= key;
    const at = appended ? node.keys.length - 1 : node.keys.length >> 1;
    const keys = node.keys.splice(at);
    return node.children
      ? { owner: this.owner, keys, children: node.children.splice(at) }
      : { owner: this.owner, keys, values: node.values.splice(at) };
  }

  private remove(node: Node<K, V>, key: K): void {
    if (!node.children) {
      const at = firstAtLeast(node.keys, key);
      node.keys.splice(at, 1);
      node.values.splice(at, 1);
      return;
    }
    const at = childAt(node.keys, key);
    const child = this.own(node.children[at] as Node<K, V>);
    node.children[at] = child;
    this.remove(child, key);
    if (child.keys.length === 0 && node.children.length > 1) {
      node.keys.splice(at, 1);
      node.children.splice(at, 1);
    } else if (child.keys.length < WIDTH / 4) {
      this.join(node, at);
    }
  }

  /** Puts two small neighbours into one node, so that a tree that shrinks has few nodes. */
  private join(node: Inner<K, V>, at: number): void {
    const left = at > 0 ? at - 1 : at;
    const [a, b] = [node.children[left], node.children[left + 1]];
    if (!a || !b || a.keys.length + b.keys.length > WIDTH / 2) return;
    const into = this.own(a);
    into.keys.push(...(into.children ? [node.keys[left + 1] as K, ...b.keys.slice(1)] : b.keys));
    if (into.children && b.children) into.children.push(...b.children);
    else if (!into.children && !b.children) into.values.push(...b.values);
    node.children[left] = into;
    node.keys.splice(left + 1, 1);
    node.children.splice(left + 1, 1);
  }
}

function leastKey<K, V>(node: Node<K, V>): K {
  return node.keys[0] as K;
}

function firstAtLeast<K extends string | number>(keys: K[], key: K): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] as K) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The child that a key belongs to: the last whose least key is not above it. */
function childAt<K extends string | number>(keys: K[], key: K): number {
  let [low, high] = [1, keys.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] as K) <= key) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function* ascending<K extends string | number, V>(node: Node<K, V>, key: K | undefined): Generator<[K, V]> {
  if (!node.children) {
    const start = key === undefined ? 0 : firstAtLeast(node.keys, key);
    for (let at = start; at < node.keys.length; at++) yield [node.keys[at] as K, node.values[at] as V];
    return;
  }
  const start = key === undefined ? 0 : childAt(node.keys, key);
  for (let at = start; at < node.children.length; at++) {
    yield* ascending(node.children[at] as Node<K, V>, at === start ? key : undefined);
  }
}

function* descending<K extends string | number, V>(
  node: Node<K, V>,
  below?: (key: K) => boolean,
): Generator<[K, V]> {
  for (let at = node.keys.length - 1; at >= 0; at--) {
    const key = node.keys[at] as K;
    if (node.children) {
      // A child whose least key is too great has nothing to give.
      if (at === 0 || !below || below(key)) yield* descending(node.children[at] as Node<K, V>, below);
    } else if (!below || below(key)) {
      yield [key, node.values[at] as V];
    }
  }
}
