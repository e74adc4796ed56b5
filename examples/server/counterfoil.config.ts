import { join } from 'node:path'
import { externalModule, internalModule, webhookPipelines } from 'counterfoil'
import { secretSetting, type ServerConfiguration, setting, smtpGreeting } from 'counterfoil/standalone'
import { provider, simulator } from './provider.ts'

// The whole of a server that runs alone. Every setting is a variable of the environment, or the file that NAME_FILE
// names. Without any it runs on this machine with a simulated provider; README.md says what to set for a real one.

const dataFolder = setting('DATA_FOLDER', join(import.meta.dirname, 'data'))
const webhookUrl = setting('WEBHOOK_URL', '')
const shopUrl = setting('SHOP_URL', '')
const smtpHost = setting('SMTP_HOST', '')
/** Addresses of proxies, apart by commas. */
const proxies = setting('TRUST_PROXY', '')
// A trial makes its own secrets, at its first start. With a real provider they must be given.
const own = simulator === undefined ? {} : { madeIn: dataFolder }

export default {
  modules: [
    internalModule('card', { gateway: provider.direct, believe: 'source', pipelines: webhookPipelines }),
    externalModule('worldpay', { gateway: provider.hosted, believe: 'source', pipelines: webhookPipelines }),
  ],
  publicUrl: setting('PUBLIC_URL', 'http://localhost:3080/pay'),
  listen: { host: setting('LISTEN_HOST', '127.0.0.1'), port: Number(setting('LISTEN_PORT', '3080')) },
  dataFolder,
  secret: secretSetting('COUNTERFOIL_SECRET', own),
  apiKeys: [{ client: 'web-shop', secret: secretSetting('API_KEY', own) }],
  ...(webhookUrl === ''
    ? {}
    : {
        webhook: {
          url: webhookUrl,
          secrets: [secretSetting('WEBHOOK_SECRET', { ...own, prefix: 'whsec_' })],
          // A trial's shop may be on this machine too.
          allowLoopback: simulator !== undefined,
        },
      }),
  pages: { brand: setting('BRAND', 'Tea & Co'), ...(shopUrl === '' ? {} : { shopUrl }) },
  ...(proxies === '' ? {} : { trustProxy: proxies.split(',') }),
  ...(simulator === undefined ? {} : { simulator }),
  checks: smtpHost === '' ? [] : [smtpGreeting({ host: smtpHost, port: Number(setting('SMTP_PORT', '25')) })],
} satisfies ServerConfiguration
