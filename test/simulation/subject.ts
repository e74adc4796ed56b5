/** What a message to the PSP is about, by its look. */
export interface Subject {
  readonly kind:
    | 'charge'
    | 'registration'
    | 'second-leg'
    | 'capture'
    | 'refund'
    | 'void'
    | 'reversal'
    | 'inquiry'
  readonly orderCode: string
  /** Our own reference of a capture or refund. */
  readonly reference: string | undefined
}

export function subjectOf(body: string): Subject {
  const orderCode = /orderCode="([^"]+)"/.exec(body)?.[1] ?? ''
  if (body.includes('<submit>')) {
    const kind = body.includes('<completedAuthentication')
      ? 'second-leg'
      : body.includes('<paymentMethodMask')
        ? 'registration'
        : 'charge'
    return { kind, orderCode, reference: undefined }
  }
  if (body.includes('<inquiry>')) return { kind: 'inquiry', orderCode, reference: undefined }
  const modification = /<(capture|refund|cancelOrRefund|cancel)\b/.exec(body)?.[1]
  switch (modification) {
    case 'capture':
    case 'refund': {
      const reference = /<(?:capture|refund)\b[^>]*\breference="([^"]+)"/.exec(body)?.[1]
      return { kind: modification, orderCode, reference }
    }
    case 'cancel':
      return { kind: 'void', orderCode, reference: undefined }
    default:
      return { kind: 'reversal', orderCode, reference: undefined }
  }
}
