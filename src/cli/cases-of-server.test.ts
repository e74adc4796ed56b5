import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { type CaseBed, caseBed, type Caller, KEYS } from '../server/api/case-bed.test-data.ts'
import { run } from './run.ts'

const folder = mkdtempSync(join(tmpdir(), 'counterfoil-cases-'))
after(() => rmSync(folder, { recursive: true, force: true }))

interface Ended {
  readonly code: number
  readonly out: string
  readonly error: string
}

/** `counterfoil cases ...` as one of them calls it: the key is in a file, never an argument. */
async function cases(bed: CaseBed, caller: Caller, ...argv: readonly string[]): Promise<Ended> {
  const file = join(folder, caller)
  writeFileSync(file, `${KEYS[caller]}\n`, { mode: 0o600 })
  const out: string[] = []
  const error: string[] = []
  const output = { out: (text: string) => out.push(text), error: (text: string) => error.push(text) }
  const code = await run(['cases', ...argv, '--server', bed.url, '--key-file', file], output)
  return { code, out: out.join('\n'), error: error.join('\n') }
}

describe('counterfoil cases, of a running server', () => {
  it('lists the open cases, newest first, and says that there are more', async () => {
    await using bed = await caseBed()
    const { code, out, error } = await cases(bed, 'ann', 'list')
    assert.deepEqual([code, error], [0, ''])
    assert.deepEqual(
      out.split('\n').map((line) => /(?:case-\d|p3:\S+)/.exec(line)?.[0]),
      ['p3:statusOk:send-order-mail', 'case-2', 'case-1'],
    )
    assert.match(
      out,
      /^2025-\S+ {2}case-1 {2}changed-elsewhere {2}order order-of-p1, 19\.99 GBP, paid: sale of 19\.99 GBP: nobody answers$/m,
    )
    assert.match((await cases(bed, 'ann', 'list', '--limit', '1')).out, /\nThere are more: give --limit/)
    const json = JSON.parse((await cases(bed, 'ann', 'list', '--json')).out) as readonly { caseId: string }[]
    assert.deepEqual(json.map(({ caseId }) => caseId).toSorted()[0], 'case-1')
  })

  it('says which payments cannot be read, beside the cases of the others, and to programs on standard error', async () => {
    await using bed = await caseBed()
    bed.damage('p2')
    const { code, out } = await cases(bed, 'ann', 'list')
    assert.equal(code, 0)
    assert.match(out, /^1 payment cannot be read: p2\n/)
    assert.match(out, / case-1 .*order-of-p1/)
    const ofPrograms = await cases(bed, 'ann', 'list', '--json')
    assert.equal(ofPrograms.error, '1 payment cannot be read: p2')
    assert.equal((JSON.parse(ofPrograms.out) as readonly unknown[]).length, 2)
    for (const id of ['p1', 'p3']) bed.damage(id)
    const none = await cases(bed, 'ann', 'list')
    assert.equal(none.out, '3 payments cannot be read: p3, p2, p1')
  })

  it('shows one with what is known, what was said and what can be done', async () => {
    await using bed = await caseBed()
    const { out } = await cases(bed, 'ann', 'show', 'case-1')
    assert.match(out, /^Case case-1: changed-elsewhere\n {2}sale of 19\.99 GBP: nobody answers\n/)
    assert.match(out, / {2}balances {3}authorized 19\.99 GBP, captured 19\.99 GBP, refunded 0\.00 GBP\n/)
    assert.match(out, / {2}ref-0001 {2}sale of 19\.99 GBP: approved\n/)
    assert.match(
      out,
      / {2}refund {3}two people {2}So much is given back to the payer, at most 19\.99 GBP\.\n/,
    )
    assert.match(out, / {2}close {4}one person /)
    assert.match(out, /counterfoil cases resolve 'p1\/case-1' ACTION --server URL --why TEXT$/)
    const unknown = await cases(bed, 'ann', 'show', 'case-9')
    assert.deepEqual([unknown.code, unknown.out], [1, ''])
    assert.match(unknown.error, /^counterfoil: CF_CASE_UNKNOWN: .*'case-9'/)
  })

  it('resolves by two people, with amounts as people write them', async () => {
    await using bed = await caseBed()
    const wish = ['resolve', 'case-1', 'refund', '--amount', '5.00', '--why', 'Paid twice.']
    const proposed = await cases(bed, 'ann', ...wish)
    assert.deepEqual([proposed.code, proposed.error], [0, ''])
    assert.match(proposed.out, /^Proposed: refund of 5\.00 GBP by ann\.\nNothing was done yet: somebody else/)
    const again = await cases(bed, 'ann', ...wish)
    assert.equal(again.code, 1)
    assert.match(again.error, /CF_CASE_NEEDS_ANOTHER.*Ask a colleague/)
    assert.deepEqual(bed.sent, [])
    const listed = await cases(bed, 'bob', 'list')
    assert.match(listed.out, /nobody answers \(ann proposes 'refund'\)$/m)
    const resolved = await cases(bed, 'bob', ...wish)
    assert.deepEqual([resolved.code, resolved.error], [0, ''])
    assert.match(
      resolved.out,
      /^Resolved: refund of 5\.00 GBP by ann and bob\.\nIt is carried out by the operation \S+\.\nThe payment is paid\.$/,
    )
    assert.deepEqual(bed.sent, ['refund'])
    const shown = await cases(bed, 'bob', 'show', 'p1/case-1')
    assert.match(
      shown.out,
      /ann has resolved it by refund of 5\.00 GBP: Paid twice\.; bob agrees: Paid twice\.\n?/,
    )
    assert.doesNotMatch(shown.out, /What can be done/)
    assert.match((await cases(bed, 'bob', 'list')).out, /^(?!.*case-1)/s)
  })

  it('refuses what does not fit, an amount that the currency does not have, and the key of a shop', async () => {
    await using bed = await caseBed()
    const why = ['--why', 'It is so.']
    for (const [caller, words, ...wish] of [
      ['ann', /CF_CASE_ACTION.*what fits now: 'adopt', 'close', 'reverse'/, 'case-2', 'refund', ...why],
      ['ann', /CF_MONEY_AMOUNT/, 'case-1', 'refund', '--amount', '5.001', ...why],
      ['web-shop', /CF_API_KEY_ROLE.*key of an operator/, 'case-1', 'close', ...why],
    ] as const) {
      const { code, out, error } = await cases(bed, caller, 'resolve', ...wish)
      assert.deepEqual([code, out], [1, ''])
      assert.match(error, words)
      assert.doesNotMatch(error, /the-key-of/)
    }
  })

  it('is called wrongly without a reason, without a server, and with both kinds of source', async () => {
    await using bed = await caseBed()
    for (const [words, ...argv] of [
      [/needs --why/, 'resolve', 'case-1', 'close'],
      [/called with 'list'/, 'resolve', 'case-1'],
      [/--why and --amount go with resolve/, 'list', '--why', 'x'],
      [/not both/, 'list', '--journal', 'x'],
    ] as const) {
      const { code, error } = await cases(bed, 'ann', ...argv)
      assert.equal(code, 2)
      assert.match(error, words)
    }
    const out: string[] = []
    const output = { out: () => undefined, error: (text: string) => out.push(text) }
    assert.equal(await run(['cases', 'resolve', 'case-1', 'close', '--why', 'x'], output), 2)
    assert.match(out.join(), /cases resolve needs --server URL/)
  })
})
