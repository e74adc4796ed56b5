import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { decodeEvents, decodePayment, encode } from '../../src/journal/codec.ts'
import { dueOf } from '../../src/payment/due.ts'
import { fold } from '../../src/payment/evolve.ts'
import { assertNoCard } from '../../src/engine/bed.test-data.ts'
import { type Golden, pathOf, recordAll, VERSION } from '../golden/record.ts'

const folder = `${import.meta.dirname}/../golden`
const versions = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)

const WHAT_TO_DO =
  'if this is meant, record again (test/golden/record.ts); once the version is released, under the next one'

describe('the golden journals', () => {
  it('are there for the version that is written now', () => {
    assert.ok(versions.includes(VERSION))
  })

  for (const version of versions) {
    const names = readdirSync(`${folder}/${version}`)
    for (const name of names) {
      const text = readFileSync(pathOf(name, version), 'utf8')
      const golden = JSON.parse(text) as Golden

      it(`${version}/${name} folds to the snapshot that was stored then (F25)`, () => {
        assert.ok(golden.appends.length > 1)
        const events = golden.appends.flatMap((append) => decodeEvents(JSON.stringify(append.events)))
        const snapshot = decodePayment(JSON.stringify(golden.snapshot))
        const folded = fold(undefined, events)
        assert.deepEqual(decodePayment(encode(folded)), snapshot)
        assert.equal(folded.fence, golden.appends.at(-1)?.fence)
        assert.deepEqual(dueOf(folded), dueOf(snapshot))
        assertNoCard(text)
      })
    }
  }

  it('are what is written today: a change of the event schema is a decision, not an accident', async () => {
    const recorded = await recordAll()
    assert.deepEqual(readdirSync(`${folder}/${VERSION}`).toSorted(), [...recorded.keys()].toSorted())
    for (const [name, text] of recorded) {
      const written = JSON.parse(readFileSync(pathOf(name), 'utf8')) as unknown
      assert.deepEqual(JSON.parse(text), written, `${name}: ${WHAT_TO_DO}`)
    }
  })
})
