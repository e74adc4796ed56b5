import { gatewayConformance } from '../../testkit/gateway-conformance.ts'
import { SimulatedAccount } from './simulated-account.test-data.ts'

for (const kind of ['direct', 'hosted'] as const) {
  gatewayConformance(`worldpay ${kind}`, { open: () => new SimulatedAccount(1).fixture(kind) })
  gatewayConformance(`worldpay ${kind} at a simulator that is 60 times as fast`, {
    open: () => new SimulatedAccount(60).fixture(kind),
  })
}
