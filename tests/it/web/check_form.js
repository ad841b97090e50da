// Looks at HTML reports in Chromium as a reader does: node check_form.js TOOLS CHROMIUM PAGE...
// Prints one JSON line per page and width: words of heads, and figures, that stand on two lines; text that is wider than its
// cell; whether the page is wider than the window. The last line of a page names the PDF that it prints.
const path = require('path');

const [tools, executablePath, ...pages] = process.argv.slice(2);
const { chromium } = require(path.join(tools, 'node_modules', 'playwright-core'));

function look() {
  const found = new Set();
  const lines = (node, from, to) => {
    const range = document.createRange();
    range.setStart(node, from);
    range.setEnd(node, to);
    return new Set([...range.getClientRects()].filter((box) => box.width > 0).map((box) => Math.round(box.top))).size;
  };
  for (const cell of document.querySelectorAll('th, td, dt, dd')) {
    if (getComputedStyle(cell.closest('thead') || cell).position === 'absolute') continue;
    for (const node of cell.childNodes) {
      if (node.nodeType !== Node.TEXT_NODE) continue;
      for (const word of node.data.matchAll(/[^\s-]+/g)) {
        const short = word[0].length <= 20 || /^[\d.,%\u202f]+$/.test(word[0]);
        if (short && lines(node, word.index, word.index + word[0].length) > 1) found.add(`broken: ${word[0]}`);
      }
    }
    const inside = document.createRange();
    inside.selectNodeContents(cell);
    const [text, box] = [inside.getBoundingClientRect(), cell.getBoundingClientRect()];
    if (text.width > 0 && text.right > box.right + 1) found.add(`too wide: ${cell.textContent.slice(0, 40)}`);
  }
  return [...found];
}

(async () => {
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  for (const page of pages) {
    for (const width of [1200, 1000, 390]) {
      const tab = await browser.newPage({ viewport: { width, height: 900 } });
      await tab.goto('file://' + page);
      const wide = await tab.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
      console.log(JSON.stringify({ page, width, wide, found: await tab.evaluate(look) }));
      await tab.close();
    }
    const tab = await browser.newPage();
    await tab.goto('file://' + page);
    const printed = page.replace(/html$/, 'print.pdf');
    await tab.pdf({ path: printed, preferCSSPageSize: true, printBackground: true });
    await tab.close();
    console.log(JSON.stringify({ page, printed }));
  }
  await browser.close();
})().catch((error) => { console.error(error); process.exit(1); });
