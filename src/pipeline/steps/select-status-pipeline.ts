import type { PaymentStatus } from '../../payment/events.ts'
import type { SelectStep } from '../step.ts'

/** Each time the payment reaches another status, the pipeline of that status tells the world: once per status. */
export const selectStatusPipeline: SelectStep<'select-status-pipeline'> = Object.freeze({
  name: 'select-status-pipeline',
  kind: 'select',
  formerly: [],
  needs: [],
  gives: [],
  calls: [],
  select: (status: PaymentStatus) => {
    switch (status) {
      case 'paid':
        return 'statusOk'
      case 'declined':
      case 'cancelled':
        return 'statusCancel'
      case 'in-progress':
        return 'statusPending'
      // What is told of these is the fact behind them, by a pipeline of its own.
      case 'started':
      case 'refunded':
      case 'disputed':
        return undefined
      default:
        return status satisfies never
    }
  },
})
