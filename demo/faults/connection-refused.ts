import { connect } from 'node:net'
import { firstCharge, saw } from '../evidence.ts'
import type { Act, Cast, Fault } from '../fault.ts'
import { ways } from '../payer.ts'
import { afterwards, partsOf, prepare } from '../play.ts'
import type { Stage } from '../stage.ts'
import { eventually, withEach } from '../waiting.ts'

/** Long enough for all who meet it; the control interface is away as well. */
const AWAY_MS = 1_200
const AWAY_MS_EACH = 40
const RETURNS_WITHIN_MS = 5_000

/** Nothing is sent, so that nothing is in doubt: the payer may pay again at once. */
export const connectionRefused: Fault = {
  name: 'connection refused',
  ways: ways.filter((way) => way !== 'card with 3-D Secure'),
  evidence: (books) => {
    const charge = firstCharge(books)
    return (
      saw(books, 'nobody listened at the provider') &&
      charge?.state === 'not-sent' &&
      charge.evidence?.source === 'transport' &&
      charge.evidence.text.includes('ECONNREFUSED')
    )
  },
}

export const refusedAct: Act = {
  name: 'nobody listens at the provider',
  faults: [connectionRefused],
  play: async ({ faults }: Act, cast: Cast, stage: Stage) => {
    const parts = partsOf(faults, cast)
    await prepare(parts, stage)
    stage.progress.plays(connectionRefused.name)
    await stage.shop.control('faults', { kind: 'refuse', durationMs: AWAY_MS + parts.length * AWAY_MS_EACH })
    await withEach(parts, parts.length, async ({ payer }) => {
      const before = await isRefused(stage.shop.simulatorPort)
      await payer.press()
      if (before && (await isRefused(stage.shop.simulatorPort)))
        payer.met.add('nobody listened at the provider')
    })
    const back = async (): Promise<true | undefined> =>
      (await isRefused(stage.shop.simulatorPort)) ? undefined : true
    await eventually('the provider is back', RETURNS_WITHIN_MS, back)
    for (const { fault, payer } of parts) stage.beside(afterwards(fault, payer, stage))
  },
}

/** Tries it, as anybody could. */
function isRefused(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(false)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') resolve(true)
      else reject(error)
    })
  })
}
