import { z } from 'zod';

const logLine = z.looseObject({
  level: z.number(),
  msg: z.string().optional(),
  req: z.object({ method: z.string(), path: z.string() }).optional(),
  res: z.object({ status: z.number() }).optional(),
  responseTime: z.number().optional(),
  err: z.object({ stack: z.string().optional(), message: z.string() }).optional(),
});

/** What stands in every line, and is told in other words or nowhere. */
const KNOWN = new Set([
  'level',
  'time',
  'pid',
  'hostname',
  'msg',
  'req',
  'res',
  'responseTime',
  'err',
  'name',
]);
const WARN = 40;
const ERROR = 50;

/** One of the backend's JSON log lines as a person reads it; any other text as it is. */
export function readableLog(text: string): string {
  const line = parse(text);
  if (line === undefined) return text;
  const { level, msg = '', req, res, responseTime, err } = line;
  const rest = Object.entries(line)
    .filter(([name]) => !KNOWN.has(name))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const request = req && res ? [`${res.status} ${req.method} ${req.path} ${responseTime ?? 0} ms`] : [msg];
  const severity = level >= ERROR ? ['ERROR'] : level >= WARN ? ['WARN'] : [];
  return [...severity, ...request, ...rest, ...(err ? [`\n${err.stack ?? err.message}`] : [])].join(' ');
}

function parse(text: string): z.output<typeof logLine> | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return logLine.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
