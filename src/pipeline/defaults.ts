import { type Pipeline, pipeline } from './pipeline.ts'
import { authorize } from './steps/authorize.ts'
import { capture } from './steps/capture.ts'
import { charge } from './steps/charge.ts'
import { checkOrder } from './steps/check-order.ts'
import { deleteBasket } from './steps/delete-basket.ts'
import { goToSuccessPage } from './steps/go-to-success-page.ts'
import { markOrderInProgress } from './steps/mark-order-in-progress.ts'
import { markOrderPaid } from './steps/mark-order-paid.ts'
import { markPaymentCancelled } from './steps/mark-payment-cancelled.ts'
import { selectStatusPipeline } from './steps/select-status-pipeline.ts'
import { sendOrderMail } from './steps/send-order-mail.ts'

/** `process` of internal modules: one sale. */
export const saleProcess = pipeline(checkOrder, charge, selectStatusPipeline)

/** `process` of internal modules that authorize now and capture when the shop says so. */
export const authorizeProcess = pipeline(checkOrder, authorize, selectStatusPipeline)

/** `process` of internal modules whose PSP has no sale: the capture is intended with the approval. */
export const authorizeAndCaptureProcess = pipeline(checkOrder, authorize, capture, selectStatusPipeline)

export const statusOk = pipeline(markOrderPaid, deleteBasket, sendOrderMail, goToSuccessPage)

export const statusCancel = pipeline(markPaymentCancelled)

export const statusPending = pipeline(markOrderInProgress)

/** The default pipelines and the names that their edits know. */
export interface DefaultPipelines {
  readonly process: typeof saleProcess
  readonly statusOk: typeof statusOk
  readonly statusCancel: typeof statusCancel
  readonly statusPending: typeof statusPending
}

export const defaultPipelines: DefaultPipelines = {
  process: saleProcess,
  statusOk,
  statusCancel,
  statusPending,
}

/** What a module gives in place of a default: a pipeline of its own, or an edit of the default. */
export type PipelineEdit<Default> = Pipeline | ((standard: Default) => Pipeline)
