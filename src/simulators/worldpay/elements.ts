import { compileModel, type ContentModel, type ElementRule } from './content-model.ts'

/** Card elements: the general one and the brand elements of older clients, all with the same core. */
export const cardElements: readonly string[] = (
  'CARD-SSL VISA-SSL ECMC-SSL AMEX-SSL DINERS-SSL DISCOVER-SSL JCB-SSL MAESTRO-SSL CB-SSL CARTEBLEUE-SSL ' +
  'DANKORT-SSL LASER-SSL AIRPLUS-SSL UATP-SSL ELO-SSL CABAL-SSL NARANJA-SSL HIPERCARD-SSL TROY-SSL'
).split(' ')

/** Ways to pay that the gateway knows and this simulator does not: answered with a clear error, not with code 2. */
const otherMethods: readonly string[] = (
  'TOKEN-SSL CSE-DATA EMVCO_TOKEN-SSL APPLEPAY-SSL PAYWITHGOOGLE-SSL SAMSUNGPAY-SSL PAYPAL-EXPRESS IDEAL-SSL ' +
  'GIROPAY-SSL SOFORT-SSL SEPA_DIRECT_DEBIT-SSL ELV-SSL ACH-SSL ACH_DIRECT_DEBIT-SSL KLARNA_V2-SSL ' +
  'KLARNA_PAYLATER-SSL KLARNA_PAYNOW-SSL KLARNA_SLICEIT-SSL ALIPAY-SSL WECHATPAY-SSL OPENBANKING-SSL ' +
  'PAYSAFECARD-SSL SVS_GIFTCARD-SSL PAYOUT-BANK FF_DISBURSE-SSL FF_MONEYTRANSFER-SSL POSRequest'
).split(' ')

/** Parts that are let through unseen: they change nothing that the simulator does. */
const unseen: readonly string[] = (
  'cashbackAmount gratuityAmount secondaryAmount surchargeAmount donationAmount orderChannel checkoutId ' +
  'payAsOrder branchSpecificExtension extendedOrderDetail redirectPageAttribute ' +
  'paymentMethodAttribute hcgAdditionalData thirdPartyData resultURL shopperAdditionalData approvedAmount ' +
  'mandate accountUpdaterRequest createToken createTokenApproval orderLines subMerchantData ' +
  'partialAuthorisation primeRoutingRequest riskData FraudSightData deviceSession guaranteedPaymentsData ' +
  'bankAccount sdwoData captcha existingAuthorisationCode routingMID cardSwipe comboCard shipping ' +
  'POSCaptureRequest localDateTimeAtPOS enhancedRiskData customerToken'
).split(' ')

/** Children of submit, modify and inquiry that the gateway knows and this simulator does not. */
const otherSubmits =
  'orderBatch futurePayAgreement makeFuturePayPayment identifyMeRequest paymentTokenCreate challenge'
const otherModifications = 'batchModification accountBatchModification paymentTokenUpdate paymentTokenDelete'
const otherOrderModifications =
  'revoke addBackOfficeCode authorise increaseAuthorisation defend extendExpiryDate cancelRefund cancelRetry voidSale approve'
const otherInquiries =
  'klarnaConfirmationInquiry batchInquiry accountBatchInquiry priceInquiry bankAccountInquiry identifyMeInquiry paymentOptionsInquiry paymentTokenInquiry shopperTokenRetrieval cardCheckInquiry'

const text: ElementRule = { content: '#PCDATA' }
const card =
  'cardNumber,expiryDate,cardHolderName,startDate?,issueNumber?,cvc?,cardAddress?,cardSwipe?,comboCard?'
const hasAddress: ElementRule = { content: '(address)' }
const hasDate: ElementRule = { content: '(date)' }

const orderParts = [
  'description',
  'amount',
  'cashbackAmount?',
  'gratuityAmount?',
  '(secondaryAmount|surchargeAmount)?',
  'donationAmount?',
  'risk?',
  'orderContent?',
  'orderChannel?',
  'checkoutId?',
  '(paymentMethodMask|paymentDetails|payAsOrder)',
  'paymentTokenID?',
  'shopper?',
  'shippingAddress?',
  'billingAddress?',
  'hostPaymentOrderAttribute?',
  'branchSpecificExtension?',
  'extendedOrderDetail?',
  'redirectPageAttribute?',
  'paymentMethodAttribute*',
  'echoData?',
  'statementNarrative?',
  'hcgAdditionalData?',
  'thirdPartyData?',
  'resultURL?',
  'shopperAdditionalData?',
  'approvedAmount?',
  'mandate?',
  'authorisationAmountStatus?',
  'dynamic3DS?',
  'accountUpdaterRequest?',
  '(createToken|createTokenApproval)?',
  'orderLines?',
  'subMerchantData?',
  'dynamicMCC?',
  'partialAuthorisation?',
  'dynamicInteractionType?',
  'primeRoutingRequest?',
  'riskData?',
  'additional3DSData?',
  'exemption?',
  'shippingMethod?',
  'productSku?',
  'FraudSightData?',
  'deviceSession?',
  'guaranteedPaymentsData?',
].join(',')

const texts =
  'description orderContent paymentTokenID echoData statementNarrative dynamicMCC shippingMethod productSku ' +
  'cardNumber cardHolderName cvc issueNumber shopperEmailAddress authenticatedShopperID acceptHeader ' +
  'userAgentHeader httpAcceptLanguage httpReferer activeHeaders timeZone resolution browserLanguage ' +
  'browserJavaEnabled browserJavaScriptEnabled browserColourDepth browserScreenHeight browserScreenWidth ' +
  'transactionTimeOut firstName lastName street houseName houseNumber houseNumberExtension address1 address2 ' +
  'address3 postalCode city state countryCode telephoneNumber schemeTransactionIdentifier paResponse ' +
  'mpiProvider mpiResponse xid cavv eci dsTransactionId threeDSVersion merchantName reason iban warning'

const rules: Readonly<Record<string, ElementRule>> = {
  ...every(unseen.join(' '), { content: 'ANY' }),
  ...every(otherMethods.join(' '), { content: 'ANY' }),
  ...every(otherSubmits, { content: 'ANY' }),
  ...every(otherModifications, { content: 'ANY' }),
  ...every(otherOrderModifications, { content: 'ANY' }),
  ...every(otherInquiries, { content: 'ANY' }),
  ...every('reply notify verify', { content: 'ANY' }),
  ...every(texts, text),
  ...every(cardElements.join(' '), { content: `(${card})` }),
  paymentService: {
    content: '(submit|modify|inquiry|reply|notify|verify)',
    attributes: 'version!:1.4|1.3|1.2|1.1|1.0 merchantCode:NMTOKEN',
  },
  submit: { content: `(order|shopper|${choice(otherSubmits)})` },
  modify: { content: `(orderModification|${choice(otherModifications)})` },
  inquiry: { content: `(orderInquiry|refundableAmountInquiry|${choice(otherInquiries)})` },
  order: {
    content: `((${orderParts})|(info3DSecure,session))`,
    attributes:
      'orderCode agreementId:NMTOKEN shoppingBasketCode installationId:NMTOKEN shopperLanguageCode:NMTOKEN fixContact:true|false hideContact:true|false captureDelay',
  },
  amount: {
    content: 'EMPTY',
    attributes: 'value!:NMTOKEN currencyCode!:NMTOKEN exponent!:0|2|3 debitCreditIndicator:debit|credit',
  },
  risk: { content: 'EMPTY', attributes: 'multiply:NMTOKEN avsLevel:NMTOKEN cvcLevel:NMTOKEN' },
  paymentDetails: {
    content: `((${choice(cardElements.join(' '))}|${choice(otherMethods.join(' '))}),sdwoData?,storedCredentials?,localDateTimeAtPOS?,session?,info3DSecure?,captcha?,existingAuthorisationCode?,routingMID?)`,
    attributes: 'action:AUTHORISE|REFUND|OFFLINEAUTHORISE|ACCOUNTVERIFICATION|SALE|AUTHENTICATE',
  },
  paymentMethodMask: { content: '(storedCredentials?,include*,exclude*)' },
  ...every('include exclude', { content: 'EMPTY', attributes: 'code!' }),
  hostPaymentOrderAttribute: { content: 'EMPTY', attributes: 'timeToLiveInMin:NMTOKEN' },
  expiryDate: hasDate,
  startDate: hasDate,
  date: {
    content: 'EMPTY',
    attributes: 'dayOfMonth:NMTOKEN month!:NMTOKEN year!:NMTOKEN hour:NMTOKEN minute:NMTOKEN second:NMTOKEN',
  },
  cardAddress: hasAddress,
  shippingAddress: hasAddress,
  billingAddress: hasAddress,
  address: {
    content:
      '(firstName?,lastName?,((street,houseName?,houseNumber?,houseNumberExtension?)|(address1?,address2?,address3?)),postalCode,city?,state?,countryCode,telephoneNumber?)',
  },
  storedCredentials: {
    content: '(schemeTransactionIdentifier?)',
    attributes:
      'usage!:NA|FIRST|USED merchantInitiatedReason:NA|REAUTH|UNSCHEDULED|DELAYED|INSTALMENT|INCREMENTAL|RECURRING|RESUBMISSION|NOSHOW customerInitiatedReason:NMTOKEN',
  },
  session: { content: 'EMPTY', attributes: 'shopperIPAddress:NMTOKEN id:NMTOKEN' },
  info3DSecure: {
    content:
      '((paResponse|(mpiProvider,mpiResponse)|attemptedAuthentication|completedAuthentication|(threeDSVersion?,merchantName?,xid?,dsTransactionId?,cavv?,eci))?)',
  },
  ...every('attemptedAuthentication completedAuthentication', { content: 'EMPTY' }),
  shopper: {
    content:
      '(shopperEmailAddress?,authenticatedShopperID?,bankAccount?,browser?,transactionTimeOut?,session?)',
  },
  browser: {
    content:
      '(acceptHeader?,userAgentHeader?,httpAcceptLanguage?,httpReferer?,activeHeaders?,timeZone?,resolution?,browserLanguage?,browserJavaEnabled?,browserJavaScriptEnabled?,browserColourDepth?,browserScreenHeight?,browserScreenWidth?)',
    attributes: 'deviceType:0|1|2|3 deviceOS:ios|android|windows|linux|osx|other',
  },
  authorisationAmountStatus: { content: 'EMPTY', attributes: 'value!:actual|estimated' },
  dynamic3DS: { content: 'EMPTY', attributes: 'overrideAdvice!:do3DS|no3DS' },
  dynamicInteractionType: {
    content: 'EMPTY',
    attributes: 'type!:ECOMMERCE|MOTO|CONT_AUTH|PRESENT|UNATTENDED|RECURRING',
  },
  additional3DSData: {
    content: '(merchantName?)',
    attributes:
      'dfReferenceId! challengeWindowSize:250x400|390x400|500x600|600x400|fullPage challengePreference:noPreference|noChallengeRequested|challengeRequested|challengeMandated javaScriptEnabled:true|false externalAcquirerId',
  },
  exemption: {
    content: 'EMPTY',
    attributes: 'type!:LV|LR|OP|CP placement!:AUTHORISATION|AUTHENTICATION|OPTIMISED',
  },
  orderModification: {
    content: `(capture|cancel|refund|cancelOrRefund|${choice(otherOrderModifications)})`,
    attributes: 'orderCode!',
  },
  capture: {
    content:
      '(localDateTimeAtPOS?,date?,amount,branchSpecificExtension?,POSCaptureRequest?,shipping?,orderLines?)',
    attributes: 'reference instant:true|false',
  },
  cancel: {
    content: '(localDateTimeAtPOS?,POSRequest?,amount?)',
    attributes: 'immediate:yes|no instant:true|false reference',
  },
  cancelOrRefund: { content: 'EMPTY' },
  refund: {
    content: '(amount,branchSpecificExtension?,reason?,iban?,warning?,orderLines?)',
    attributes: 'reference paymentId immediate:true|false shopperWebformRefund:true|false merchantCode',
  },
  orderInquiry: {
    content: '(cardSearch|dateSearch)?',
    attributes: 'orderCode instant update:true|false',
  },
  ...every('cardSearch dateSearch', { content: 'ANY' }),
  refundableAmountInquiry: { content: 'EMPTY', attributes: 'orderCode!' },
}

/** The element orders and attributes of DTD version 1.4 that card orders, hosted orders and their modifications meet. */
export const worldpayModel: ContentModel = compileModel(rules)

function every(names: string, rule: ElementRule): Record<string, ElementRule> {
  return Object.fromEntries(names.split(' ').map((name) => [name, rule]))
}

function choice(names: string): string {
  return names.replaceAll(' ', '|')
}
