// Opens HTML reports in Chromium: node check_page.js TOOLS CHROMIUM SHOTS PAGE...
// Prints one JSON line per page, width and colour scheme: requests beyond the page itself, console messages, time to load,
// whether the page is wider than the window, and axe's violations.
const path = require('path');

const [tools, executablePath, shots, ...pages] = process.argv.slice(2);
const { chromium } = require(path.join(tools, 'node_modules', 'playwright-core'));
const axe = path.join(tools, 'node_modules', 'axe-core', 'axe.min.js');
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

async function open(browser, page, width, colorScheme, options) {
  const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme, ...options });
  const tab = await context.newPage();
  const seen = { requests: [], messages: [] };
  tab.on('request', (request) => seen.requests.push(request.url()));
  tab.on('console', (message) => seen.messages.push(message.text()));
  tab.on('pageerror', (error) => seen.messages.push(String(error)));
  const start = Date.now();
  await tab.goto('file://' + page);
  await tab.evaluate(() => document.getElementById('register-heading').getBoundingClientRect().top);
  return { context, tab, seen, milliseconds: Date.now() - start };
}

async function check(browser, page, width, colorScheme) {
  // First as a reader opens it, then once more with the page's policy lifted so that axe can be put in.
  const plain = await open(browser, page, width, colorScheme, {});
  const wide = await plain.tab.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
  await plain.tab.screenshot({ path: path.join(shots, `${path.basename(page, '.html')}-${width}-${colorScheme}.png`) });
  await plain.context.close();
  const measured = await open(browser, page, width, colorScheme, { bypassCSP: true });
  await measured.tab.addScriptTag({ path: axe });
  const result = await measured.tab.evaluate((values) => axe.run(document, { runOnly: values }), tags);
  await measured.context.close();
  return {
    page: path.basename(page), width, colorScheme, milliseconds: plain.milliseconds, wide,
    requests: plain.seen.requests.slice(1), messages: plain.seen.messages, passes: result.passes.length,
    violations: result.violations.map((v) => `${v.id}: ${v.nodes.length}, first ${v.nodes[0].html.slice(0, 160)}`),
  };
}

(async () => {
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  for (const page of pages)
    for (const width of [1280, 360])
      for (const scheme of ['light', 'dark']) console.log(JSON.stringify(await check(browser, page, width, scheme)));
  await browser.close();
})().catch((error) => { console.error(error); process.exit(1); });
