/** Visa credit: the simulator takes any number of a known scheme that passes the Luhn check. */
const PREFIX = '44443'
const DIGITS = 16

/** The card of the n-th payer: a number of its own that passes the Luhn check, and that no bank has given out. */
export function cardNumber(payer: number): string {
  const known = `${PREFIX}${String(payer).padStart(DIGITS - PREFIX.length - 1, '0')}`
  return known + luhnDigit(known)
}

/** The digit that makes all of them pass: from the right, every other one counts twice. */
function luhnDigit(digits: string): number {
  let sum = 0
  for (let index = digits.length - 1, counts = 2; index >= 0; index--, counts = 3 - counts) {
    const value = Number(digits[index]) * counts
    sum += value > 9 ? value - 9 : value
  }
  return (10 - (sum % 10)) % 10
}
