import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readPanOutput } from '../../model/pan-output.ts'

const whole = `
(Spin Version 6.5.2 -- 6 December 2019)
	+ Partial Order Reduction
	+ Compression

Full statespace search for:
	never claim         	- (none specified)
	assertion violations	+
	cycle checks       	- (disabled by -DSAFETY)
	invalid end states	- (disabled by -E flag)

State-vector 76 byte, depth reached 2385, errors: 0
  4062383 states, stored
 15911862 states, matched
 19974245 transitions (= stored+matched)

unreached in proctype Node
	model/charge.pml:430, state 445, "-end-"
	(1 of 445 states)
unreached in proctype Story
	model/charge.pml:563, state 11, "printf('story: found live after all')"
	model/charge.pml:580, state 33, "-end-"
	(2 of 33 states)

pan: elapsed time 8.08 seconds
`

const refuted = `pan:1: assertion violated ( !((charge[k]>=2))||S5_an_end_never_changes) (at depth 111)
pan: wrote charge.pml.trail

(Spin Version 6.5.2 -- 6 December 2019)
Warning: Search not completed

Full statespace search for:
	assertion violations	+

State-vector 60 byte, depth reached 116, errors: 1
     3267 states, stored
`

describe('what pan prints', () => {
  it('is a whole search when it says so and says of no cut', () => {
    assert.deepEqual(readPanOutput(whole), {
      isComplete: true,
      cutOff: undefined,
      errors: 0,
      invariant: undefined,
      violation: undefined,
      states: 4_062_383,
      depth: 2385,
      unreachedStories: ['found live after all'],
    })
  })

  it('names the invariant of the assertion that failed', () => {
    const report = readPanOutput(refuted)
    assert.equal(report.errors, 1)
    assert.equal(report.invariant, 'S5_an_end_never_changes')
    assert.equal(report.violation, 'assertion violated ( !((charge[k]>=2))||S5_an_end_never_changes)')
    assert.equal(report.isComplete, false)
  })

  it('names none where the model itself is wrong', () => {
    const report = readPanOutput(
      refuted.replace(/assertion violated .*\)/, 'assertion violated - invalid array index (at depth 49)'),
    )
    assert.equal(report.errors, 1)
    assert.equal(report.invariant, undefined)
    assert.equal(report.violation, 'assertion violated - invalid array index')
  })

  const cuts = [
    'error: max search depth too small',
    'pan: reached -DMEMLIM bound',
    'pan: out of memory',
    'Warning: Search not completed',
    'pan: aborting (-v gives more)',
  ]
  for (const cut of cuts) {
    it(`is no whole search when it says '${cut}'`, () => {
      const report = readPanOutput(`${cut}\n${whole}`)
      assert.deepEqual([report.isComplete, report.cutOff], [false, cut])
    })
  }

  it('is no whole search when it only sampled the states', () => {
    const report = readPanOutput(whole.replace('Full statespace search', 'Bit statespace search'))
    assert.equal(report.isComplete, false)
  })

  it('is no whole search when it ends in its middle, or is empty', () => {
    for (const text of ['', whole.slice(0, whole.indexOf('State-vector'))]) {
      const report = readPanOutput(text)
      assert.deepEqual([report.isComplete, report.cutOff], [false, 'pan ended without a report'])
      assert.equal(report.unreachedStories, undefined)
    }
  })

  it('counts states that it gives with an exponent', () => {
    assert.equal(readPanOutput(whole.replace('  4062383 states', ' 1.050000e+08 states')).states, 105_000_000)
  })
})
