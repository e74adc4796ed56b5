import type { IncomingMessage, ServerResponse } from 'node:http'
import { noticePage, payerPage, postedForm, sendPayerPage } from './hosted-page-sheet.ts'
import type { WorldpayShell } from './shell.ts'
import { deviceSession, readDeviceDataJwt } from './three-d-secure.ts'
import { escapeXml } from './xml.ts'

/** Behind the mount, as at the gateway. */
export const DEVICE_DATA_PATH = '/shopper/3ds/ddc.html'

/** What the gateway's own page tells the merchant's, whose origin it cannot know. */
const TELL_THE_PARENT = `window.parent.postMessage(JSON.stringify({ MessageType: 'profile.completed', SessionId: document.querySelector('output').value, Status: true }), '*')`

/** Device data collection: the merchant's page posts `JWT` and `Bin` here in a hidden frame. */
export async function serveDeviceData(
  shell: WorldpayShell,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const refuse = (status: number, why: string): void =>
    sendPayerPage(response, status, noticePage('No device data', why))
  if (request.method !== 'POST') return refuse(405, 'The form with JWT and Bin is sent by POST.')
  const form = await postedForm(request)
  const jwt = readDeviceDataJwt(shell.state, form?.get('JWT') ?? '', shell.nowMs())
  if (!jwt.ok) return refuse(400, `The JWT was not taken: ${jwt.why}`)
  const bin = form?.get('Bin') ?? ''
  // Some merchants send the whole number, which the gateway takes: its first digits are enough.
  if (!/^\d{6,19}$/.test(bin)) return refuse(400, 'Bin is the first six or more digits of the card.')
  const session = escapeXml(deviceSession(shell.state, bin))
  const content = `<section><h1>Device data</h1><p>Collected as <output>${session}</output></p></section>`
  sendPayerPage(response, 200, payerPage('Device data', content, TELL_THE_PARENT), TELL_THE_PARENT)
}
