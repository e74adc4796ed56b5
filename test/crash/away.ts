import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { failure } from '../../src/errors.ts'
import type { Journal } from '../../src/journal/journal.ts'
import { AWAY_FILE } from './settings.ts'

/** The journal, which is away for as long as its folder has a file of that name: the test makes and removes it. */
export function journalThatGoesAway(journal: Journal, folder: string): Journal {
  const file = join(folder, AWAY_FILE)
  return new Proxy(journal, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      const call = value.bind(target) as (...given: readonly unknown[]) => unknown
      if (name === 'watch' || name === 'open' || name === 'close') return call
      return async (...given: readonly unknown[]) => {
        if (existsSync(file)) throw failure('CF_JOURNAL_UNAVAILABLE', 'the test took it away')
        return call(...given)
      }
    },
  })
}
