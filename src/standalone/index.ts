export type { CheckResult, DoctorCheck } from './doctor/check.ts'
export { smtpGreeting, type SmtpGreetingOptions } from './doctor/smtp-greeting.ts'
export type {
  LimitsConfiguration,
  PagesConfiguration,
  ServerConfiguration,
  StartedServer,
  WebhookConfiguration,
} from './server-configuration.ts'
export { secretSetting, type SecretSettingOptions, setting } from './setting.ts'
