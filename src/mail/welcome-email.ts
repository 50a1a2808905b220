import type { Mail } from './mailer.ts';

/** The e-mail that greets a new user. The name is somebody else's text: in HTML it is escaped. */
export function welcomeEmail({ clerkId, name, to }: { clerkId: string; name: string; to: string }): Mail {
  // One line, and not a novel, whatever the name is.
  const plain = name
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
    .slice(0, 100);
  return {
    to,
    key: `welcome-${clerkId}`,
    subject: `Welcome, ${plain}`,
    text: `Hello ${plain},\n\nyour account is ready.\n\nIt is good to have you with us.\n`,
    html: `<!doctype html>
<html lang="en">
  <body style="font-family: system-ui, sans-serif; line-height: 1.5; color: #1a1a1a">
    <p>Hello ${escapeHtml(plain)},</p>
    <p>your account is ready.</p>
    <p>It is good to have you with us.</p>
  </body>
</html>
`,
  };
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
