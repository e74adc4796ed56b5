import { writeSync } from 'node:fs'
import { sqliteJournal } from '../../src/journal/sqlite/index.ts'
import { opening } from '../../src/testkit/journal-samples.ts'

/* Writes payments into a journal, says each time that one is committed, and dies without closing it. */

const journal = sqliteJournal(process.argv[2] ?? '', { reserveBytes: 4096 })
const say = (line: string): void => void writeSync(1, `${line}\n`)
const PAYMENTS = 3

async function tell(what: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
    say(what)
  } catch (error) {
    say(`not ${what}: ${(error as { readonly code?: string }).code ?? String(error)}`)
  }
}

await tell('opened', () => journal.open({ nodeId: 'node-1' }))
for (let index = 1; index <= PAYMENTS; index++) {
  await tell(`added p${index}`, () => journal.append(opening(`p${index}`)))
}
say('done')
process.kill(process.pid, 'SIGKILL')
