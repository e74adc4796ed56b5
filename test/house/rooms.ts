/** One room of src: what stands in it may import these rooms and packages, and nothing else. */
export interface Room {
  /** A folder of src, one file of it, or files that begin alike (`x-*`). The longest that fits is the room of a file. */
  readonly at: string
  /** Rooms, or single files of rooms, that it may import beside its own files. */
  readonly mayImport: readonly string[]
  /** Packages and `node:` modules that it may import. */
  readonly packages: readonly string[]
}

const below = ['errors.ts', 'money', 'payment']

/**
 * The rooms of the house and the arrows between them (design section 6):
 * money <- payment <- {gateway, journal, shop} <- pipeline <- engine <- server <- cli.
 * Adapters import their port and what is below it, never one another.
 */
export const rooms: readonly Room[] = [
  { at: 'errors.ts', mayImport: [], packages: [] },
  { at: 'world.ts', mayImport: [], packages: ['node:crypto', 'node:os'] },
  { at: 'money', mayImport: ['errors.ts'], packages: [] },
  { at: 'payment', mayImport: ['errors.ts', 'money'], packages: ['node:crypto'] },
  { at: 'gateway', mayImport: below, packages: ['saxes', 'node:crypto'] },
  // The transport over HTTP: an adapter that fills the port transport.ts.
  {
    at: 'gateway/http-*',
    mayImport: ['errors.ts', 'gateway'],
    packages: ['undici', 'node:events', 'node:http', 'node:net', 'node:tls'],
  },
  { at: 'journal', mayImport: below, packages: [] },
  { at: 'shop', mayImport: below, packages: [] },
  // What a provider's settlement report says, beside what is written down here.
  { at: 'settlement', mayImport: below, packages: ['node:crypto', 'csv-parse/sync'] },
  { at: 'shop/order-book', mayImport: [...below, 'shop'], packages: [] },
  {
    at: 'shop/order-book/index.ts',
    mayImport: ['shop', 'shop/order-book', 'shop/order-book/postgres', 'shop/order-book/sqlite'],
    packages: [],
  },
  {
    at: 'shop/order-book/postgres',
    mayImport: [...below, 'shop', 'shop/order-book', 'postgres', 'journal/names.ts'],
    packages: [],
  },
  {
    at: 'shop/order-book/sqlite',
    mayImport: [...below, 'shop', 'shop/order-book', 'sqlite', 'journal/group-commit.ts'],
    packages: ['node:fs', 'node:path', 'node:sqlite', 'node:worker_threads'],
  },
  // Out to the shop over HTTP: an adapter that fills the port shop.ts.
  {
    at: 'shop/webhook',
    mayImport: [...below, 'shop'],
    packages: ['node:crypto', 'node:dns/promises', 'node:http', 'node:https', 'node:net', 'node:tls'],
  },
  {
    at: 'pipeline',
    mayImport: [...below, 'gateway', 'journal', 'shop'],
    packages: ['typebox', 'typebox/value'],
  },
  {
    at: 'engine',
    mayImport: [...below, 'gateway', 'journal', 'settlement', 'shop', 'pipeline', 'world.ts'],
    packages: ['node:crypto', 'typebox', 'typebox/value'],
  },
  {
    at: 'server',
    mayImport: [
      'errors.ts',
      'money',
      'engine/api.ts',
      'gateway/card.ts',
      'shop/order-book.ts',
      'server/tries/postgres-*',
      'server/tries/sqlite-*',
    ],
    packages: [
      'fastify',
      '@fastify/cookie',
      '@fastify/formbody',
      '@fastify/swagger',
      'node:crypto',
      'node:http',
      'node:net',
      'node:stream',
      'typebox',
      'typebox/value',
    ],
  },
  // The counts of tries that all nodes share.
  { at: 'server/tries/postgres-*', mayImport: ['errors.ts', 'server', 'postgres'], packages: [] },
  // The counts of tries that outlive a restart. The driver is loaded when it is asked for.
  {
    at: 'server/tries/sqlite-*',
    mayImport: ['errors.ts', 'server', 'sqlite'],
    packages: ['node:fs', 'node:path', 'node:sqlite'],
  },
  {
    at: 'gateways/worldpay',
    mayImport: [...below, 'gateway', 'settlement', 'world.ts'],
    packages: ['node:crypto'],
  },
  { at: 'journal/memory', mayImport: [...below, 'journal', 'world.ts'], packages: [] },
  {
    at: 'journal/sqlite',
    mayImport: [...below, 'journal', 'sqlite', 'world.ts'],
    packages: [
      'node:crypto',
      'node:sqlite',
      'node:worker_threads',
      'node:fs',
      'node:path',
      'node:os',
      'node:url',
    ],
  },
  // The file of answers that the journal could not take. It is owned like a journal's file.
  {
    at: 'journal/spool',
    mayImport: [...below, 'journal', 'journal/sqlite/owner-lock.ts'],
    packages: ['node:crypto', 'node:fs', 'node:fs/promises', 'node:path'],
  },
  // Threads that write, and what is wrong with a file, for every adapter that keeps its tables in SQLite. It loads no driver.
  { at: 'sqlite', mayImport: ['errors.ts'], packages: ['node:worker_threads'] },
  // Connections to a primary, for every adapter that keeps its tables in PostgreSQL. The driver is loaded when one opens.
  { at: 'postgres', mayImport: ['errors.ts'], packages: ['node:fs', 'node:net', 'node:tls', 'pg'] },
  {
    at: 'journal/postgres',
    mayImport: [...below, 'journal', 'postgres'],
    packages: ['node:crypto', 'node:timers/promises'],
  },
  {
    at: 'simulators',
    mayImport: ['errors.ts', 'money', 'world.ts'],
    packages: ['node:crypto', 'node:fs', 'node:http', 'node:net', 'saxes'],
  },
  {
    at: 'testkit',
    mayImport: [...below, 'gateway', 'journal', 'shop', 'world.ts'],
    packages: ['node:test', 'node:assert/strict'],
  },
  // The server alone: puts engine, journal, pages and API together as one configuration says.
  {
    at: 'standalone',
    mayImport: [
      'errors.ts',
      'gateway',
      'gateway/http-transport.ts',
      'journal/postgres',
      'journal/spool',
      'journal/sqlite',
      'pipeline',
      'postgres',
      'engine',
      'server',
      'server/tries/postgres-*',
      'server/tries/sqlite-*',
      'shop',
      'shop/order-book',
      'shop/order-book/postgres',
      'shop/order-book/sqlite',
      'shop/webhook',
      'simulators',
      'world.ts',
    ],
    packages: [
      'node:crypto',
      'node:dns/promises',
      'node:fs',
      'node:http',
      'node:net',
      'node:path',
      'node:timers/promises',
      'node:tls',
    ],
  },
  {
    at: 'cli',
    mayImport: [
      ...below,
      'journal',
      'journal/postgres',
      'journal/sqlite',
      'pipeline',
      'engine',
      'server',
      'settlement',
      'gateways/worldpay/settlement.ts',
      'simulators',
      'shop',
      'standalone',
      'world.ts',
    ],
    packages: ['node:timers/promises', 'node:util', 'node:fs', 'node:fs/promises', 'node:path', 'node:url'],
  },
  {
    at: 'index.ts',
    mayImport: [...below, 'gateway', 'journal', 'journal/memory', 'shop', 'pipeline', 'engine', 'world.ts'],
    packages: [],
  },
]

/** An arrow that the table above does not have, with the reason why this one file has it. */
export const exceptions: readonly ArrowException[] = [
  {
    file: 'engine/defaults.ts',
    imports: 'gateway/http-transport.ts',
    why: 'what production uses where the configuration says nothing',
  },
  {
    file: 'cli/configuration-file.ts',
    imports: 'pathToFileURL(path).href',
    why: 'the configuration that --config names',
  },
]

export interface ArrowException {
  readonly file: string
  readonly imports: string
  readonly why: string
}

/** The room of a file of src; undefined when no room has it. */
export function roomOf(path: string): Room | undefined {
  return rooms
    .filter(({ at }) => path === at || path.startsWith(at.endsWith('*') ? at.slice(0, -1) : `${at}/`))
    .toSorted((one, other) => other.at.length - one.at.length)[0]
}
