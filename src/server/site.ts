import type { Counterfoil } from '../engine/api.ts'
import type { Forms } from './forms.ts'
import type { Links } from './links.ts'
import type { Settings } from './options.ts'
import type { Sessions } from './session.ts'
import type { Tries } from './tries/tries.ts'
import type { Voices } from './texts/languages.ts'

/** The engine's own types, by the names that they have there. */
export type Order = NonNullable<Awaited<ReturnType<Counterfoil['loadOrder']>>>
export type PaymentModule = Counterfoil['modules'][number]

/** What every page is made with. */
export interface Site {
  readonly cf: Counterfoil
  readonly settings: Settings
  readonly links: Links
  readonly forms: Forms
  readonly sessions: Sessions
  readonly tries: Tries
  readonly voices: Voices
}
