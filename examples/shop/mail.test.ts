import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { emptyShop, orderOf, telling } from './sample-shop.test-data.ts'
import { orderMail } from './mail.ts'
import { type MailSink, startMailSink } from './mail-sink.ts'
import { readMail } from './mail-text.ts'
import { toldAbout } from './told.ts'

async function sinkFor(t: TestContext): Promise<{ readonly sink: MailSink; readonly folder: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'counterfoil-mail-'))
  const sink = await startMailSink(folder)
  t.after(async () => {
    await sink.close()
    rmSync(folder, { recursive: true })
  })
  return { sink, folder }
}

function mailTo(port: number, database = emptyShop()) {
  return {
    database,
    mail: orderMail({ database, host: '127.0.0.1', port, shopUrl: 'http://localhost:3000' }),
  }
}

test('a mail goes out over SMTP once per key, however often and however fast it is told', async (t) => {
  const { sink, folder } = await sinkFor(t)
  const { database, mail } = mailTo(sink.port)
  t.after(() => mail.close())
  const { orderId } = orderOf(database, { ledger: 1 })
  const told = telling(orderId, 'a')
  await Promise.all([mail.send(told), mail.send(told)])
  await mail.send(told)
  assert.equal(readdirSync(folder).length, 1)
  const [arrived, ...more] = await sink.mails()
  assert.equal(more.length, 0)
  assert.equal(arrived?.to, 'jane@example.com')
  assert.match(arrived?.subject ?? '', /^Order 1 is paid/)
  assert.match(arrived?.text ?? '', /1 x Ledger, 192 pages: £24\.00/)
  assert.match(arrived?.text ?? '', new RegExp(`http://localhost:3000/orders/${orderId}`))
  assert.equal(toldAbout(database, orderId)[0]?.state, 'done')
})

test('a mail that was sent before the process died is the same mail when it is sent again', async (t) => {
  const { sink } = await sinkFor(t)
  const { database, mail } = mailTo(sink.port)
  t.after(() => mail.close())
  const { orderId } = orderOf(database, { ledger: 1 })
  await mail.send(telling(orderId, 'a'))
  // As if the process had died between the server's answer and our note of it.
  database.sql.run`UPDATE told SET state = 'begun'`
  await mail.send(telling(orderId, 'a'))
  assert.equal((await sink.mails()).length, 1)
  await mail.send(telling(orderId, 'b'))
  assert.equal((await sink.mails()).length, 2)
})

test('while the mail server is away the mail is not settled, and goes out later', async (t) => {
  const { sink } = await sinkFor(t)
  const away = mailTo(1)
  const { orderId } = orderOf(away.database, { ledger: 1 })
  await assert.rejects(away.mail.send(telling(orderId, 'a')), /ECONNREFUSED/)
  assert.equal(toldAbout(away.database, orderId)[0]?.state, 'begun')
  const back = mailTo(sink.port, away.database)
  t.after(() => back.mail.close())
  await back.mail.send(telling(orderId, 'a'))
  assert.equal((await sink.mails()).length, 1)
})

test('encoded words, folded lines and both encodings are read', () => {
  const mail = readMail(
    [
      'Subject: =?UTF-8?Q?Caf=C3=A9_?= =?UTF-8?B?4oKs?=',
      'From: a@example.com',
      'To: b@example.com,',
      ' c@example.com',
      'Content-Transfer-Encoding: quoted-printable',
      '',
      'One =C2=A3 and a long =',
      'line',
    ].join('\r\n'),
  )
  assert.equal(mail.subject, 'Café €')
  assert.equal(mail.to, 'b@example.com, c@example.com')
  assert.equal(mail.text, 'One £ and a long line')
  assert.equal(mail.dateMs, 0)
})
