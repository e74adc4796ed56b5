import { failure } from '../errors.ts'

const HIDDEN = '[secret]'

/**
 * A password or key that cannot be printed, logged, cloned or turned into JSON: its text is private to the class.
 *
 * @example
 * String(secret('correct horse')) // '[secret]'
 */
export class Secret {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
    Object.freeze(this)
  }

  /** The text, for the one place that puts it into a request. */
  reveal(): string {
    return this.#text
  }

  toString(): string {
    return HIDDEN
  }

  toJSON(): string {
    return HIDDEN
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return HIDDEN
  }
}

/**
 * Seals a text, such as a variable of the environment.
 *
 * @throws CF_CONFIG when there is no text: an unset variable is a mistake, not an empty password.
 * @example
 * const password = secret(process.env.WORLDPAY_PASSWORD)
 */
export function secret(text: string | undefined): Secret {
  if (typeof text !== 'string' || text === '') {
    throw failure('CF_CONFIG', 'a secret is empty or not set; set the variable that it is read from')
  }
  return new Secret(text)
}
