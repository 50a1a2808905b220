import { z } from 'zod';

/** The ISO 4217 codes that this Node.js knows. */
const CURRENCIES = new Set(Intl.supportedValuesOf('currency'));
const REGIONS = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });

export const currencyCode = z
  .string()
  .regex(/^[A-Z]{3}$/, { error: 'Expected an ISO 4217 currency code in capitals, such as EUR', abort: true })
  .refine((code) => CURRENCIES.has(code), 'Unknown ISO 4217 currency code')
  .meta({ example: 'EUR' });

export const countryCode = z
  .string()
  .regex(/^[A-Z]{2}$/, { error: 'Expected an ISO 3166-1 country code in capitals, such as ES', abort: true })
  .refine((code) => REGIONS.of(code) !== undefined, 'Unknown ISO 3166-1 country code')
  .meta({ example: 'ES' });
