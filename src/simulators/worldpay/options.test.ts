import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { defaultWorldpayOptions, secretOptions } from './options.ts'
import { newWorldpayState, setOptions } from './state.ts'

describe('the options', () => {
  it('that are wrong are refused by name, and change nothing', () => {
    const wrong: Record<string, readonly unknown[]> = {
      notificationUrl: [
        'shop.example',
        'ftp://shop.example/',
        'javascript:x',
        7,
        `http://a/${'x'.repeat(2_000)}`,
      ],
      notificationUsername: ['a:b', 1, 'x'.repeat(200)],
      notificationPassword: [1],
      notificationJournal: ['yes'],
      notifyBatchMs: [-1, '5', Number.NaN, Infinity],
      notifyRetryMs: [0],
      hostedValidMs: [0],
      macSecret: ['', 5],
      adminCode: ['', 'a^b'],
      jwtIssuer: [''],
      jwtOrgUnitId: [''],
      jwtSecret: [''],
      hostedUrl: ['', 'kept', 'http://a/?x=1', 'http://a/#x'],
      challengeUrl: ['', '/acs'],
    }
    for (const [option, values] of Object.entries(wrong)) {
      for (const value of values) {
        const state = newWorldpayState()
        assert.throws(
          () => setOptions(state, { [option]: value }),
          { code: 'CF_CONFIG' },
          `${option} ${String(value)}`,
        )
        assert.throws(() => newWorldpayState({ [option]: value }), new RegExp(`'${option}'`))
        assert.deepEqual(state.options, defaultWorldpayOptions)
      }
    }
    assert.throws(() => newWorldpayState({ colour: 'red' } as object), /'colour'/)
  })

  it('that are right are taken', () => {
    const { options } = newWorldpayState({
      notificationUrl: 'https://shop.example/confirm?a=b',
      notifyBatchMs: 0,
    })
    assert.equal(options.notifyBatchMs, 0)
    assert.equal(newWorldpayState({ notificationUrl: 'kept' }).options.notificationUrl, 'kept')
  })

  it('that are secret are all named', () => {
    const named = Object.keys(defaultWorldpayOptions).filter((name) => /secret|password/i.test(name))
    assert.deepEqual([...secretOptions].toSorted(), named.toSorted())
  })
})
