import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { CheckContext } from '../step.ts'
import { checkCallerAddress } from './check-caller-address.ts'

const step = checkCallerAddress(['195.35.90.0/23', '192.0.2.7', '2001:db8::/32', '::1'])

async function said(callerAddress: string | undefined): Promise<string> {
  const notice = {
    reference: 'r1',
    word: 'AUTHORISED',
    echo: undefined,
    needsCredentials: false,
    isAuthentic: false,
    callerAddress,
  }
  const context: CheckContext = {
    notice,
    payment: undefined,
    operation: undefined,
    order: async () => undefined,
  }
  return (await step.check(context)).kind
}

describe("the caller's address", () => {
  it('is taken when it is in one of the ranges, in IPv4, IPv6 and the one in clothes of the other', async () => {
    for (const address of [
      '195.35.90.1',
      '195.35.91.255',
      '192.0.2.7',
      '::ffff:192.0.2.7',
      '2001:db8::1',
      '2001:db8:ffff:0:0:0:0:1',
      '::1',
    ]) {
      assert.equal(await said(address), 'ok', address)
    }
  })

  it('is turned away when it is in none, is none, or is not known', async () => {
    for (const address of [
      '195.35.92.0',
      '195.35.89.255',
      '192.0.2.8',
      '2001:db9::1',
      '::2',
      '::',
      '195.35.90.256',
      '195.35.90',
      'localhost',
      '1::2::3',
      '',
      undefined,
    ]) {
      assert.equal(await said(address), 'refused', String(address))
    }
  })

  it('cannot be checked against what is no range', () => {
    for (const range of [
      '',
      '195.35.90.0/33',
      '195.35.90/24',
      '195.35.90.0/',
      '2001:db8::/129',
      '::1/x',
      'any',
    ]) {
      assert.throws(() => checkCallerAddress([range]), { code: 'CF_CONFIG' }, range)
    }
  })
})
