import { readFileSync } from 'node:fs'
import { CounterfoilError } from '../errors.ts'
import { type Output, UnusableError, UsageError } from './command.ts'
import { commands, usage } from './commands.ts'

const EXIT_DONE = 0
const EXIT_FAILED = 1
const EXIT_CALLED_WRONGLY = 2

/** Runs one call of `counterfoil`; answers the exit code: 0 done, 1 failed, 2 called wrongly. Never rejects. */
export async function run(argv: readonly string[], output: Output): Promise<number> {
  const [name = '', ...rest] = argv
  try {
    if (name === '--help' || name === '-h') {
      output.out(usage())
      return EXIT_DONE
    }
    if (name === '--version') {
      output.out(version())
      return EXIT_DONE
    }
    const command = commands.find((one) => one.name === name)
    if (command === undefined) {
      throw new UsageError(name === '' ? 'a command is missing' : `there is no command '${name}'`)
    }
    // `simulate` has a text of its own, with its options.
    if (command.hasOwnHelp !== true && rest.some((word) => word === '--help' || word === '-h')) {
      output.out(usage([command]))
      return EXIT_DONE
    }
    return await command.run(rest, output)
  } catch (thrown) {
    return report(thrown, output)
  }
}

function report(thrown: unknown, output: Output): number {
  if (thrown instanceof UsageError || isParseArgsError(thrown)) {
    output.error(`counterfoil: ${thrown.message}\n\n${usage()}`)
    return EXIT_CALLED_WRONGLY
  }
  if (thrown instanceof UnusableError) {
    output.error(`counterfoil: ${thrown.message}`)
    return EXIT_FAILED
  }
  if (thrown instanceof CounterfoilError) {
    output.error(`counterfoil: ${thrown.code}: ${thrown.message}. ${thrown.remedy}`)
    return EXIT_FAILED
  }
  // Anything else is a fault of ours: its stack is what the one who mends it needs.
  output.error(`counterfoil: ${thrown instanceof Error ? thrown.stack : String(thrown)}`)
  return EXIT_FAILED
}

function isParseArgsError(thrown: unknown): thrown is Error {
  return thrown instanceof TypeError && 'code' in thrown && String(thrown.code).startsWith('ERR_PARSE_ARGS_')
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { readonly version: string }).version
}
