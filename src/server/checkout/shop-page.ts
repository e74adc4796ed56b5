import type { PaymentView } from '../../engine/api.ts'
import type { Site } from '../site.ts'

export interface NamedPage {
  readonly view: PaymentView
  /** The shop's own success page, where it has one and has named it. */
  readonly shopPage: string | undefined
}

/**
 * The page of a paid payment is named by an effect that follows the payment by a few milliseconds. Where the module
 * names one, it is waited for, and not for long: when the shop is away our own success page is right too.
 */
export async function withNamedPage(site: Site, found: PaymentView): Promise<NamedPage> {
  // To the payer a payment that the bank disputes is as paid as it was.
  if (found.status !== 'paid' && found.status !== 'disputed') return { view: found, shopPage: undefined }
  const view =
    found.page === undefined && found.status === 'paid' && namesPage(site, found)
      ? await whenNamed(site, found)
      : found
  return { view, shopPage: addressIn(view.page) }
}

function namesPage({ cf }: Site, view: PaymentView): boolean {
  const module = cf.modules.find(({ name }) => name === view.module)
  return (
    module?.pipelines.statusOk?.steps.some(({ gives }) => gives.some(({ name }) => name === 'page')) ?? false
  )
}

async function whenNamed({ cf, settings }: Site, found: PaymentView): Promise<PaymentView> {
  const signal = AbortSignal.timeout(settings.limits.pageGraceMs)
  let latest = found
  for await (const view of cf.watch(found.id, { signal, after: found.version })) {
    latest = view
    if (view.page !== undefined || view.status !== 'paid') break
  }
  return latest
}

/** Only an address of the web: the value comes out of a pipeline, and 'success' is our own page. */
function addressIn(page: string | undefined): string | undefined {
  const url = page === undefined ? null : URL.parse(page)
  return url !== null && /^https?:$/.test(url.protocol) ? url.href : undefined
}
