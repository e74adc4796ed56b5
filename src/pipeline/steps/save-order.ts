import { steps } from '../build-steps.ts'

/** Has the shop keep the order as it was paid. */
export const saveOrder = steps().effect('save-order', {
  calls: ['saveOrder'],
  run: async ({ shop, ...telling }) => shop.saveOrder?.(telling),
})
