import { type Pipeline, pipeline } from './pipeline.ts'
import { authorize } from './steps/authorize.ts'
import { capture } from './steps/capture.ts'
import { charge } from './steps/charge.ts'
import { checkOrder } from './steps/check-order.ts'
import { checkAmount } from './steps/check-amount.ts'
import { deleteBasket } from './steps/delete-basket.ts'
import { findPayment } from './steps/find-payment.ts'
import { goToSuccessPage } from './steps/go-to-success-page.ts'
import { markOrderInProgress } from './steps/mark-order-in-progress.ts'
import { markOrderPaid } from './steps/mark-order-paid.ts'
import { markPaymentCancelled } from './steps/mark-payment-cancelled.ts'
import { recordStatus } from './steps/record-status.ts'
import { redirectPayer } from './steps/redirect-payer.ts'
import { registerAuthorization, registerPayment } from './steps/register-payment.ts'
import { selectStatusPipeline } from './steps/select-status-pipeline.ts'
import { sendOrderMail } from './steps/send-order-mail.ts'
import { tellPaymentChanged } from './steps/tell-payment-changed.ts'
import { verifyNotification } from './steps/verify-notification.ts'

/** `process` of internal modules: one sale. */
export const saleProcess = pipeline(checkOrder, charge, selectStatusPipeline)

/** `process` of internal modules that authorize now and capture when the shop says so. */
export const authorizeProcess = pipeline(checkOrder, authorize, selectStatusPipeline)

/** `process` of internal modules whose PSP has no sale: the capture is intended with the approval. */
export const authorizeAndCaptureProcess = pipeline(checkOrder, authorize, capture, selectStatusPipeline)

/** `preprocess` of external modules: one sale, on the PSP's page. */
export const salePreprocess = pipeline(checkOrder, registerPayment, redirectPayer)

/** `preprocess` of external modules that authorize: the capture is intended in the append that claims the order. */
export const authorizeAndCapturePreprocess = pipeline(
  checkOrder,
  registerAuthorization,
  redirectPayer,
  capture,
)

/** `confirm` of external modules: what the PSP's server tells us, many times and in any order, over days. */
export const confirm = pipeline(
  verifyNotification,
  findPayment,
  checkAmount,
  recordStatus,
  selectStatusPipeline,
)

/** `confirm` of internal modules, whose `process` has the select step. */
export const internalConfirm = pipeline(verifyNotification, findPayment, checkAmount, recordStatus)

/** `postprocess` and `cancel`: the payer's browser is at the door, which decides nothing. */
export const doorstep = pipeline()

export const statusOk = pipeline(markOrderPaid, deleteBasket, sendOrderMail, goToSuccessPage)

export const statusCancel = pipeline(markPaymentCancelled)

export const statusPending = pipeline(markOrderInProgress)

/** `statusRefunded`, `statusDisputed` and `statusFailedLate`: a fact arrived after the end. */
export const factTold = pipeline(tellPaymentChanged)

/** The default pipelines and the names that their edits know. */
export interface DefaultPipelines {
  readonly process: typeof saleProcess
  readonly preprocess: typeof salePreprocess
  readonly confirm: typeof confirm
  readonly postprocess: typeof doorstep
  readonly cancel: typeof doorstep
  readonly statusOk: typeof statusOk
  readonly statusCancel: typeof statusCancel
  readonly statusPending: typeof statusPending
  readonly statusRefunded: typeof factTold
  readonly statusDisputed: typeof factTold
  readonly statusFailedLate: typeof factTold
}

export const defaultPipelines: DefaultPipelines = {
  process: saleProcess,
  preprocess: salePreprocess,
  confirm,
  postprocess: doorstep,
  cancel: doorstep,
  statusOk,
  statusCancel,
  statusPending,
  statusRefunded: factTold,
  statusDisputed: factTold,
  statusFailedLate: factTold,
}

/** What a module gives in place of a default: a pipeline of its own, or an edit of the default. */
export type PipelineEdit<Default> = Pipeline | ((standard: Default) => Pipeline)
