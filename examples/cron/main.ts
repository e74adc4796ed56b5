import { CounterfoilError } from 'counterfoil'
import { openShop } from './tea-shop.ts'

/** Of what is due, so much is taken up in one go. */
const ROUND_MAX = 200
/** Below the minute after which cron comes again. */
const WORK_MS = 30_000

const { cf } = openShop()
try {
  await cf.start()
} catch (error) {
  // A server, a script or the run before: whoever has the journal does what is due.
  if (error instanceof CounterfoilError && error.code === 'CF_JOURNAL_OWNED') process.exit(0)
  throw error
}
const untilMs = performance.now() + WORK_MS
let taken = ROUND_MAX
while (taken === ROUND_MAX && performance.now() < untilMs) taken = await cf.runDue({ limit: ROUND_MAX })

// Cron mails what is printed: nothing, unless a person is asked for.
for (const { orderId, reason } of await cf.cases()) console.log(`${orderId} waits for you: ${reason}`)
// It waits for what has begun. What is not done by then is due again for the next run.
await cf.stop()
