import { writeSync } from 'node:fs'
import { fileSpool } from '../../src/journal/spool/index.ts'
import type { SpoolRecord } from '../../src/journal/spool.ts'

/* Keeps answers in a spool, says each time that one is kept or removed, and dies without closing it. */

const spool = fileSpool(process.argv[2] ?? '', { bytes: 64 * 1024 })
const say = (line: string): void => void writeSync(1, `${line}\n`)
const ROUNDS = 9
/** So long that the room of what was removed must be won back on the way. */
const RAW_CHARACTERS = 12_000

const recordOf = (id: string): SpoolRecord => ({
  id,
  paymentId: `payment-${id}`,
  reference: `reference-${id}`,
  leg: 1,
  fence: 1,
  atMs: 1_000,
  finding: {
    kind: 'approved',
    askedAtMs: 900,
    evidence: { source: 'answer', atMs: 950, text: 'AUTHORISED', raw: 'x'.repeat(RAW_CHARACTERS) },
  },
})

async function tell(what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
    say(what)
  } catch (error) {
    say(`not ${what}: ${(error as { readonly code?: string }).code ?? String(error)}`)
  }
}

await tell('opened', async () => void (await spool.open({ nodeId: 'node-1' })))
for (let round = 1; round <= ROUNDS; round++) {
  const id = `r${round}`
  say(`adding ${id}`)
  await tell(`added ${id}`, () => spool.add(recordOf(id)))
  if (round < 3) continue
  const old = `r${round - 2}`
  say(`removing ${old}`)
  await tell(`removed ${old}`, () => spool.remove(old))
}
say('done')
process.kill(process.pid, 'SIGKILL')
