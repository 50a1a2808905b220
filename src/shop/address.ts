import { z } from 'zod';
import { filled, text } from '../http/text.ts';
import type { Address } from '../identity/user.ts';
import { countryCode } from './codes.ts';

const fields = {
  label: text(50).meta({ description: 'What its owner calls it, such as Home.' }),
  fullName: filled(200),
  line1: filled(200),
  line2: text(200),
  city: filled(100),
  state: text(100),
  postalCode: text(20),
  country: countryCode,
  phone: text(30),
  isDefault: z.boolean().meta({ description: 'True takes it from the address that was the default.' }),
};

/** An address as it is shown: what is stored is shown, also where the limits above were others once. */
export const address = z
  .object({
    id: z.string(),
    label: z.string(),
    fullName: z.string(),
    line1: z.string(),
    line2: z.string(),
    city: z.string(),
    state: z.string(),
    postalCode: z.string(),
    country: z.string().meta({ description: 'ISO 3166-1 alpha-2.' }),
    phone: z.string(),
    isDefault: z.boolean(),
  })
  .meta({ id: 'Address' });

export const newAddress = z.object({
  ...fields,
  label: fields.label.default(''),
  line2: fields.line2.default(''),
  state: fields.state.default(''),
  postalCode: fields.postalCode.default(''),
  phone: fields.phone.default(''),
  isDefault: fields.isDefault.default(false),
});

/** Fields that are left out stay as they are. */
export const addressChange = z
  .object(fields)
  .partial()
  .refine((change) => Object.keys(change).length > 0, 'Expected at least one field to change');

/** An order's own copy of an address: what is needed to send a parcel. */
export const shippingAddress = address.omit({ id: true, label: true, isDefault: true }).meta({
  id: 'ShippingAddress',
});

export type ShippingAddress = z.output<typeof shippingAddress>;

export function toShippingAddress({ id: _id, label: _label, isDefault: _default, ...rest }: Address) {
  return rest satisfies ShippingAddress;
}

/** The list with this address in it, in place of the one with the same id or at the end; one default at most. */
export function withAddress(list: readonly Address[], added: Address): Address[] {
  const others = list.map((one) => (added.isDefault ? { ...one, isDefault: false } : one));
  const at = list.findIndex(({ id }) => id === added.id);
  return at === -1 ? [...others, added] : others.with(at, added);
}
