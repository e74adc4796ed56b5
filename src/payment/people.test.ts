import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { samePerson, whyNoName } from './people.ts'

describe('the names of people', () => {
  it('are one person’s in other letters, widths and forms', () => {
    for (const [one, other] of [
      ['ann', 'ANN'],
      ['ann', 'ａｎｎ'],
      ['ann', 'an\u200bn'],
      ['ann', '\u2060ann'],
      ['ann', 'ann\u00ad'],
      ['ann', 'ann\ufe0f'],
      ['ann', ' ann '],
      ['ann lee', 'ann\u00a0lee'],
      ['ann lee', 'ann  lee'],
      ['Zoë', 'Zoe\u0308'],
      ['Strauß', 'STRAUSS'],
      ['ﬁn', 'fin'],
      ['ΟΔΟΣ', 'οδος'],
      ['ann', 'ᵃnn'],
    ] as const) {
      assert.ok(samePerson(one, other), `${one} ${JSON.stringify(other)}`)
    }
  })

  it('are two people’s where they differ for a reader', () => {
    for (const [one, other] of [
      ['ann', 'anna'],
      ['zoe', 'zoë'],
      ['ann lee', 'annlee'],
    ] as const) {
      assert.equal(samePerson(one, other), false, `${one} ${other}`)
    }
  })

  it('may be of any language', () => {
    for (const name of ['ann', 'Zoë', "O'Neill", 'Ann Lee (night)', '王小明', 'أحمد', 'José', '4711']) {
      assert.equal(whyNoName(name), undefined, name)
    }
  })

  it('are not empty, hold nothing that cannot be seen, and are not our own', () => {
    for (const [name, why] of [
      ['an\u200bn', /cannot be seen/],
      ['ann\u202e', /cannot be seen/],
      ['\u3164', /cannot be seen/],
      ['a\u034fnn', /cannot be seen/],
      ['ann\ufe0f', /cannot be seen/],
      ['ann\u2028lee', /cannot be seen/],
      ['ann\ue000', /cannot be seen/],
      ['ann\u0007', /cannot be seen/],
      ['ann\u00a0lee', /another kind/],
      ['ann\u3000lee', /another kind/],
      ['---', /no letter/],
      ['\u2800', /no letter/],
      ['\u0301', /no letter/],
      ['', /no letter/],
      ['Counterfoil', /nobody's name/],
      ['ｃounterfoil', /nobody's name/],
    ] as const) {
      assert.match(whyNoName(name) ?? '', why, JSON.stringify(name))
    }
  })
})
