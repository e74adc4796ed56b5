import type { Texts } from './texts.ts'

// A narrow no-break space stands before ; ! ? and a no-break space before the colon, as French has them.
export const fr: Texts = {
  'frame.secure': 'Paiement sécurisé',
  'frame.to-shop': 'Retour à la boutique',

  'fact.order': 'Commande',
  'fact.amount': 'Montant',
  'fact.paid': 'Payé',
  'fact.refunded': 'Remboursé',
  'fact.not-charged': 'Non débité',
  'fact.card': 'Carte',
  'fact.status': 'État',

  'go.payment-page': 'Continuer vers la page de paiement',
  'go.bank': 'Continuer vers votre banque',
  'go.until': 'Vous pouvez le faire jusqu’au {time}.',
  'go.another-way': 'Payer autrement',
  'go.order': 'Retour à votre commande',
  'go.see-payment': 'Voir votre paiement',
  'go.see-going': 'Voir où en est votre paiement',
  'do-not-pay-again': 'Ne payez pas une seconde fois.',

  'order.title': 'Votre commande',
  'order.number': 'Commande {order}',
  'order.total': 'Total',
  'order.lines': 'Afficher les {count} articles',
  'order.to-pay': 'À payer',
  'order.ways': 'Comment souhaitez-vous payer ?',
  'order.pay': 'Payer {amount}',
  'order.way-card': 'Carte',
  'order.way-here': 'Vous saisissez les données de votre carte ici.',
  'order.way-there': 'Vous payez sur la page du prestataire de paiement, puis vous revenez ici.',
  'order.next-here':
    'À l’étape suivante, vous saisissez les données de votre carte. Le montant vous est rappelé avant de payer.',
  'order.next-there': 'Vous payez sur la page du prestataire de paiement, puis vous revenez ici.',
  'order.no-way': 'Cette commande ne peut pas être payée ici pour le moment.',
  'order.continue-begun': 'Reprendre le paiement commencé',
  'order.paid.title': 'Cette commande est payée',
  'order.paid.text': 'Il n’y a plus rien à payer.',
  'order.closed.title': 'Cette commande est close',
  'order.closed.text':
    'Elle a été annulée ou a expiré et ne peut plus être payée. Pour acheter ces articles, passez une nouvelle commande dans la boutique.',
  'order.held.title': 'Un paiement est en cours',
  'order.held.text': 'Un paiement a été commencé pour cette commande et n’est pas encore terminé.',
  'order.held.looks-again':
    'S’il n’aboutit pas, vous pourrez payer ici : cette page s’actualise d’elle-même.',

  'card.title': 'Données de la carte',
  'card.number': 'Numéro de carte',
  'card.expiry': 'Date d’expiration',
  'card.month': 'Mois (MM)',
  'card.year': 'Année (AAAA)',
  'card.code': 'Code de sécurité',
  'card.code-hint': '3 chiffres au dos, ou 4 au recto d’une carte American Express',
  'card.holder': 'Nom sur la carte',
  'card.pay': 'Payer {amount}',
  'card.next':
    'Votre banque peut ensuite vous demander une confirmation. Après cela, vous verrez si le paiement a abouti.',
  'card.once':
    'Vous ne payez qu’une fois, même si vous appuyez deux fois sur le bouton. Les données de votre carte ne sont pas conservées.',
  'card.device-check': 'Vérification de votre appareil par le prestataire de paiement',
  'card.check': 'Vérifiez les données de votre carte',
  'card.retype':
    'Votre compte n’a pas été débité. Veuillez saisir à nouveau le numéro de carte et le code de sécurité.',
  'card.wrong.number': 'Vérifiez le numéro de carte : il compte de 12 à 19 chiffres.',
  'card.wrong.month': 'Indiquez le mois par un nombre de 01 à 12.',
  'card.wrong.year': 'Indiquez l’année en quatre chiffres.',
  'card.wrong.expired': 'Cette carte a expiré. Utilisez une autre carte.',
  'card.wrong.code': 'Le code de sécurité compte 3 chiffres, ou 4 pour American Express.',
  'card.wrong.holder': 'Indiquez le nom tel qu’il figure sur la carte.',
  'card.wrong.holder-number': 'Ce champ est destiné au nom figurant sur la carte, pas à son numéro.',
  'card.wrong.refused':
    'Cette carte ne peut pas être utilisée telle que vous l’avez saisie. Vérifiez-la ou utilisez une autre carte.',

  'wait.page': 'Votre paiement est en cours de traitement',
  'wait.title': 'Veuillez patienter',
  'wait.text': 'Votre paiement est en cours de traitement. Cela ne prend en général que quelques secondes.',
  'wait.next': 'Vous n’avez rien à faire : cette page s’actualise d’elle-même.',
  'still.title': 'Vérification en cours',
  'still.text':
    'La réponse concernant votre paiement prend plus de temps que d’habitude. Vous pouvez fermer cette page, nous nous en occupons. Son adresse vous montrera le résultat à tout moment.',

  'provider.page': 'Vers la page de paiement',
  'provider.title': 'Redirection vers la page de paiement',
  'provider.text': 'Elle s’ouvre d’elle-même. Si ce n’est pas le cas, utilisez le bouton.',
  'challenge.title': 'Votre banque demande une confirmation',
  'challenge.text': 'Confirmez ici votre identité. Votre paiement se poursuivra ensuite.',
  'challenge.frame': 'La demande de votre banque',
  'challenge.show': 'Afficher la demande de votre banque',
  'challenge.own-page': 'Ouvrir la demande dans sa propre page',
  'challenge.cannot': 'Je ne peux pas confirmer',
  'back.title': 'Retour à votre paiement',
  'back.text': 'La suite s’affiche d’elle-même. Si ce n’est pas le cas, utilisez le bouton.',
  'back.go': 'Continuer',

  'unpaid-yet.checking': 'Nous vérifions votre paiement',
  'unpaid-yet.title': 'Vous n’avez pas encore payé',
  'unpaid-yet.text':
    'Le prestataire de paiement ne nous a signalé aucun paiement. Si vous venez de payer sur sa page, vous n’avez rien à faire : cette page s’actualise d’elle-même.',
  'unpaid-yet.refused':
    'Le prestataire de paiement n’a pas accepté une carte. Vous pouvez en essayer une autre sur sa page. Si vous venez de le faire, vous n’avez rien à faire : cette page s’actualise d’elle-même.',
  'unpaid-yet.bank.title': 'Votre banque vous attend',
  'unpaid-yet.bank.text': 'Elle veut s’assurer de votre identité. Votre paiement se poursuivra ensuite.',
  'asking.title': 'Nous interrogeons le prestataire de paiement',
  'asking.still.title': 'Nous interrogeons toujours le prestataire de paiement',
  'asking.still.text':
    'Si vous avez payé, ne payez pas une seconde fois. Vous pouvez fermer cette page : son adresse vous montrera le résultat à tout moment.',
  'held.title': 'Cette commande est réservée à votre paiement',
  'held.until': 'Elle est réservée jusqu’au {time}.',
  'held.text':
    'D’ici là, le paiement commencé peut encore aboutir, et une commande ne doit pas être payée deux fois. Ensuite, vous pourrez payer autrement.',

  'paid.page': 'Paiement réussi',
  'paid.title': 'Merci, votre paiement est terminé',
  'paid.text': 'Vous pouvez fermer cette page.',
  'refunded.page': 'Paiement remboursé',
  'refunded.title': 'Ce paiement a été remboursé',
  'refunded.card':
    'L’argent revient sur la carte avec laquelle vous avez payé. Il peut se passer quelques jours avant que votre banque ne l’affiche.',
  'refunded.other':
    'L’argent vous revient par le moyen que vous avez utilisé pour payer. Il peut se passer quelques jours avant que votre banque ne l’affiche.',
  'not-needed.title': 'Cette commande est payée par votre autre paiement',
  'not-needed.text': 'Ce paiement n’était pas nécessaire. Il ne vous a pas été débité.',
  'unpaid.page': 'Paiement non abouti',
  'unpaid.title': 'Le paiement n’a pas abouti',
  'unpaid.not-charged': 'Votre compte n’a pas été débité.',
  'unpaid.card': 'La carte n’a pas été acceptée. Vérifiez les données saisies ou utilisez une autre carte.',
  'unpaid.other': 'Le paiement n’a pas été accepté. Réessayez ou payez autrement.',
  'unpaid.cancelled': 'Le paiement n’a pas été effectué.',
  'unpaid.reserved':
    'Si votre banque affiche un montant réservé, il sera libéré automatiquement sous quelques jours.',
  'unpaid.another-card': 'Essayer une autre carte',
  'unpaid.again': 'Réessayer ou payer autrement',

  'error.again': 'Réessayer',
  'error.form-again': 'Rouvrir le formulaire',
  'error.continue-own': 'Le poursuivre ou payer autrement',
  'error.not-charged': 'Votre compte n’a pas été débité pour cette tentative.',
  'error.unknown':
    'Ne payez pas de nouveau pour l’instant. Rechargez cette page : elle interroge le même paiement et ne paie jamais deux fois.',
  'error.not-lost':
    'Ne payez pas une seconde fois. Votre paiement n’est pas perdu : revenez sur cette page dans un instant.',
  'error.taken':
    'Un paiement a été commencé pour cette commande. Ne payez pas une seconde fois : retournez à votre commande pour le voir.',
  'error.tried-before':
    'Si vous avez déjà envoyé ce formulaire, ne payez pas une seconde fois : retournez plus tard à votre commande pour en voir le résultat.',
  'error.no-payment-now': 'Nous ne pouvons pas consulter votre paiement pour le moment',
  'error.no-page-now': 'Nous ne pouvons pas afficher cette page pour le moment',
  'error.nothing-here.title': 'Page introuvable',
  'error.nothing-here.text':
    'Il n’y a rien à cette adresse. Ouvrez de nouveau le lien tel qu’il vous a été donné.',
  'error.away.title': 'Les paiements sont impossibles pour le moment',
  'error.away.text':
    'Un service dont nous avons besoin ne répond pas. Tout rentre généralement dans l’ordre en quelques minutes.',
  'error.busy.title': 'Les paiements sont impossibles pour le moment',
  'error.busy.text': 'Un très grand nombre de personnes paient en ce moment. Réessayez dans un instant.',
  'error.too-many-tries.title': 'Trop de tentatives',
  'error.too-many-tries.text':
    'Pour protéger les titulaires de cartes, nous n’acceptons plus de tentative ici pendant un certain temps. Choisissez un autre moyen de paiement s’il y en a un, ou revenez plus tard.',
  'error.not-this-way.title': 'Cette commande ne peut pas être payée ici',
  'error.not-this-way.text': 'La boutique doit d’abord corriger quelque chose. Veuillez la prévenir.',
  'error.not-taken.title': 'Cet envoi n’a pas été accepté',
  'error.not-taken.text': 'Seul le prestataire de paiement peut envoyer quelque chose à cette adresse.',
  'error.form-over.title': 'Ce formulaire n’est plus utilisable',
  'error.form-over.text':
    'Il est resté ouvert trop longtemps, a été envoyé depuis une autre page, ou votre navigateur n’accepte pas les cookies. Rouvrez le formulaire et remplissez-le de nouveau.',
  'error.our-fault.title': 'Une erreur s’est produite de notre côté',
  'error.our-fault.text': 'Elle a été enregistrée et sera examinée.',
  'error.order-held.title': 'Un paiement est déjà en cours',
  'error.order-held.text':
    'Un autre paiement a été commencé pour cette commande et n’est pas encore terminé. Ne payez pas une seconde fois.',
  'error.order-paid.title': 'Cette commande est déjà payée',
  'error.order-paid.text': 'Il n’y a plus rien à payer.',
  'error.order-closed.title': 'Cette commande est close',
  'error.order-closed.text': 'Elle a été annulée ou a expiré et ne peut plus être payée.',
  'error.order-refused.title': 'Cette commande ne peut pas être payée en l’état',
  'error.order-refused.text':
    'Elle a peut-être changé entre-temps. Retournez à votre commande et vérifiez-la de nouveau.',
  'error.card-invalid.title': 'Cette carte ne peut pas être utilisée',
  'error.card-invalid.text': 'Vérifiez votre saisie ou utilisez une autre carte.',
  'error.unreadable.title': 'Cet envoi est illisible',
  'error.unreadable.text': 'Ce qui a été envoyé n’est pas l’un de nos formulaires.',
  'error.too-slow.title': 'Le formulaire n’est pas arrivé',
  'error.too-slow.text': 'La connexion était trop lente. Réessayez.',
  'error.no-answer.title': 'Cela prend plus de temps que prévu',
  'error.no-answer.text': 'Nous n’avons pas encore de réponse.',
}
