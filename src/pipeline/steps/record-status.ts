import type { RecordStep } from '../step.ts'

/** Weighs the notification: what is believed ends or changes the operation, the rest is asked about. */
export const recordStatus: RecordStep<'record-status'> = Object.freeze({
  name: 'record-status',
  kind: 'record',
  formerly: [],
  needs: [],
  gives: [],
  calls: [],
})
