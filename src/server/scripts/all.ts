import { breakOut } from './break-out.ts'
import { cardNumber } from './card-number.ts'
import { deviceData } from './device-data.ts'
import { localTimes } from './local-times.ts'
import { lookAgain } from './look-again.ts'
import { sendForm } from './send-form.ts'
import { watchPayment } from './watch-payment.ts'

/** Every script that a page can have. Each is a file of its own, so that a page is allowed no more than it needs. */
export const scripts = {
  'watch-payment': watchPayment,
  'send-form': sendForm,
  'break-out': breakOut,
  'card-number': cardNumber,
  'device-data': deviceData,
  'local-times': localTimes,
  'look-again': lookAgain,
} as const

export type ScriptName = keyof typeof scripts
