import type { Seal } from './seal.ts'
import type { Settings } from './options.ts'

/** The addresses of the pages. An order's link is `<order id>.<signature>`: nobody can make one up for another order. */
export interface Links {
  /** The whole address of an order's page, to give to the payer; `language` is one of ours. */
  checkoutUrl(orderId: string, language?: string): string
  orderPath(orderId: string): string
  formPath(orderId: string, module: string): string
  /** A payment's own page; with `rest`, what lies below it. */
  paymentPath(link: string, rest?: 'go' | 'another-way'): string
  paymentEventsPath(link: string, afterVersion: number): string
  /** The order behind a link; undefined for anything that we did not sign. */
  orderIdOf(link: string): string | undefined
}

export function linksFor(settings: Settings, seal: Seal): Links {
  const orderPath = (orderId: string): string =>
    `${settings.base}/orders/${encodeURIComponent(orderId)}.${seal.sign('order link', orderId)}`
  const paymentPath = (link: string): string => `${settings.base}/payments/${encodeURIComponent(link)}`
  return {
    orderPath,
    checkoutUrl: (orderId, language) =>
      settings.origin + orderPath(orderId) + (language === undefined ? '' : `?language=${language}`),
    formPath: (orderId, module) => `${orderPath(orderId)}/pay/${encodeURIComponent(module)}`,
    paymentPath: (link, rest) => paymentPath(link) + (rest === undefined ? '' : `/${rest}`),
    paymentEventsPath: (link, afterVersion) => `${paymentPath(link)}/events?after=${afterVersion}`,
    orderIdOf: (link) => {
      const dot = link.lastIndexOf('.')
      const orderId = link.slice(0, Math.max(dot, 0))
      return seal.holds(link.slice(dot + 1), 'order link', orderId) ? orderId : undefined
    },
  }
}
