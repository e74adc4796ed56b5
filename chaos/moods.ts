import type { FaultRequest } from '../src/simulators/worldpay/index.ts'

/** What the provider does all the time, each with its own probability. Where nothing is said, the request was executed. */
export function providersMoods(seed: number): readonly FaultRequest[] {
  const plan: readonly FaultRequest[] = [
    { kind: 'hang', on: 'charge', probability: 0.01 },
    { kind: 'hang', on: 'charge', when: 'before', probability: 0.01 },
    { kind: 'cut', on: 'charge', atByte: 180, probability: 0.02 },
    { kind: 'late', on: 'charge', delayMs: 300, probability: 0.1 },
    { kind: 'late', on: 'charge', delayMs: 2_500, probability: 0.02 },
    { kind: 'process-late', on: 'charge', delayMs: 250, probability: 0.03 },
    { kind: 'http-error', on: 'charge', probability: 0.02 },
    { kind: 'http-error', on: 'charge', when: 'before', probability: 0.01 },
    { kind: 'truncated', on: 'charge', probability: 0.01 },
    { kind: 'hang', on: 'cancel', probability: 0.05 },
    { kind: 'cut', on: 'capture', probability: 0.05 },
    { kind: 'cut', on: 'refund', probability: 0.05 },
    { kind: 'unavailable', on: 'cancel', probability: 0.1 },
    { kind: 'lagging-inquiry', probability: 0.1 },
    { kind: 'unavailable', on: 'inquiry', probability: 0.1 },
    { kind: 'cut', on: 'inquiry', atByte: 100, probability: 0.03 },
    { kind: 'notification-lost', on: 'notification', probability: 0.3 },
    { kind: 'notification-twice', on: 'notification', probability: 0.1 },
    { kind: 'notification-late', on: 'notification', delayMs: 1_000, probability: 0.1 },
    { kind: 'notification-first', on: 'notification', probability: 0.1 },
  ]
  return plan.map((fault, index) => ({ ...fault, seed: (seed + index) % 2 ** 32 }))
}
