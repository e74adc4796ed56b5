import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { text } from 'node:stream/consumers'
import { sqliteJournal } from 'counterfoil/sqlite'
import { END_WITHIN_MS, eventually, inTime } from '../e2e/limits.ts'
import { ExampleShop, type Surroundings, surroundings } from './example-shop.ts'
import { buyTea } from './payer.ts'

/** Where the examples stand, and how Node runs them there. */
export interface Place {
  folderOf(example: string): string
  /** What stands in front of the program's name. */
  readonly options: readonly string[]
}

const PROGRAM = 'main.ts'

/** A shop with the payer's pages below it: an order is paid, and the process ends when it is asked to. */
export async function takesPayments(example: string, place: Place): Promise<void> {
  await using around = await surroundings()
  await using shop = await ExampleShop.open(place.folderOf(example), [...place.options, PROGRAM], around)
  await buyTea(around.shopUrl, around.simulator)
  assert.equal(await shop.end(), 0, shop.printed)
}

export async function paysAndSaysSo(place: Place): Promise<void> {
  await using around = await surroundings()
  const paid = await new Run('script', place, around).ended
  assert.equal(paid.printed, 'order-1 is paid, by card 4444********1111\nThe shop says: paid\n')
  const refused = await new Run('script', place, around, 'REFUSED').ended
  assert.match(refused.printed, /^order-2 is declined,.*\nThe shop says: not paid\n$/)
  assert.deepEqual([paid.code, refused.code], [0, 0])
}

/** The script is killed while the provider has the money; what cron starts finds it out, and the shop is told. */
export async function finishesWhatWasKilled(place: Place): Promise<void> {
  await using around = await surroundings()
  const { worldpay, worldpayUrls } = around.simulator
  const body = JSON.stringify({ kind: 'late', on: 'charge', delayMs: 20_000 })
  assert.equal((await fetch(`${worldpayUrls.control}faults`, { method: 'POST', body })).status, 201)
  const script = new Run('script', place, around)
  await eventually('the provider has the money', END_WITHIN_MS, () => worldpay.ledger().orders[0])
  script.child.kill('SIGKILL')
  await script.ended
  assert.deepEqual(paidOrders(around), [])
  await eventually('cron has told the shop', END_WITHIN_MS, async () => {
    assert.deepEqual(await new Run('cron', place, around).ended, { code: 0, printed: '' })
    return paidOrders(around)[0]
  })
  assert.deepEqual(
    worldpay.ledger().orders.map(({ executions }) => executions),
    [1],
  )
}

/** A journal in SQLite has one owner: cron leaves the work to it, and the script waits until it has gone. */
export async function leavesTheJournalToItsOwner(place: Place): Promise<void> {
  await using around = await surroundings()
  const journal = sqliteJournal(join(around.dataFolder, 'payments.db'))
  await journal.open({ nodeId: 'somebody-else' })
  const script = new Run('script', place, around)
  await eventually('the script has begun', END_WITHIN_MS, () =>
    existsSync(join(around.dataFolder, 'shop.db')) ? true : undefined,
  )
  assert.deepEqual(await new Run('cron', place, around).ended, { code: 0, printed: '' })
  assert.equal(script.child.exitCode, null)
  assert.equal(around.simulator.worldpay.ledger().orders.length, 0)
  await journal.close()
  assert.match((await script.ended).printed, /^order-1 is paid/)
}

/** A program that ends by itself. */
class Run {
  readonly child: ChildProcess
  readonly ended: Promise<{ readonly code: unknown; readonly printed: string }>

  constructor(
    example: string,
    { folderOf, options }: Place,
    { env }: Surroundings,
    ...words: readonly string[]
  ) {
    const child = spawn(process.execPath, [...options, PROGRAM, ...words], {
      cwd: folderOf(example),
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.child = child
    const ended = Promise.all([once(child, 'exit'), text(child.stdout)])
    this.ended = inTime(`${example} ends`, END_WITHIN_MS, ended).then(([[code], printed]) => ({
      code,
      printed,
    }))
  }
}

function paidOrders({ dataFolder }: Surroundings): readonly unknown[] {
  const database = new DatabaseSync(join(dataFolder, 'shop.db'), { readOnly: true })
  try {
    return database.prepare('SELECT number FROM orders WHERE is_paid = 1').all()
  } finally {
    database.close()
  }
}
