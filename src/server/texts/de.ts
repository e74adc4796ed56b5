import type { Texts } from './texts.ts'

export const de: Texts = {
  'frame.secure': 'Sichere Zahlung',
  'frame.to-shop': 'Zurück zum Shop',

  'fact.order': 'Bestellung',
  'fact.amount': 'Betrag',
  'fact.paid': 'Bezahlt',
  'fact.refunded': 'Erstattet',
  'fact.not-charged': 'Nicht belastet',
  'fact.card': 'Karte',
  'fact.status': 'Status',

  'go.payment-page': 'Weiter zur Zahlungsseite',
  'go.bank': 'Weiter zu Ihrer Bank',
  'go.until': 'Das ist bis {time} möglich.',
  'go.another-way': 'Anders bezahlen',
  'go.order': 'Zurück zur Bestellung',
  'go.see-payment': 'Zahlung ansehen',
  'go.see-going': 'Stand der Zahlung ansehen',
  'do-not-pay-again': 'Bitte bezahlen Sie nicht noch einmal.',

  'order.title': 'Ihre Bestellung',
  'order.number': 'Bestellung {order}',
  'order.total': 'Gesamtbetrag',
  'order.lines': 'Alle {count} Artikel anzeigen',
  'order.to-pay': 'Zu zahlen',
  'order.ways': 'Wie möchten Sie bezahlen?',
  'order.pay': '{amount} bezahlen',
  'order.way-card': 'Karte',
  'order.way-here': 'Sie geben Ihre Kartendaten hier ein.',
  'order.way-there': 'Sie bezahlen auf der Seite des Zahlungsanbieters und kommen danach hierher zurück.',
  'order.next-here':
    'Als Nächstes geben Sie Ihre Kartendaten ein. Vor dem Bezahlen sehen Sie den Betrag noch einmal.',
  'order.next-there': 'Sie bezahlen auf der Seite des Zahlungsanbieters. Danach kommen Sie hierher zurück.',
  'order.no-way': 'Diese Bestellung kann hier zurzeit nicht bezahlt werden.',
  'order.continue-begun': 'Die begonnene Zahlung fortsetzen',
  'order.paid.title': 'Diese Bestellung ist bezahlt',
  'order.paid.text': 'Es ist nichts mehr zu bezahlen.',
  'order.closed.title': 'Diese Bestellung ist geschlossen',
  'order.closed.text':
    'Sie wurde storniert oder ist abgelaufen und kann nicht mehr bezahlt werden. Wenn Sie die Artikel kaufen möchten, bestellen Sie bitte im Shop neu.',
  'order.held.title': 'Eine Zahlung läuft bereits',
  'order.held.text': 'Für diese Bestellung wurde eine Zahlung begonnen, die noch nicht abgeschlossen ist.',
  'order.held.looks-again':
    'Wird die Zahlung nicht abgeschlossen, können Sie hier bezahlen. Diese Seite aktualisiert sich von selbst.',

  'card.title': 'Kartendaten',
  'card.number': 'Kartennummer',
  'card.expiry': 'Gültig bis',
  'card.month': 'Monat (MM)',
  'card.year': 'Jahr (JJJJ)',
  'card.code': 'Prüfnummer',
  'card.code-hint': '3 Ziffern auf der Rückseite, bei American Express 4 auf der Vorderseite',
  'card.holder': 'Name auf der Karte',
  'card.pay': '{amount} bezahlen',
  'card.next':
    'Möglicherweise bittet Ihre Bank Sie anschließend um eine Bestätigung. Danach sehen Sie, ob die Zahlung geklappt hat.',
  'card.once':
    'Sie bezahlen nur einmal, auch wenn Sie zweimal auf die Schaltfläche tippen. Ihre Kartendaten werden nicht gespeichert.',
  'card.device-check': 'Prüfung Ihres Geräts durch den Zahlungsanbieter',
  'card.check': 'Bitte prüfen Sie Ihre Kartendaten',
  'card.retype':
    'Ihre Karte wurde nicht belastet. Bitte geben Sie Kartennummer und Prüfnummer noch einmal ein.',
  'card.wrong.number': 'Prüfen Sie die Kartennummer: Sie hat 12 bis 19 Ziffern.',
  'card.wrong.month': 'Geben Sie den Monat als Zahl von 01 bis 12 ein.',
  'card.wrong.year': 'Geben Sie das Jahr mit vier Ziffern ein.',
  'card.wrong.expired': 'Diese Karte ist abgelaufen. Verwenden Sie bitte eine andere.',
  'card.wrong.code': 'Die Prüfnummer hat 3 Ziffern, bei American Express 4.',
  'card.wrong.holder': 'Geben Sie den Namen so ein, wie er auf der Karte steht.',
  'card.wrong.holder-number': 'Hierher gehört der Name auf der Karte, nicht ihre Nummer.',
  'card.wrong.refused':
    'Mit diesen Angaben kann die Karte nicht verwendet werden. Prüfen Sie sie oder verwenden Sie eine andere Karte.',

  'wait.page': 'Ihre Zahlung wird verarbeitet',
  'wait.title': 'Einen Moment bitte',
  'wait.text': 'Ihre Zahlung wird verarbeitet. Das dauert meist nur wenige Sekunden.',
  'wait.next': 'Sie müssen nichts tun: Diese Seite aktualisiert sich von selbst.',
  'still.title': 'Wir prüfen noch',
  'still.text':
    'Die Rückmeldung zu Ihrer Zahlung dauert länger als üblich. Sie können diese Seite schließen, wir klären das. Unter ihrer Adresse sehen Sie jederzeit, wie die Zahlung ausgegangen ist.',

  'provider.page': 'Zur Zahlungsseite',
  'provider.title': 'Sie werden zur Zahlungsseite weitergeleitet',
  'provider.text': 'Sie öffnet sich von selbst. Falls nicht, verwenden Sie die Schaltfläche.',
  'challenge.title': 'Ihre Bank bittet um Bestätigung',
  'challenge.text': 'Bestätigen Sie hier, dass Sie es sind. Danach geht es mit der Zahlung weiter.',
  'challenge.frame': 'Rückfrage Ihrer Bank',
  'challenge.show': 'Rückfrage Ihrer Bank anzeigen',
  'challenge.own-page': 'Rückfrage auf einer eigenen Seite öffnen',
  'challenge.cannot': 'Ich kann das nicht bestätigen',
  'back.title': 'Zurück zu Ihrer Zahlung',
  'back.text': 'Es geht von selbst weiter. Falls nicht, verwenden Sie die Schaltfläche.',
  'back.go': 'Weiter',

  'unpaid-yet.checking': 'Wir prüfen Ihre Zahlung',
  'unpaid-yet.title': 'Sie haben noch nicht bezahlt',
  'unpaid-yet.text':
    'Der Zahlungsanbieter hat uns noch keine Zahlung gemeldet. Falls Sie dort gerade bezahlt haben, müssen Sie nichts tun: Diese Seite aktualisiert sich von selbst.',
  'unpaid-yet.refused':
    'Der Zahlungsanbieter hat eine Karte nicht angenommen. Sie können es dort mit einer anderen versuchen. Falls Sie das gerade getan haben, müssen Sie nichts tun: Diese Seite aktualisiert sich von selbst.',
  'unpaid-yet.bank.title': 'Ihre Bank wartet auf Sie',
  'unpaid-yet.bank.text': 'Sie möchte sicher sein, dass Sie es sind. Danach geht es mit der Zahlung weiter.',
  'asking.title': 'Wir fragen beim Zahlungsanbieter nach',
  'asking.still.title': 'Wir fragen weiterhin beim Zahlungsanbieter nach',
  'asking.still.text':
    'Falls Sie bezahlt haben, bezahlen Sie bitte nicht noch einmal. Sie können diese Seite schließen: Unter ihrer Adresse sehen Sie jederzeit, wie die Zahlung ausgegangen ist.',
  'held.title': 'Diese Bestellung ist für Ihre Zahlung reserviert',
  'held.until': 'Sie ist bis {time} reserviert.',
  'held.text':
    'Bis dahin kann die begonnene Zahlung noch ausgeführt werden, und eine Bestellung darf nicht zweimal bezahlt werden. Danach können Sie anders bezahlen.',

  'paid.page': 'Zahlung erfolgreich',
  'paid.title': 'Vielen Dank, Ihre Zahlung ist abgeschlossen',
  'paid.text': 'Sie können diese Seite schließen.',
  'refunded.page': 'Zahlung erstattet',
  'refunded.title': 'Diese Zahlung wurde erstattet',
  'refunded.card':
    'Das Geld geht auf die Karte zurück, mit der Sie bezahlt haben. Bis Ihre Bank es anzeigt, können einige Tage vergehen.',
  'refunded.other':
    'Sie erhalten das Geld auf dem Weg zurück, auf dem Sie bezahlt haben. Bis Ihre Bank es anzeigt, können einige Tage vergehen.',
  'not-needed.title': 'Diese Bestellung ist durch Ihre andere Zahlung bezahlt',
  'not-needed.text': 'Diese Zahlung wurde nicht benötigt. Sie wurde Ihnen nicht belastet.',
  'unpaid.page': 'Zahlung nicht erfolgreich',
  'unpaid.title': 'Die Zahlung war nicht erfolgreich',
  'unpaid.not-charged': 'Ihnen wurde nichts belastet.',
  'unpaid.card':
    'Die Karte wurde nicht akzeptiert. Prüfen Sie die Angaben oder verwenden Sie eine andere Karte.',
  'unpaid.other':
    'Die Zahlung wurde nicht akzeptiert. Versuchen Sie es noch einmal oder bezahlen Sie anders.',
  'unpaid.cancelled': 'Die Zahlung wurde nicht ausgeführt.',
  'unpaid.reserved':
    'Falls Ihre Bank einen vorgemerkten Betrag anzeigt, wird er innerhalb weniger Tage automatisch freigegeben.',
  'unpaid.another-card': 'Andere Karte verwenden',
  'unpaid.again': 'Noch einmal versuchen oder anders bezahlen',

  'error.again': 'Noch einmal versuchen',
  'error.form-again': 'Formular neu öffnen',
  'error.continue-own': 'Damit fortfahren oder anders bezahlen',
  'error.not-charged': 'Für diesen Versuch wurde Ihnen nichts belastet.',
  'error.unknown':
    'Bitte bezahlen Sie noch nicht erneut. Laden Sie diese Seite neu: Sie fragt nach derselben Zahlung und bezahlt nie doppelt.',
  'error.not-lost':
    'Bitte bezahlen Sie nicht noch einmal. Ihre Zahlung ist nicht verloren: Kommen Sie in einem Moment auf diese Seite zurück.',
  'error.taken':
    'Für diese Bestellung wurde eine Zahlung begonnen. Bitte bezahlen Sie nicht noch einmal: Auf der Seite Ihrer Bestellung sehen Sie, wie es um sie steht.',
  'error.tried-before':
    'Wenn Sie dieses Formular schon einmal abgeschickt haben, bezahlen Sie bitte nicht noch einmal: Auf der Seite Ihrer Bestellung sehen Sie später, wie es ausging.',
  'error.no-payment-now': 'Wir können Ihre Zahlung gerade nicht nachschlagen',
  'error.no-page-now': 'Wir können diese Seite gerade nicht anzeigen',
  'error.nothing-here.title': 'Seite nicht gefunden',
  'error.nothing-here.text':
    'Unter dieser Adresse gibt es nichts. Öffnen Sie den Link noch einmal so, wie Sie ihn erhalten haben.',
  'error.away.title': 'Zahlungen sind gerade nicht möglich',
  'error.away.text':
    'Etwas, das wir dafür brauchen, antwortet nicht. Meist ist das nach wenigen Minuten vorbei.',
  'error.busy.title': 'Zahlungen sind gerade nicht möglich',
  'error.busy.text':
    'Im Moment bezahlen sehr viele Menschen. Versuchen Sie es in einem Augenblick noch einmal.',
  'error.too-many-tries.title': 'Zu viele Versuche',
  'error.too-many-tries.text':
    'Zum Schutz von Karteninhabern nehmen wir hier für eine Weile keinen weiteren Versuch an. Wählen Sie einen anderen Zahlungsweg, wenn es einen gibt, oder kommen Sie später wieder.',
  'error.not-this-way.title': 'Diese Bestellung kann hier nicht bezahlt werden',
  'error.not-this-way.text':
    'Der Shop muss zuerst etwas in Ordnung bringen. Bitte geben Sie dem Shop Bescheid.',
  'error.not-taken.title': 'Das wurde nicht angenommen',
  'error.not-taken.text': 'An diese Adresse darf nur der Zahlungsanbieter etwas senden.',
  'error.form-over.title': 'Dieses Formular kann nicht mehr verwendet werden',
  'error.form-over.text':
    'Es war zu lange geöffnet, wurde von einer anderen Seite gesendet, oder Ihr Browser speichert keine Cookies. Öffnen Sie das Formular bitte noch einmal und füllen Sie es neu aus.',
  'error.our-fault.title': 'Bei uns ist etwas schiefgegangen',
  'error.our-fault.text': 'Der Fehler wurde festgehalten, und wir gehen ihm nach.',
  'error.order-held.title': 'Eine Zahlung läuft bereits',
  'error.order-held.text':
    'Für diese Bestellung wurde eine andere Zahlung begonnen, die noch nicht abgeschlossen ist. Bitte bezahlen Sie nicht noch einmal.',
  'error.order-paid.title': 'Diese Bestellung ist bereits bezahlt',
  'error.order-paid.text': 'Es ist nichts mehr zu bezahlen.',
  'error.order-closed.title': 'Diese Bestellung ist geschlossen',
  'error.order-closed.text': 'Sie wurde storniert oder ist abgelaufen und kann nicht mehr bezahlt werden.',
  'error.order-refused.title': 'Diese Bestellung kann so nicht bezahlt werden',
  'error.order-refused.text':
    'Vielleicht hat sie sich inzwischen geändert. Gehen Sie zu Ihrer Bestellung zurück und sehen Sie sie sich noch einmal an.',
  'error.card-invalid.title': 'Diese Karte kann nicht verwendet werden',
  'error.card-invalid.text': 'Prüfen Sie Ihre Eingaben oder verwenden Sie eine andere Karte.',
  'error.unreadable.title': 'Das lässt sich nicht lesen',
  'error.unreadable.text': 'Was gesendet wurde, ist keines unserer Formulare.',
  'error.too-slow.title': 'Das Formular ist nicht angekommen',
  'error.too-slow.text': 'Die Verbindung war zu langsam. Versuchen Sie es noch einmal.',
  'error.no-answer.title': 'Das dauert länger, als es sollte',
  'error.no-answer.text': 'Wir haben noch keine Antwort.',
}
