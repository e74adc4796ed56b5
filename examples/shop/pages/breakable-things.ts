import { aheadWords, type Breaking, CLOCK_STEPS } from '../breaking/breaking.ts'
import { type Html, html } from './html.ts'

/** Something that can be broken, as the pages show it. */
export interface Thing {
  readonly what: 'database' | 'mail' | 'clock' | 'kill'
  readonly name: string
  /** What breaking it means, while it is whole. */
  readonly means: string
  readonly isBroken: boolean
  /** How it stands, in a word or two. */
  readonly state: string
  /** Once it is broken: what to expect of the shop. */
  readonly expect: string
  /** And what Counterfoil does about it. */
  readonly remedy: string
  /** Its buttons, without the form around them. */
  readonly buttons: Html
}

/** `short` makes buttons for a narrow place. */
export function breakableThings(breaking: Breaking, { short = false } = {}): readonly Thing[] {
  return [database(breaking), mail(breaking), clock(breaking, short), process(breaking, short)]
}

function database({ database: { isAway } }: Breaking): Thing {
  return {
    what: 'database',
    name: "The shop's database",
    means:
      'Every read and write of the shop fails. Counterfoil’s journal is a database of its own, and stays.',
    isBroken: isAway,
    state: isAway ? 'away' : 'there',
    expect:
      'The shop’s pages answer 503, and so does a payment that begins now: nothing is sent, nothing is charged. A payment whose request has left goes on.',
    remedy:
      'It writes down what the provider answers, keeps what the shop has to be told, and tells it again with growing pauses until the shop has heard it, once.',
    buttons: twoWays('database', isAway, 'the database'),
  }
}

function mail({ mail }: Breaking): Thing {
  const isAway = mail.isAway()
  return {
    what: 'mail',
    name: 'The mail server',
    means: 'It refuses whoever wants to deliver something (421).',
    isBroken: isAway,
    state: isAway ? 'away' : 'there',
    expect: 'Orders are paid as ever, and their mail does not come.',
    remedy:
      'Mail is sent after the money is safe, and tried again with growing pauses, each time under the same key and Message-ID. Bring the server back, and each mail comes once.',
    buttons: twoWays('mail', isAway, 'the mail server'),
  }
}

function clock({ clock: { aheadMs } }: Breaking, short: boolean): Thing {
  return {
    what: 'clock',
    name: 'The clock',
    means:
      'This machine’s clock goes ahead, for the shop and for Counterfoil. The provider’s stays as it is.',
    isBroken: aheadMs > 0,
    state: aheadMs > 0 ? `${aheadWords(aheadMs)} ahead` : 'right',
    expect:
      'What the shop itself dates is ahead, and forms that were open have expired. Payments go on as before.',
    remedy:
      'Its time is the journal’s, carried on by a clock that nobody can set: nothing falls due early, and no doubt ends, because a machine is wrong. A shop that is started again now believes it: what was put off is due at once, and even then evidence ends a payment, not the time.',
    buttons: html`<input type="hidden" name="do" value="${aheadMs > 0 ? 'mend' : 'break'}">${
      aheadMs > 0
        ? html`<button class="button small mend" id="mend-clock">Put it right</button>`
        : html`${Object.entries(CLOCK_STEPS).map(
            ([amount, step]) =>
              html`<button class="button small plain" id="clock-${amount}" name="amount" value="${amount}" aria-label="${short ? step.short : step.label}: put the clock ahead">${short ? step.short : step.label}</button>`,
          )}`
    }`,
  }
}

function process({ death: { isArmed }, supervisor }: Breaking, short: boolean): Thing {
  const back =
    supervisor === undefined
      ? 'Nobody starts it again here: do so yourself.'
      : `Its supervisor starts it again${supervisor.restarts > 0 ? ` (${supervisor.restarts} so far)` : ''}.`
  return {
    what: 'kill',
    name: 'The process',
    means: `SIGKILL: nothing is finished, closed or saved. ${back}`,
    isBroken: isArmed,
    state: isArmed ? 'armed' : 'runs',
    expect: `The next request to the provider is its last: the provider does what it is asked, its answer begins, and the process is gone. Your browser says that it cannot reach the shop: reload in two seconds. ${back}`,
    remedy:
      'The request was written down before it left. The next process takes the payment over, asks the provider what became of it, and ends it by what it hears.',
    buttons: isArmed
      ? html`<input type="hidden" name="do" value="mend"><button class="button small mend" id="mend-kill">Disarm</button>`
      : html`<input type="hidden" name="do" value="break"><button class="button small plain" id="kill-now" name="when" value="now">${short ? 'Kill now' : 'Kill it now'}</button><button class="button small plain" id="kill-sent" name="when" value="sent">${short ? 'In flight' : 'Kill it in flight'}</button>`,
  }
}

/** The thing's name is in the button's, for whoever hears the buttons without what stands beside them. */
function twoWays(what: string, isBroken: boolean, name: string): Html {
  const [id, action, words] = isBroken
    ? [`mend-${what}`, 'mend', 'Bring it back']
    : [`break-${what}`, 'break', 'Take it away']
  return html`<button class="button small ${isBroken ? 'mend' : 'plain'}" id="${id}" name="do" value="${action}" aria-label="${words}: ${name}">${words}</button>`
}
