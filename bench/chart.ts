export interface Bar {
  label: string;
  /** 0 to 1 */
  share: number;
  isOurs: boolean;
}

const ROW = 30;
const LEFT = 300;
const WIDTH = 380;

/** Bars beside their names, as an SVG that can be read on a light and on a dark page. */
export function barChart(title: string, bars: readonly Bar[]): string {
  const height = 40 + bars.length * ROW;
  const rows = bars.map(({ label, share, isOurs }, i) => {
    const y = 36 + i * ROW;
    const length = Math.max(1, Math.round(share * WIDTH));
    return [
      `<text x="${LEFT - 10}" y="${y + 15}" text-anchor="end">${escaped(label)}</text>`,
      `<rect x="${LEFT}" y="${y}" width="${length}" height="20" rx="2" fill="${isOurs ? '#2f81f7' : '#8b949e'}"/>`,
      `<text x="${LEFT + length + 8}" y="${y + 15}">${share.toFixed(2)}</text>`,
    ].join('');
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${LEFT + WIDTH + 60} ${height}" role="img" aria-label="${escaped(title)}">`,
    '<style>text{font:13px system-ui,sans-serif;fill:#1f2328}@media(prefers-color-scheme:dark){text{fill:#e6edf3}}</style>',
    `<text x="${LEFT}" y="20" font-weight="600">${escaped(title)}</text>`,
    ...rows,
    '</svg>\n',
  ].join('\n');
}

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
