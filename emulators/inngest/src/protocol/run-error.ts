import { isObject } from './json.ts';

/** An error as it is stored, shown, and given back to an SDK. Fields that an SDK adds are kept. */
export interface RunError {
  name: string;
  message: string;
  [field: string]: unknown;
}

/** An error made by the server itself, in the real server's shape. */
export function serverError(name: string, message: string, stack?: string): RunError {
  const error = name === 'Error' ? message : `${name}: ${message}`;
  return { error, name, message, ...(stack === undefined ? {} : { stack }) };
}

/** The output of a run that failed by an error of the server's own, as JSON: an SDK's error stands there without a field around it. */
export function serverFailure(error: RunError): string {
  return JSON.stringify({ error });
}

/** The error in the output of a run that failed. */
export function errorOfOutput(output: string | null): RunError {
  const value: unknown = JSON.parse(output ?? 'null');
  return asRunError(isObject(value) && isObject(value.error) ? value.error : value);
}

/** What an SDK sent as an error, given a name and a message where it lacks them. */
export function asRunError(value: unknown): RunError {
  if (isObject(value)) {
    const message = text(value.message) ?? text(value.error) ?? 'Unknown error';
    return { ...value, name: text(value.name) ?? 'Error', message };
  }
  return { name: 'Error', message: text(value) ?? 'Unknown error' };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
