import { Html, html } from './html.ts'

/**
 * One drawing per product, in few inks: `currentColor` for lines, classes for areas, so that light and dark are the
 * sheet's business. They are part of the page: nothing is loaded for them.
 */
const DRAWINGS: Readonly<Record<string, string>> = {
  // A pile of cheques, and the topmost being torn from its stub.
  book: `<ellipse class="shadow" cx="82" cy="99" rx="62" ry="6"/>
<path class="green" d="M20 84h42v12H23a3 3 0 0 1-3-3z"/>
<path class="leaf-fill" d="M62 84h78v12H62zM20 76h42v8H20zM62 76h78v8H62z"/>
<path class="thin" d="M62 80h78M20 80h42"/>
<path class="tint" d="M20 38h42v38H20z"/>
<path class="leaf-fill" d="M66 34l76-10 5 38-76 10z"/>
<path class="dots" d="M62 40v34"/>
<path class="thin" d="M28 48h24M28 56h16M28 66h20M78 44l36-5M80 54l50-7M82 63l22-3"/>
<path class="green bare" d="M122 51l15-2 1 7-15 2z"/>`,
  // The nib has just written something.
  pen: `<ellipse class="shadow" cx="78" cy="101" rx="58" ry="5"/>
<path class="thin" d="M20 97c8-9 12 5 20-2s9 5 15-1"/>
<path class="leaf-fill" d="M57 94l3-21 17 14z"/>
<path class="brass" d="M60 73l9-8 17 14-9 8z"/>
<path class="green" d="M69 65l41-46q5-5 10-1l6 5q5 5 1 10L86 79z"/>
<path class="brass" d="M98 32l17 14 4-5-17-14z"/>
<path class="thin" d="M57 94l9-11M118 25l6 5"/>
<circle class="ink-fill bare" cx="66.500" cy="82.500" r="2"/>
<path class="thin" d="M121 33l-23 27"/>`,
  ink: `<ellipse class="shadow" cx="80" cy="102" rx="48" ry="6"/>
<path class="leaf-fill" d="M62 34h36v10q0 5 6 8 18 8 18 20v20a8 8 0 0 1-8 8H46a8 8 0 0 1-8-8V72q0-12 18-20 6-3 6-8z"/>
<path class="blue bare" d="M40 70q24 8 42 1t38 0v22a6 6 0 0 1-6 6H46a6 6 0 0 1-6-6z"/>
<path d="M62 34h36v10q0 5 6 8 18 8 18 20v20a8 8 0 0 1-8 8H46a8 8 0 0 1-8-8V72q0-12 18-20 6-3 6-8z"/>
<path class="brass" d="M58 18h44v16H58z"/>
<path class="thin" d="M66 18v16M74 18v16M82 18v16M90 18v16"/>
<path class="leaf-fill" d="M58 72h44v20H58z"/>
<path class="thin" d="M65 79h30M70 86h20"/>`,
  // A stick and the seal that was made with it.
  wax: `<ellipse class="shadow" cx="82" cy="101" rx="56" ry="6"/>
<path class="wax" d="M104 20l20 6-17 62-20-6z"/>
<path class="brass" d="M113 23l5 1 3-12q-5-3-6 2z"/>
<path class="thin" d="M100 36l20 6M96 50l20 6"/>
<path class="wax" d="M56 38c9-4 14 6 22 9s13 11 9 19 4 17-4 23-12 12-22 11-20 3-28-5-13-12-11-22-3-18 5-25 20-6 29-10z"/>
<circle class="thin" cx="56" cy="69" r="19"/>
<path d="M48 78l8-21 8 21M51 71.500h10"/>`,
  stamps: `<ellipse class="shadow" cx="82" cy="102" rx="50" ry="5"/>
<path class="leaf-fill bare" d="M38 16h84v84H38z"/>
<path class="dots" d="M40 58h80M80 18v80M40 18h80v80H40z"/>
<path class="green bare" d="M46 24h28v28H46z"/><path class="wax bare" d="M86 24h28v28H86z"/>
<path class="blue bare" d="M46 64h28v28H46z"/><path class="brass bare" d="M86 64h28v28H86z"/>
<g class="leaf-fill bare"><path d="M50 46l7-10 5 6 3-4 5 8z"/><circle cx="66" cy="31" r="2.500"/><path d="M90 46l7-10 5 6 3-4 5 8z"/><circle cx="106" cy="31" r="2.500"/><path d="M50 86l7-10 5 6 3-4 5 8z"/><circle cx="66" cy="71" r="2.500"/><path d="M90 86l7-10 5 6 3-4 5 8z"/><circle cx="106" cy="71" r="2.500"/></g>`,
  rubber: `<ellipse class="shadow" cx="80" cy="103" rx="56" ry="5"/>
<path class="wax" d="M69 12h22q7 0 7 8t-7 9q-2 10 6 20H63q8-10 6-20-7-1-7-9t7-8z"/>
<path class="thin" d="M70 20h14"/>
<path class="tint" d="M52 49h56v16H52z"/>
<path class="thin" d="M61 49v16M71 49v16M81 49v16M91 49v16M100 49v16"/>
<path class="brass" d="M46 65h68v9H46z"/>
<path class="ink-fill" d="M50 74h60v6H50z"/>
<g class="wax-line"><path d="M54 88h52v14H54z"/><path class="thin" d="M60 99v-8h3q2 0 2 2t-2 2h-3M70 99l3-8 3 8M71 96.500h4M82 91v8M89 91v8h3q4 0 4-4t-4-4z"/></g>`,
  ledger: `<ellipse class="shadow" cx="84" cy="102" rx="54" ry="5"/>
<path class="leaf-fill" d="M44 92h74v8H44q-6-1-6-4t6-4z"/>
<path class="thin" d="M44 96h74"/>
<path class="green" d="M38 22q0-6 7-6h71a4 4 0 0 1 4 4v72H45q-7 0-7 5z"/>
<path class="brass" d="M120 16h-14v14zM120 92V78l-14 14z"/>
<path class="thin" d="M50 16v76"/>
<path class="leaf-fill" d="M62 34h38v22H62z"/>
<path class="thin" d="M68 41h26M68 48h16"/>`,
  clip: `<ellipse class="shadow" cx="84" cy="101" rx="56" ry="5"/>
<path class="leaf-fill" d="M46 26l62-8 9 70-62 8z"/>
<path class="leaf-fill" d="M40 30h62v66H40z"/>
<path class="thin" d="M66 46h28M66 54h22M48 68h46M48 76h40M48 84h44"/>
<path stroke-width="6.500" d="M60 28v32a8 8 0 0 1-16 0V22a11 11 0 0 1 22 0"/>
<path class="wax-line" stroke-width="3" d="M60 28v32a8 8 0 0 1-16 0V22a11 11 0 0 1 22 0v32"/>
<path class="wax-line" stroke-width="3" d="M128 84v-20a5 5 0 0 1 10 0v24a8 8 0 0 1-16 0v-20"/>`,
}

const BLANK = '<path class="tint" d="M44 24h72v72H44z"/>'

/** Decoration: the product's name always stands beside it. */
export function picture(name: string): Html {
  const drawing = new Html(Object.hasOwn(DRAWINGS, name) ? (DRAWINGS[name] ?? BLANK) : BLANK)
  return html`<svg class="picture" viewBox="8 4 144 108" aria-hidden="true">${drawing}</svg>`
}

/** A cheque on its way, and the stub that stays. */
export const tornCheque = new Html(`<svg class="picture" viewBox="0 0 260 120" aria-hidden="true">
<path class="leaf-fill" d="M6 30h70v72H6z"/><path class="tint" d="M6 30h70v16H6z"/>
<path class="thin" d="M16 58h44M16 68h30M16 90h44"/><path class="green bare" d="M16 76h20v6H16z"/>
<path class="dots" d="M76 30v72"/>
<g transform="rotate(-7 170 60)"><path class="leaf-fill" d="M92 24h160v74H92z"/><path class="tint bare" d="M93 25h158v14H93z"/><path class="dots" d="M92 24v74"/>
<path class="thin" d="M106 52h92M106 64h66M106 86h50"/><path class="leaf-fill" d="M206 46h36v18h-36z"/><path d="M178 84c8-9 11 5 18-2s9 5 15-1 8 3 16-1"/></g></svg>`)
