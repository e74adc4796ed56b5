import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { reasonOf } from '../src/errors.ts'
import { type Found, search } from './search.ts'
import { ensureTools } from './tools.ts'
import { allVariants, quickVariants, type Variant } from './variants.ts'

const USAGE = `npm run model -- [--quick] [--json]

Checks the protocol of the engine as a SPIN model (model/README.md): every state that crashes, take-overs, a bad network
and late inquiries can lead to. Deliberate mistakes are made in it one by one, and each must be refuted. It ends with 0
when everything is as expected and every search was whole.

  --quick   smaller bounds, and the same mistakes: less than 25 s on two cores instead of six minutes
  --json    nothing but one line of JSON at the end
`

/** A search uses one core. */
const AT_ONCE = 2
const SECONDS_MAX = { quick: 120, full: 900 }

/** What is missing on this machine, or was called wrongly; 1 is for what was found. */
const CANNOT_RUN = 2

const interrupted = new AbortController()
process.once('SIGINT', () => interrupted.abort())
process.once('SIGTERM', () => interrupted.abort())

try {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) process.stdout.write(USAGE)
  else await checkModel(values)
} catch (error) {
  process.stderr.write(`model: ${reasonOf(error)}\n`)
  process.exitCode = CANNOT_RUN
}

async function checkModel({
  quick,
  json,
}: {
  readonly quick: boolean
  readonly json: boolean
}): Promise<void> {
  ensureTools((line) => process.stderr.write(`${line}\n`))
  const say = (line: string): void => {
    if (!json) process.stdout.write(`${line}\n`)
  }
  const startedMs = performance.now()
  say(row('name', 'flags', 'expected', 'verdict', 'states', 'depth', 'seconds'))
  const all = await searchAll(quick ? quickVariants : allVariants, quick, (found) => say(line(found)))
  const seconds = Number(((performance.now() - startedMs) / 1_000).toFixed(1))
  const isGood = all.every(({ isAsExpected }) => isAsExpected)
  const states = all.reduce((sum, found) => sum + found.states, 0)
  say(`\n${all.length} searches, ${states} states, ${seconds} s. ${conclusion(all)}`)
  if (json)
    process.stdout.write(`${JSON.stringify({ isGood, states, seconds, searches: all.map(inJson) })}\n`)
  if (!isGood) process.exitCode = 1
}

/** Two at a time, in their order; each is told as it ends. */
async function searchAll(
  variants: readonly Variant[],
  quick: boolean,
  tell: (found: Found) => void,
): Promise<readonly Found[]> {
  const folder = await mkdtemp(join(tmpdir(), 'counterfoil-model-'))
  const secondsMax = quick ? SECONDS_MAX.quick : SECONDS_MAX.full
  const results: Found[] = []
  const queue = variants.entries()
  const worker = async (): Promise<void> => {
    for (const [index, variant] of queue) {
      const found = await search(variant, join(folder, String(index)), secondsMax, interrupted.signal)
      results[index] = found
      tell(found)
    }
  }
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
    return results
  } finally {
    interrupted.abort()
    await rm(folder, { recursive: true, force: true })
  }
}

function conclusion(all: readonly Found[]): string {
  const wrong = all.filter(({ isAsExpected }) => !isAsExpected)
  if (wrong.length === 0) return 'What must hold holds, and every mistake is refuted.'
  return `NOT AS EXPECTED: ${wrong.map(({ variant }) => variant.name).join(', ')}.`
}

function line({ variant, verdict, isAsExpected, why, states, depth, seconds }: Found): string {
  const text = row(
    variant.name,
    variant.flags.join(' '),
    variant.expected,
    verdict,
    String(states),
    String(depth),
    seconds.toFixed(1),
  )
  const reason = why === undefined ? '' : `: ${why}`
  return isAsExpected ? text : `${text}  NOT AS EXPECTED${reason}`
}

function row(...[name = '', flags = '', expected = '', verdict = '', ...numbers]: readonly string[]): string {
  const texts = [name.padEnd(44), flags.padEnd(76), expected.padEnd(8), verdict.padEnd(31)]
  return [...texts, ...numbers.map((number) => number.padStart(9))].join(' ')
}

function inJson({ variant, ...found }: Found): unknown {
  const { name, model, flags, expected } = variant
  return { name, model, flags, expected, ...found }
}
