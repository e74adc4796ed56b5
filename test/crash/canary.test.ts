import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { CARD, canaries, canaryHits } from './canary.ts'

describe('the search for the card', () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'counterfoil-canary-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  it('finds it in every form, in the middle of any bytes and in folders below', () => {
    mkdirSync(join(folder, 'below'))
    const file = join(folder, 'below', 'any.db')
    for (const { form, text } of canaries) {
      writeFileSync(
        file,
        Buffer.concat([Buffer.from([0, 255, 254, 128]), Buffer.from(`x${text}y`), Buffer.from([200])]),
      )
      assert.deepEqual(canaryHits(folder), [`${file}: ${form}`])
    }
  })

  it('finds it in base64 of a longer text, wherever in it the card stands', () => {
    const file = join(folder, 'base64.log')
    rmSync(join(folder, 'below'), { recursive: true })
    for (let before = 0; before < 6; before++) {
      const text = `${'k'.repeat(before)}${CARD.number}, and so on`
      writeFileSync(file, Buffer.from(text).toString('base64'))
      assert.equal(canaryHits(folder).length, 1, `behind ${before} bytes`)
    }
  })

  it('does not take the masked number, or other digits, for the card', () => {
    writeFileSync(
      join(folder, 'base64.log'),
      `4988********4305 ${CARD.number.slice(0, 15)} ${CARD.securityCode}`,
    )
    assert.deepEqual(canaryHits(folder), [])
  })
})
