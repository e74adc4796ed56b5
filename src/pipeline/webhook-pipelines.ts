import type { statusOk } from './defaults.ts'
import type { Pipeline } from './pipeline.ts'

/**
 * Edits of the default pipelines for a shop that is told by webhooks (`webhookShop`): such a shop has its own basket
 * and its own mails, so nothing here deletes the one or sends the other.
 *
 * @example
 * const card = internalModule('card', { gateway, pipelines: webhookPipelines })
 */
export const webhookPipelines = {
  statusOk: (standard: typeof statusOk): Pipeline =>
    standard.remove('delete-basket').remove('send-order-mail'),
} as const
