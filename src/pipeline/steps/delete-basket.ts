import { steps } from '../build-steps.ts'

/** Empties the basket that became the order. */
export const deleteBasket = steps().effect('delete-basket', {
  calls: ['deleteBasket'],
  run: async ({ shop, ...telling }) => shop.deleteBasket?.(telling),
})
