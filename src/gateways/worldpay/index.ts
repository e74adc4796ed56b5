export { secret, Secret } from '../../gateway/secret.ts'
export type { WorldpayOptions } from './config.ts'
export { worldpay } from './gateway.ts'
export type { Worldpay } from './gateway.ts'
