import type { PaymentResult } from '../../engine/api.ts'

/**
 * Where the payer goes who has begun a payment, or is back from a challenge. The mark tells the payment's page that it ends a form's chain of
 * redirects (see payment-page.ts).
 */
export function afterPaying({ next }: PaymentResult): string {
  switch (next.kind) {
    case 'redirect':
    case 'post-form':
      return `${next.statusUrl}/go`
    case 'wait':
    case 'done':
      return `${next.statusUrl}?sent`
    default:
      return next satisfies never
  }
}
