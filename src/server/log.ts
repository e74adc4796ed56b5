import { CounterfoilError } from '../errors.ts'
import { maskCardNumbers } from '../gateway/card.ts'
import type { Settings } from './options.ts'

const STACK_LINES_MAX = 6

/**
 * Logs an error that no page explains. `where` is the route, not the address: links carry tokens. What the message
 * quotes is unknown, so card numbers are cut out of it (S8).
 */
export function logUnexpected(settings: Settings, error: unknown, where: string): void {
  const known = error instanceof Error ? error : new Error('something that is no error was thrown')
  const stack = (known.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  const frames = stack.slice(0, STACK_LINES_MAX).map((line) => line.trim())
  settings.log({
    level: 'error',
    message: maskCardNumbers(`${where}: ${known.name}: ${known.message} ${frames.join(' ')}`),
    ...(error instanceof CounterfoilError && { code: error.code }),
  })
}
