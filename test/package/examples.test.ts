import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { root, textOf } from '../../scripts/program.ts'
import {
  finishesWhatWasKilled,
  leavesTheJournalToItsOwner,
  paysAndSaysSo,
  type Place,
  takesPayments,
} from './example-checks.ts'

const here: Place = {
  folderOf: (example) => `${root}/examples/${example}`,
  options: ['-C', 'counterfoil-source'],
}

describe('the examples in the repository', { concurrency: 2 }, () => {
  for (const host of ['node', 'express', 'fastify']) {
    it(`${host} takes payments`, () => takesPayments(host, here))
  }
  it('script pays and says so', () => paysAndSaysSo(here))
  it('cron finishes what was killed', () => finishesWhatWasKilled(here))
  it('cron and script leave the journal to its owner', () => leavesTheJournalToItsOwner(here))

  it('have one and the same shop', () => {
    const shop = textOf('examples/node/tea-shop.ts')
    for (const folder of ['express', 'fastify', 'script', 'cron', 'next/lib']) {
      assert.equal(textOf(`examples/${folder}/tea-shop.ts`), shop, folder)
    }
  })
})
