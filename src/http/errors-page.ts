import { ERRORS } from './errors.ts';

/** `docs/errors.md`, made from the registry. */
export function errorsPage(): string {
  const sections = Object.entries(ERRORS).map(
    ([code, { status, message, cure }]) => `## \`${code}\`\n\n\`${status} ${message}\`\n\n${cure}\n`,
  );
  return `# Errors

Every error is JSON: \`{ "message", "code", "requestId" }\`, with \`details\` or \`issues\` where they help. \`code\` is
stable: decide by it. \`requestId\` is also in the header \`X-Request-Id\` and in the log. The webhook's errors have
the message under \`error\` instead of \`message\`.

This page is made from the registry in \`src/http/errors.ts\`: \`npm run docs:errors\` writes it anew.

${sections.join('\n')}`;
}
