import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isAllowed } from './address-rules.ts'
import { checkedLookup } from './checked-lookup.ts'
import { post } from './post.ts'
import { answering, receiver } from './receiver.test-data.ts'
import { targetFrom } from './target.ts'

const PUBLIC = [
  '1.1.1.1',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '126.255.255.255',
  '128.0.0.1',
  '168.63.129.15',
  '169.253.255.255',
  '172.15.255.255',
  '172.32.0.0',
  '192.0.1.0',
  '192.167.255.255',
  '192.169.0.0',
  '198.17.255.255',
  '198.20.0.0',
  '223.255.255.255',
  '2000::',
  '2001:200::',
  '2606:4700:4700::1111',
  '3ffe::1',
  '3fff:1000::',
]

const REFUSED = [
  '0.0.0.0',
  '0.1.2.3',
  '10.0.0.0',
  '10.255.255.255',
  '100.64.0.0',
  '100.100.100.200',
  '100.127.255.255',
  '127.0.0.1',
  '127.255.255.255',
  '168.63.129.16',
  '169.254.0.0',
  '169.254.169.254',
  '172.16.0.0',
  '172.31.255.255',
  '192.0.0.0',
  '192.0.0.192',
  '192.0.2.1',
  '192.88.99.1',
  '192.168.0.0',
  '192.168.255.255',
  '198.18.0.0',
  '198.19.255.255',
  '198.51.100.1',
  '203.0.113.255',
  '224.0.0.1',
  '239.255.255.255',
  '240.0.0.0',
  '255.255.255.255',
  '::',
  '::1',
  '::2',
  '::8.8.8.8',
  '::ffff:8.8.8.8',
  '::ffff:127.0.0.1',
  '::ffff:0:127.0.0.1',
  '64:ff9b::7f00:1',
  '64:ff9b::808:808',
  '64:ff9b:1::1',
  '100::1',
  '1fff:ffff::',
  '2001::1',
  '2001:0:4136:e378::',
  '2001:10::1',
  '2001:20::1',
  '2001:db8::1',
  '2002:7f00:1::',
  '2002:808:808::1',
  '3fff::1',
  '3fff:fff:ffff::',
  '4000::',
  '5f00::1',
  'fc00::1',
  'fd00:ec2::254',
  'fe80::1',
  'fe80::1%eth0',
  '2606:4700::1%eth0',
  'fec0::1',
  'ff02::1',
  'ffff::',
  '',
  'localhost',
  '8.8.8',
  '08.8.8.8',
  '0x8080808',
  '8.8.8.8 ',
]

describe('an address of a webhook', () => {
  it('is allowed when the whole world has it, and refused when it leads into some network', () => {
    for (const address of PUBLIC) assert.equal(isAllowed(address, 'public'), true, address)
    for (const address of REFUSED) assert.equal(isAllowed(address, 'public'), false, address)
  })

  it('of this machine is allowed for tests alone, and no form that only looks like one', () => {
    for (const address of ['127.0.0.1', '127.1.2.3', '::1']) {
      assert.equal(isAllowed(address, 'loopback'), true, address)
      assert.equal(isAllowed(address, 'public-or-loopback'), true, address)
    }
    for (const address of [
      '::ffff:127.0.0.1',
      '::ffff:7f00:1',
      '64:ff9b::7f00:1',
      '2002:7f00:1::',
      '10.0.0.1',
      '0.0.0.0',
      '::',
    ])
      for (const reach of ['loopback', 'public-or-loopback'] as const)
        assert.equal(isAllowed(address, reach), false, address)
    assert.equal(isAllowed('8.8.8.8', 'loopback'), false)
    assert.equal(isAllowed('8.8.8.8', 'public-or-loopback'), true)
  })
})

describe('the URL of a webhook', () => {
  const words = (url: string, allowLoopback = false): string => {
    try {
      return `taken: ${targetFrom(url, allowLoopback).reach}`
    } catch (error) {
      return String(error)
    }
  }

  it('is https to the world', () => {
    for (const url of [
      'https://shop.example/webhooks',
      'https://shop.example:8443/?a=b',
      'https://8.8.8.8/',
      'https://[2606:4700::1111]/',
    ])
      assert.equal(words(url), 'taken: public')
    assert.match(words('http://shop.example/'), /must be https/)
    for (const url of [
      'ftp://shop.example/',
      'shop.example',
      '',
      'javascript:alert(1)',
      'file:///etc/passwd',
    ])
      assert.match(words(url), /must be an https address/)
    for (const url of ['https://me:pw@shop.example/', 'https://me@shop.example/', 'https://shop.example/#x'])
      assert.match(words(url), /no user name, password or fragment/)
  })

  it('is refused in every way to write an address that leads inside', () => {
    const hosts = [
      '127.0.0.1',
      '2130706433',
      '0x7f000001',
      '0x7f.1',
      '017700000001',
      '0177.0.0.1',
      '127.1',
      '127.0.1',
      '0',
      '0x0',
      '00',
      '%31%32%37.0.0.1',
      '①②⑦.⓪.⓪.①',
      '127。0。0。1',
      '127.0.0.1.',
      '3232235521',
      '0xa9fea9fe',
      '169.254.169.254',
      '0251.0376.0251.0376',
      '[::1]',
      '[0:0:0:0:0:0:0:1]',
      '[::]',
      '[::ffff:127.0.0.1]',
      '[::ffff:7f00:1]',
      '[0:0:0:0:0:ffff:7f00:1]',
      '[::127.0.0.1]',
      '[64:ff9b::127.0.0.1]',
      '[2002:7f00:1::]',
      '[fd00:ec2::254]',
      '[fe80::1]',
      '[2001:db8::1]',
      'localhost',
      'LOCALHOST',
      'localhost.',
      'shop.localhost',
      'ⓛocalhost',
    ]
    for (const host of hosts)
      assert.match(
        words(`https://${host}/`),
        /^CounterfoilError: .*(no address of the public|this machine)/,
        host,
      )
  })

  it('may be this machine where a test says so, without TLS only there', () => {
    for (const url of ['http://127.0.0.1:1/', 'http://2130706433/', 'http://[::1]:1/', 'http://localhost:1/'])
      assert.equal(words(url, true), 'taken: loopback')
    for (const url of ['https://localhost/', 'https://127.0.0.1/', 'https://shop.example/'])
      assert.equal(words(url, true), 'taken: public-or-loopback')
    for (const url of [
      'http://shop.example/',
      'http://10.0.0.1/',
      'http://0.0.0.0/',
      'http://localhost.example/',
      'http://8.8.8.8/',
    ])
      assert.match(words(url, true), /must be https; allowLoopback permits/)
    for (const url of ['https://10.0.0.1/', 'https://[::ffff:127.0.0.1]/', 'https://169.254.169.254/'])
      assert.match(words(url, true), /no address of the public/)
  })
})

describe('the lookup of a webhook', () => {
  const found = (lookup: ReturnType<typeof checkedLookup>): Promise<unknown> =>
    new Promise((resolve) =>
      lookup('shop.example', { all: true }, (error, addresses) => resolve(error ?? addresses)),
    )

  it('gives away all addresses or none: one that leads inside refuses the name', async () => {
    const both = checkedLookup(answering(['8.8.8.8', '2606:4700::1111']), 'public')
    assert.deepEqual(await found(both), [
      { address: '8.8.8.8', family: 4 },
      { address: '2606:4700::1111', family: 6 },
    ])
    for (const addresses of [
      ['8.8.8.8', '127.0.0.1'],
      ['::1'],
      ['::ffff:8.8.8.8'],
      [],
      Array<string>(33).fill('8.8.8.8'),
    ]) {
      const refused = await found(checkedLookup(answering(addresses), 'public'))
      assert.equal((refused as { code?: string }).code, 'CF_WEBHOOK_UNDELIVERED')
    }
  })

  it('is looked at anew each time: a name that begins to lead inside is refused from then on', async () => {
    const lookup = checkedLookup(answering(['8.8.8.8'], ['127.0.0.1']), 'public')
    assert.deepEqual(await found(lookup), [{ address: '8.8.8.8', family: 4 }])
    assert.match(String(await found(lookup)), /shop\.example leads to 127\.0\.0\.1/)
  })

  it('of a connection that wants one address gives the first', async () => {
    const lookup = checkedLookup(answering(['8.8.8.8', '1.1.1.1']), 'public')
    const answer = await new Promise((resolve) => lookup('shop.example', {}, (...given) => resolve(given)))
    assert.deepEqual(answer, [null, '8.8.8.8', 4])
  })
})

describe('the connection itself', () => {
  it('is looked at too: were it made inside all the same, not a byte would be sent', async () => {
    await using inside = await receiver()
    const sent = post({
      url: new URL(`http://shop.example:${inside.port}/`),
      reach: 'public',
      // What a mistake in the lookup would do.
      lookup: (_hostname, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]),
      headers: {},
      body: '{}',
      ca: [],
      signal: AbortSignal.timeout(10_000),
    })
    await assert.rejects(sent, /shop\.example leads to 127\.0\.0\.1/)
    assert.equal(inside.connections, 1)
    assert.equal(inside.heard.length, 0)
  })
})
