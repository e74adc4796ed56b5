import assert from 'node:assert/strict'
import { describe } from 'node:test'
import type { GatewayOperation, Notice, NotificationHandler } from '../gateway/gateway.ts'
import { AMOUNT_MINOR, type GatewayConversation } from './gateway-conversation.ts'
import type { Notification } from './gateway-fixture.ts'

type Told = Extract<Notice, { readonly kind: 'notice' }>

/** The part of `gatewayConformance` about the PSP's calls to us. */
export function notificationConformance(talk: GatewayConversation): void {
  void describe('notifications', () => {
    aboutCharges(talk)
    aboutModifications(talk)
    notBelieved(talk)
  })
}

function aboutCharges(talk: GatewayConversation): void {
  talk.declared(
    talk.gateway.notification !== undefined,
    'tell of a charge by its reference, and of how much',
    async () => {
      assert.ok(talk.gateway.notification !== undefined)
      const operation = await talk.approved(talk.charge(talk.anyCharge))
      const [notice] = told(talk, operation)
      assert.ok(notice?.found, 'an approval is told')
      assert.equal(notice.found.charge, 'approved')
      assert.equal(notice.modification, undefined)
      talk.assertEchoes(notice.found.echo, operation)
    },
  )

  talk.declared(talk.gateway.notification !== undefined, 'tell of a decline', async () => {
    assert.ok(talk.gateway.notification !== undefined)
    const operation = talk.charge(talk.anyCharge)
    if (talk.gateway.hosted === undefined) await talk.send(operation, talk.fixture.declinedCard)
    else await talk.visited(operation, 'is-declined')
    assert.deepEqual(
      told(talk, operation).map(({ found }) => found?.charge),
      ['declined'],
    )
  })

  talk.declared(
    talk.gateway.notification !== undefined && talk.provider.afterwards !== undefined,
    'tell of what the bank and time have done',
    async () => {
      const { afterwards } = talk.provider
      assert.ok(talk.gateway.notification !== undefined && afterwards !== undefined)
      const taken = await talk.captured()
      told(talk, taken)
      for (const [event, dispute] of [
        ['charged-back', 'charged-back'],
        ['chargeback-reversed', 'reversed'],
      ] as const) {
        afterwards(taken.reference, event)
        assert.equal(told(talk, taken).at(-1)?.found?.dispute, dispute)
        const found = await talk.inquire(taken)
        assert.equal(found.kind === 'found' && found.dispute, dispute)
        assert.equal(found.kind === 'found' && found.charge, 'approved')
      }
      if (!talk.can('authorize')) return
      const held = await talk.approved(talk.charge('authorize'))
      told(talk, held)
      afterwards(held.reference, 'expired')
      const notice = told(talk, held).at(-1)
      assert.equal(notice?.found?.expired, true)
      assert.equal(notice.found.charge, 'reversed')
      assert.equal((await talk.foundAfter(held)).expired, true)
    },
  )
}

function aboutModifications(talk: GatewayConversation): void {
  talk.declared(
    talk.gateway.notification !== undefined && talk.can('authorize', 'capture', 'refund'),
    'tell of a capture and a refund by our own reference',
    async () => {
      assert.ok(talk.gateway.notification !== undefined && talk.can('authorize', 'capture', 'refund'))
      const operation = await talk.approved(talk.charge('authorize'))
      told(talk, operation)
      const capture = talk.about('capture', operation)
      await talk.taken(capture)
      const captured = toldAbout(talk, operation, capture)
      assert.equal(captured.at(-1)?.found?.captured, true)
      const refund = talk.about('refund', operation, 500n)
      await talk.taken(refund)
      const refunded = toldAbout(talk, operation, refund).at(-1)?.found
      assert.equal(refunded?.charge, 'approved')
      if (refunded.balances !== undefined) assert.equal(refunded.balances.refundedMinor, 500n)
    },
  )

  talk.declared(
    talk.gateway.notification !== undefined && talk.can('authorize', 'capture', 'refund'),
    'tell of a capture and a refund that failed',
    async () => {
      assert.ok(talk.gateway.notification !== undefined && talk.can('authorize', 'capture', 'refund'))
      const operation = await talk.approved(talk.charge('authorize'))
      for (const kind of ['capture', 'refund'] as const) {
        if (kind === 'refund') await talk.taken(talk.about('capture', operation))
        told(talk, operation)
        talk.provider.failNextModification()
        const failing = talk.about(kind, operation)
        await talk.taken(failing)
        const found = toldAbout(talk, operation, failing).at(-1)?.found
        assert.equal(found?.failed, kind)
        assert.equal(found.charge, 'approved')
        assert.equal(found.captured, kind === 'refund')
      }
    },
  )

  talk.declared(
    talk.gateway.notification !== undefined && talk.can('authorize', 'void'),
    'tell of a void, after which nothing is live',
    async () => {
      assert.ok(talk.gateway.notification !== undefined && talk.can('authorize', 'void'))
      const operation = await talk.approved(talk.charge('authorize'))
      told(talk, operation)
      await talk.taken(talk.about('void', operation))
      assert.deepEqual(
        told(talk, operation).map(({ found }) => found?.charge),
        ['reversed'],
      )
    },
  )
}

function notBelieved(talk: GatewayConversation): void {
  talk.declared(
    talk.gateway.notification?.hasCredentials === true,
    'are nobody else’s: who calls must show what was agreed on',
    async () => {
      await talk.approved(talk.charge(talk.anyCharge))
      const handler = talk.gateway.notification
      assert.ok(handler)
      const { isAuthentic } = handler
      for (const { headers } of delivered(talk)) {
        assert.equal(isAuthentic(headers), true)
        assert.equal(isAuthentic({}), false)
        for (const name of Object.keys(headers)) {
          const value = headers[name] ?? ''
          for (const changed of ['', value.slice(0, -3), `${value}x`, value.toUpperCase(), 'Basic Og==']) {
            if (changed === value || name !== 'authorization') continue
            assert.equal(isAuthentic({ ...headers, [name]: changed }), false, changed)
          }
        }
      }
    },
  )

  talk.declared(
    talk.gateway.notification !== undefined,
    'that are cut, garbled or of somebody else are unreadable, and nothing is thrown',
    async () => {
      assert.ok(talk.gateway.notification !== undefined)
      await talk.approved(talk.charge(talk.anyCharge))
      const [notification] = delivered(talk)
      assert.ok(notification)
      const handler = talk.gateway.notification
      const { body } = notification
      const garbled = [
        '',
        ' ',
        '{}',
        '<a/>',
        '\u0000\uffff\ud800',
        '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
      ]
      for (let length = 0; length < body.length; length += 3) garbled.push(body.slice(0, length))
      garbled.push(body.replaceAll(talk.gateway.account, 'somebody-else'), body + body, 'x'.repeat(1_000_000))
      for (const raw of garbled) assert.equal(handler.parse(raw).kind, 'unreadable', raw.slice(0, 2_000))
    },
  )

  talk.declared(
    talk.gateway.notification !== undefined,
    'are acknowledged by an answer that says something',
    () => {
      const { notification } = talk.gateway
      assert.ok(notification !== undefined)
      assert.match(notification.path, /^[a-z0-9-]{1,40}$/)
      assert.ok(notification.acknowledgement.status >= 200 && notification.acknowledgement.status < 300)
      assert.match(notification.acknowledgement.contentType, /^[a-z]+\/[a-z.+-]+/)
      assert.ok(notification.hasCredentials || !notification.isAuthentic({ authorization: 'Basic YTpi' }))
    },
  )
}

/** What has arrived by now; whatever is kept of it is clean of card data. */
function delivered(talk: GatewayConversation): readonly Notification[] {
  const { notifications } = talk.fixture
  assert.ok(notifications, 'a fixture of a gateway with notifications has a queue of them')
  talk.settle()
  talk.provider.advance(notifications.delayMs)
  const taken = notifications.take()
  for (const { body } of taken) talk.assertScrubbed(body)
  return taken
}

function told(talk: GatewayConversation, operation: GatewayOperation): readonly Told[] {
  const handler: NotificationHandler | undefined = talk.gateway.notification
  assert.ok(handler)
  return delivered(talk).map(({ body }) => {
    const notice = handler.parse(body)
    assert.ok(notice.kind === 'notice', notice.kind === 'unreadable' ? notice.why : '')
    assert.equal(notice.reference, operation.reference)
    assert.notEqual(notice.word, '')
    const { found } = notice
    if (found !== undefined) assert.equal(found.word, notice.word)
    if (found?.balances !== undefined) assert.equal(found.balances.authorizedMinor, AMOUNT_MINOR)
    return notice
  })
}

/** The same, where all that has arrived is about one modification. */
function toldAbout(
  talk: GatewayConversation,
  operation: GatewayOperation,
  modification: GatewayOperation,
): readonly Told[] {
  const notices = told(talk, operation)
  assert.ok(notices.length > 0, 'it is told')
  for (const notice of notices) assert.equal(notice.modification, modification.reference)
  return notices
}
