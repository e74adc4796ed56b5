import { steps } from '../build-steps.ts'
import { done } from '../../shop/shop.ts'

/** Counts the use of a promotion code before money moves; undone when the payment ends unpaid. */
export const countPromotionCode = steps().action('count-promotion-code', {
  calls: ['countPromotionCode', 'uncountPromotionCode'],
  run: async ({ shop, ...telling }) => (await shop.countPromotionCode?.(telling)) ?? done(),
  undo: async ({ shop, ...telling }) => shop.uncountPromotionCode?.(telling),
})
