import type { Notice, NotificationHandler } from '../../gateway/gateway.ts'
import { onlyChild } from '../../gateway/xml.ts'
import type { XmlElement } from '../../gateway/xml.ts'
import type { NotificationOptions, WorldpayConfig } from './config.ts'
import { eventIn, lastEventOf, messageIn, note } from './envelope.ts'
import { paymentFound } from './found.ts'
import type { Merchant } from './messages.ts'
import { sameText } from '../../gateway/same-text.ts'
import { eventsOfModifications, eventsWithoutMoney } from './words.ts'

/**
 * Worldpay's order notifications (psp-protocols 1.8): unsigned, often twice and in any order, again until they are
 * acknowledged, and each holds back those behind it. The state that they tell is that of their event, not of now.
 */
export function notificationHandler(
  config: Pick<WorldpayConfig, 'merchantCode' | 'notifications'>,
): NotificationHandler {
  const { notifications } = config
  return Object.freeze({
    path: 'worldpay',
    hasCredentials: notifications !== undefined,
    isAuthentic: (headers) => notifications !== undefined && shows(headers['authorization'], notifications),
    parse: (raw) => readNotice(raw, config),
    acknowledgement: Object.freeze({ status: 200, contentType: 'text/plain', body: '[OK]' }),
  } satisfies NotificationHandler)
}

/** Compared as it is spelt, which with and without its padding is one way: base64 would let stray bits pass. */
function shows(header: string | undefined, { username, password }: NotificationOptions): boolean {
  const shown = /^basic +([A-Za-z0-9+/]{1,600})={0,2}$/i.exec(header ?? '')?.[1] ?? ''
  const expected = Buffer.from(`${username}:${password.reveal()}`).toString('base64')
  return sameText(shown, expected.replace(/=+$/, ''))
}

/** What a message says. Whatever comes in, nothing is thrown. */
export function readNotice(raw: string, { merchantCode }: Merchant): Notice {
  const read = messageIn(raw)
  if (typeof read === 'string') return unreadable(read)
  if (read.merchantCode !== merchantCode) return unreadable('a notification for another merchant')
  const [event, ...others] = read.message.name === 'notify' ? read.message.children : []
  if (event?.name !== 'orderStatusEvent' || others.length > 0) {
    return unreadable('not the notification of one event of an order')
  }
  const reference = event.attributes['orderCode'] ?? ''
  // What Worldpay takes as one: other systems of the merchant may have orders there as well.
  if (!/^[!-~]{1,64}$/.test(reference) || /["'<>|]/.test(reference)) {
    return unreadable('an order code that is none')
  }
  const payment = onlyChild(event, 'payment')
  if (payment === undefined) return unreadable('an event of an order without its payment')
  return noticeOf(reference, payment, event)
}

function noticeOf(reference: string, payment: XmlElement, event: XmlElement): Notice {
  const journals = event.children.filter((child) => child.name === 'journal')
  const [journal] = journals
  if (journals.length > 1) return unreadable('an event with more than one journal')
  // The DTD wants a journal, and Worldpay sends some without.
  const word = journal === undefined ? lastEventOf(payment) : eventIn(journal.attributes['journalType'] ?? '')
  const about = eventsOfModifications.get(word)
  const modification =
    journal === undefined || about === undefined ? undefined : modificationIn(journal, about.kind)
  const found = eventsWithoutMoney.has(word) ? undefined : paymentFound(payment, word, reference)
  return {
    kind: 'notice',
    reference,
    word,
    ...(modification === undefined || about === undefined ? {} : { modification, effect: about.effect }),
    ...(found?.kind === 'found' ? { found } : {}),
  }
}

/** Our own reference of the capture or refund that the event is about: one, and of that kind. */
function modificationIn(journal: XmlElement, kind: 'capture' | 'refund'): string | undefined {
  const [reference, ...others] = journal.children
    .filter(({ name, attributes }) => name === 'journalReference' && attributes['type'] === kind)
    .map(({ attributes }) => attributes['reference'] ?? '')
  if (reference === undefined || others.length > 0) return undefined
  return /^[\w.-]{1,64}$/.test(reference) ? reference : undefined
}

function unreadable(why: string): Notice {
  return { kind: 'unreadable', why: note(why) }
}
