import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { containsCardNumber } from '../../gateway/card.ts'
import { namesWith, networkOf } from './names.ts'
import type { Try } from './limits.ts'

const secret = 'a secret of thirty-two bytes or more'
const tried: Try = {
  kind: 'card',
  orderId: 'A-1',
  session: 's',
  address: '203.0.113.9',
  cardNumber: '4444333322221111',
}

describe('the names under which tries are counted', () => {
  it('are the same for the same thing, and no two things share one', () => {
    const names = namesWith(secret)
    assert.deepEqual(names.of(tried), namesWith(secret).of({ ...tried, cardNumber: '4444 3333 2222-1111' }))
    const same: Try = { kind: 'card', orderId: 'x', session: 'x', address: undefined, cardNumber: '4' }
    const all = [tried, same, { ...same, kind: 'page' } as const]
      .flatMap((one) => names.of(one))
      .filter(([limit]) => limit !== 'everyone')
    assert.equal(new Set(all.map(([, name]) => name)).size, all.length)
    assert.notEqual(names.tryId('x'), names.tryId('y'))
  })

  it('cannot be found out without the secret, and hold nothing of what they name', () => {
    const [ours, others] = [namesWith(secret).of(tried), namesWith(`${secret}.`).of(tried)]
    for (const [index, [limit, name]] of ours.entries()) {
      assert.match(name, /^[\w-]{22}$/)
      assert.notEqual(name, others[index]?.[1], limit)
      assert.equal(containsCardNumber(name), false)
    }
    assert.doesNotMatch(JSON.stringify(ours), /4444|1111|203\.0|A-1/)
  })

  it('are those of the kind of try, without what is not known', () => {
    const limitsOf = (one: Try): readonly string[] =>
      namesWith(secret)
        .of(one)
        .map(([limit]) => limit)
    assert.deepEqual(limitsOf(tried), ['order', 'card', 'session', 'address', 'everyone'])
    assert.deepEqual(limitsOf({ kind: 'card', orderId: 'A', session: undefined, address: undefined }), [
      'order',
      'everyone',
    ])
    assert.deepEqual(limitsOf({ ...tried, kind: 'page' }), [
      'pagesOfOrder',
      'pagesOfSession',
      'pagesOfAddress',
    ])
  })
})

describe('the network of an address', () => {
  it('is the IPv4 address, in whatever form it comes', () => {
    for (const text of [
      '203.0.113.9',
      '::ffff:203.0.113.9',
      '::FFFF:cb00:7109',
      '0:0:0:0:0:ffff:203.0.113.9',
    ]) {
      assert.equal(networkOf(text), '203.0.113.9', text)
    }
  })

  it('is the first half of an IPv6 address, in whatever form it comes', () => {
    for (const text of [
      '2001:db8:0:7::1',
      '2001:0DB8:0000:0007:1:2:3:4',
      '2001:db8::7:0:0:0:1',
      '2001:db8:0:7::192.0.2.1',
      '2001:db8:0:7::1%eth0',
    ]) {
      assert.equal(networkOf(text), '2001:db8:0:7', text)
    }
    assert.equal(networkOf('::1'), '0:0:0:0')
    assert.equal(networkOf('2001:db8::'), '2001:db8:0:0')
    assert.notEqual(networkOf('2001:db8:0:8::1'), networkOf('2001:db8:0:7::1'))
  })

  it('is unknown where there is no address', () => {
    for (const text of [undefined, '', 'unix:', '203.0.113', '2001:db8', 'localhost']) {
      assert.equal(networkOf(text), undefined, String(text))
    }
  })
})
