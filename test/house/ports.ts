/** The rooms in which nothing happens but thinking: no clock, timer, randomness, network, file or process (design 3C). */
export const pureRooms: readonly string[] = [
  'src/money/',
  'src/payment/',
  'src/pipeline/',
  'src/settlement/',
  'src/engine/',
  'src/gateways/',
]

/** The files of the ports: what the engine waits for ends in a method that is declared in one of them. */
export const portFiles: readonly string[] = [
  'src/journal/journal.ts',
  'src/journal/spool.ts',
  'src/gateway/transport.ts',
  'src/shop/shop.ts',
  'src/world.ts',
  // `run` and `undo` of the shop's own steps.
  'src/pipeline/step.ts',
]

/** What every program has and that answers the same on each day. Any other global name is refused in a pure room. */
export const harmlessGlobals: readonly string[] = [
  'AbortController',
  'AbortSignal',
  'AggregateError',
  'Array',
  'BigInt',
  'Boolean',
  'Buffer',
  'Date',
  'Error',
  'Infinity',
  'Intl',
  'JSON',
  'Map',
  'Math',
  'NaN',
  'Number',
  'Object',
  'Promise',
  'RangeError',
  'RegExp',
  'Set',
  'String',
  'Symbol',
  'TextDecoder',
  'TextEncoder',
  'TypeError',
  'URL',
  'URLSearchParams',
  'Uint8Array',
  'WeakMap',
  'decodeURIComponent',
  'encodeURIComponent',
  'structuredClone',
  'undefined',
]

/** Members of harmless globals that are a clock, a timer or a source of chance, or that hide who is waited for. */
export const harmfulMembers: readonly string[] = [
  'AbortSignal.timeout',
  'Date.now',
  'Math.random',
  'Promise.any',
  'Promise.race',
  'Promise.withResolvers',
]

/** Of these modules a pure room may import these names only. */
export const harmlessImports: Readonly<Record<string, readonly string[]>> = {
  'node:crypto': [
    'createCipheriv',
    'createDecipheriv',
    'createHash',
    'createHmac',
    'hash',
    'hkdfSync',
    'timingSafeEqual',
  ],
}

/** Single places that may do what their room may not, each with its reason. */
export const allowed: readonly { readonly file: string; readonly what: string; readonly why: string }[] = [
  { file: 'src/engine/defaults.ts', what: 'process', why: 'the default log is a line on stderr' },
  {
    file: 'src/engine/beside.ts',
    what: 'new Promise',
    why: 'settled by a timer of the world, or by work that ends in a port',
  },
  {
    file: 'src/engine/deadline.ts',
    what: 'new Promise',
    why: 'settled by a timer of the world, or by a call of a port',
  },
]
