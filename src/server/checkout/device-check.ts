import { html, type Raw } from '../html.ts'
import type { Page } from '../layout.ts'
import { hiddenFields, webOrigin } from '../provider-form.ts'
import type { PaymentModule, Site } from '../site.ts'
import type { Voice } from '../texts/voice.ts'

/** What a card form has beside its fields where the module pays with 3-D Secure. */
export interface DeviceCheck {
  readonly powers: Pick<Page, 'scripts' | 'formsTo' | 'framesFrom'>
  /** What the script fills in: empty without JavaScript, and then nothing is missing but a smoother way. */
  readonly cardFields: Raw
  /** The provider's form and the hidden frame that it is sent into. */
  readonly probe: Raw
}

const FRAME = 'device-check'

/** Undefined when the module has no 3-D Secure. */
export function deviceCheckFor(
  { cf, settings }: Site,
  voice: Voice,
  module: PaymentModule,
): DeviceCheck | undefined {
  const data = cf.deviceData(module.name)
  if (data === undefined) return undefined
  const origin = webOrigin(data.url)
  return {
    powers: {
      scripts: ['device-data'],
      formsTo: [origin],
      framesFrom: [...new Set([origin, webOrigin(data.messageOrigin)])],
    },
    cardFields: html`<input type="hidden" name="deviceSession" value="" data-device-session>
<input type="hidden" name="javaScript" value="" data-java-script>`,
    probe: html`<form method="post" action="${data.url}" target="${FRAME}" hidden data-message-origin="${data.messageOrigin}" data-session-member="${data.sessionMember}" data-wait-ms="${settings.limits.deviceDataWaitMs}">
${hiddenFields(data.fields)}<input type="hidden" name="${data.cardPrefixField}" value="" data-card-prefix></form>
<iframe name="${FRAME}" title="${voice.text('card.device-check')}" hidden></iframe>`,
  }
}
