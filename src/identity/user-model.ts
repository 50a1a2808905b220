import { type Connection, type Model, Schema } from 'mongoose';
import { ROLES } from '../auth/roles.ts';
import type { User } from './user.ts';

const addressSchema = new Schema(
  {
    id: { type: String, required: true },
    label: String,
    fullName: String,
    line1: String,
    line2: String,
    city: String,
    state: String,
    postalCode: String,
    country: String,
    phone: String,
    isDefault: Boolean,
  },
  { _id: false },
);

const endedSessionSchema = new Schema({ id: String, at: Number }, { _id: false });

const syncSchema = new Schema(
  {
    version: new Schema({ updatedAt: Number, timestamp: Number, svixId: String }, { _id: false }),
    revision: { type: Number, required: true },
    highestRole: { type: String, enum: ROLES, default: 'user' },
    endedSessions: { type: [endedSessionSchema], default: [] },
    welcomedAt: { type: Date, default: null },
    welcomeDueAt: { type: Date, default: null },
    welcomeLeaseUntil: { type: Date, default: null },
    erasedAt: { type: Date, default: null },
    goneAt: { type: Date, default: null },
  },
  { _id: false },
);

const userSchema = new Schema(
  {
    clerkId: { type: String, required: true },
    email: { type: String, default: null },
    emailVerified: { type: Boolean, default: false },
    name: { type: String, default: '' },
    imageUrl: { type: String, default: null },
    role: { type: String, enum: ROLES, default: 'user' },
    status: { type: String, enum: ['active', 'banned', 'locked', 'deleted'], default: 'active' },
    address: { type: [addressSchema], default: [] },
    wishlist: { type: [String], default: [] },
    createdAt: { type: Date, required: true },
    updatedAt: { type: Date, required: true },
    sync: { type: syncSchema, required: true },
  },
  { versionKey: false, strict: 'throw' },
);

// `clerkId` alone is unique: an address may be used again after its account was deleted (B15).
userSchema.index({ clerkId: 1 }, { unique: true });
userSchema.index({ createdAt: 1, clerkId: 1 });
userSchema.index({ status: 1, 'sync.erasedAt': 1 });
userSchema.index(
  { 'sync.welcomeDueAt': 1 },
  { partialFilterExpression: { 'sync.welcomeDueAt': { $type: 'date' } } },
);

userSchema.index({ 'sync.goneAt': 1 }, { partialFilterExpression: { 'sync.goneAt': { $type: 'date' } } });

/** The collection `users`: the same model however often it is asked for on one connection. */
export function userModel(connection: Connection): Model<User> {
  return (
    (connection.models.User as Model<User> | undefined) ?? connection.model<User>('User', userSchema, 'users')
  );
}
