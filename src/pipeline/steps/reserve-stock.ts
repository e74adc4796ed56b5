import { steps } from '../build-steps.ts'
import { done } from '../../shop/shop.ts'

/** Takes the goods out of what others can buy before money moves; undone when the payment ends unpaid. */
export const reserveStock = steps().action('reserve-stock', {
  calls: ['reserveStock', 'releaseStock'],
  run: async ({ shop, ...telling }) => (await shop.reserveStock?.(telling)) ?? done(),
  undo: async ({ shop, ...telling }) => shop.releaseStock?.(telling),
})
