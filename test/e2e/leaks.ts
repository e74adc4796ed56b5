import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { CARD, canaries, canaryHits, filesBelow } from '../crash/canary.ts'
import type { Demo } from './demo.ts'
import type { Recorder } from './recorder.ts'

/** The security code on its own, not as a part of a longer number, name or base64 text. */
const CODE = new RegExp(`(?<![\\w.+/-])${CARD.securityCode}(?![\\w+/-])`)

/** S8: the card is in no file that the demo has written, the databases' logs included, and in nothing it printed. */
export function assertNoCardOnDisk(demo: Demo, mustBeThere: readonly RegExp[]): void {
  const files = filesBelow(demo.folder)
  for (const name of [/payments\.db$/, /shop\.db$/, /simulator\.jsonl$/, /printed\.log$/, ...mustBeThere]) {
    assert.ok(
      files.some((file) => name.test(file)),
      `there is a file ${name.source}`,
    )
  }
  assert.deepEqual(canaryHits(demo.folder), [])
  const withCode = files.filter((file) => CODE.test(readFileSync(file, 'latin1')))
  assert.deepEqual(withCode, [], 'no file has the security code')
}

/** The card never comes back from the server: neither in a body nor in a header, an address of a redirect included. */
export function assertNoCardInAnswers({ exchanges, sent }: Recorder): void {
  assert.ok(
    sent.some(({ form }) => form.get('number')?.replaceAll(' ', '') === CARD.number),
    'the card was sent',
  )
  for (const { method, url, headers, body } of exchanges) {
    const answer = `${headers.map((pair) => pair.join(': ')).join('\n')}\n\n${body()}`
    const hits = canaries.filter(({ text }) => answer.includes(text)).map(({ form }) => form)
    if (CODE.test(answer)) hits.push('the security code')
    assert.deepEqual(hits, [], `the answer to ${method} ${url.pathname}`)
  }
  const inAddresses = sent.filter(({ url }) => canaries.some(({ text }) => url.href.includes(text)))
  assert.deepEqual(inAddresses, [], 'no address has the card')
}
