import { parseArgs } from 'node:util'
import { reasonOf } from '../../src/errors.ts'

export const USAGE = `npm run simulate -- [--seeds N] [--first SEED] [--threads N] [--mutate NAME] [--pairs] [--json]
npm run simulate -- --replay SEED [--only LIST | --without LIST] [--mutate NAME]
npm run simulate -- --list-mutations

Plays the engine in a simulation that crashes, delays and loses everything it can, and checks its promises.
A seed that breaks one is played again with less and less, and shown with the fewest faults that still break it.

  --seeds N         how many seeds to play (2000)
  --first SEED      the first of them (1)
  --threads N       in so many threads (2)
  --replay SEED     one seed, told as it happens
  --only LIST       of its faults nothing but these strikes and orders: order-1,pause#2,answer-lost#1
  --without LIST    without these strikes, orders, or whole faults: pause#2,answer-lost
  --mutate NAME     with a mistake made on purpose: it must be found
  --list-mutations  the names of these mistakes, one a line
  --pairs           tell of each two faults in how many seeds they met
  --json            nothing but one line of JSON at the end
`

export interface Arguments {
  readonly seeds: number
  readonly first: number
  readonly threads: number
  readonly replay: number | undefined
  readonly only: ReadonlySet<string> | undefined
  readonly without: ReadonlySet<string>
  readonly mutate: string | undefined
  readonly listMutations: boolean
  readonly pairs: boolean
  readonly json: boolean
  readonly help: boolean
}

/** Called wrongly: one line, nothing played. */
export function usageError(text: string): never {
  console.error(`simulate: ${text}`)
  process.exit(2)
}

export function readArguments(): Arguments {
  const values = parsed()
  return {
    seeds: countFrom('seeds', values.seeds),
    first: countFrom('first', values.first),
    threads: countFrom('threads', values.threads),
    replay: values.replay === undefined ? undefined : countFrom('replay', values.replay),
    only: values.only === undefined ? undefined : listFrom(values.only),
    without: listFrom(values.without),
    mutate: values.mutate,
    listMutations: values['list-mutations'],
    pairs: values.pairs,
    json: values.json,
    help: values.help,
  }
}

function parsed() {
  try {
    return parseArgs({
      options: {
        seeds: { type: 'string', default: '2000' },
        first: { type: 'string', default: '1' },
        threads: { type: 'string', default: '2' },
        replay: { type: 'string' },
        only: { type: 'string' },
        without: { type: 'string', default: '' },
        mutate: { type: 'string' },
        'list-mutations': { type: 'boolean', default: false },
        pairs: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    return usageError(`${reasonOf(error)} (--help tells the options)`)
  }
}

/** A whole number of at least 1: a slip of the finger must not pass as a run without violations. */
function countFrom(option: string, text: string): number {
  const count = Number(text)
  if (/^\d{1,9}$/.test(text) && count >= 1) return count
  return usageError(`--${option} must be a whole number from 1 to 999999999, not '${text}'`)
}

function listFrom(text: string): ReadonlySet<string> {
  return new Set(text.split(',').filter((name) => name !== ''))
}
